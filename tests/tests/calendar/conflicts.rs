//! `POST /api/calendar/conflicts`

use mortise_tests::{Consent, Fault, FaultKind, GOOGLE, TestHub};
use serde_json::{Value, json};

use crate::support::{
    ADA, EVENTS_SCOPE, FAILURES, READONLY_SCOPE, Refused as _, connected, connected_with,
    half_blind, impatient,
};

const PATH: &str = "/api/calendar/conflicts";
const TEAM: &str = "team@group.calendar.google.com";
const START: &str = "2026-12-01T09:00:00Z";
const END: &str = "2026-12-01T10:00:00Z";

fn check() -> Value {
    json!({"start": {"date_time": START}, "end": {"date_time": END}})
}

fn check_with(field: &str, value: Value) -> Value {
    let mut check = check();
    check[field] = value;
    check
}

#[tokio::test]
async fn what_would_be_in_the_way_is_named_and_nothing_is_written() {
    let hub = connected().await;
    hub.plant("primary", "dentist", START, END, json!({"summary": "Dentist"}));
    hub.plant(TEAM, "standup", "2026-12-01T09:30:00Z", "2026-12-01T09:45:00Z", json!({}));
    hub.plant("primary", "touches", END, "2026-12-01T11:00:00Z", json!({}));
    let report = hub.post(PATH, &check()).await.expect(200).body;
    assert_eq!(
        report,
        json!({
            "items": [
                {
                    "provider": "google_calendar", "calendar_id": ADA, "event_id": "dentist",
                    "title": "Dentist", "start": START, "end": END,
                },
                {
                    "provider": "google_calendar", "calendar_id": TEAM, "event_id": "standup",
                    "title": "standup",
                    "start": "2026-12-01T09:30:00Z", "end": "2026-12-01T09:45:00Z",
                },
            ],
            "warnings": [],
            "partial": false,
        })
    );
    assert_eq!(hub.vendor_calls("POST", "/events"), 0);
    assert_eq!(hub.hub.rows.count("calendar_event_links").await, 0);
    let named = check_with("provider", json!("google_calendar"));
    assert_eq!(hub.post(PATH, &named).await.expect(200).body, report);
}

#[tokio::test]
async fn a_free_time_has_no_items_and_its_events_are_not_read() {
    let hub = connected().await;
    let report = hub.post(PATH, &check()).await.expect(200).body;
    assert_eq!(report, json!({"items": [], "warnings": [], "partial": false}));
    assert_eq!(hub.vendor_calls("GET", "/events"), 0);
}

#[tokio::test]
async fn the_records_own_event_is_not_in_the_way() {
    let hub = connected().await;
    hub.book("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00").await;
    let mut own = check_with("entity_type", json!("appointment"));
    own["entity_id"] = json!("123");
    assert_eq!(hub.post(PATH, &own).await.expect(200).body["items"], json!([]));
    own["entity_id"] = json!("124");
    let items = hub.post(PATH, &own).await.expect(200).body["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1, "{items}");
}

#[tokio::test]
async fn days_are_those_of_the_main_calendars_zone() {
    let hub = connected().await;
    let at = |start: &str, end: &str| json!({"start": {"date": start}, "end": {"date": end}});
    hub.plant("primary", "night", "2026-12-01T23:15:00Z", "2026-12-01T23:30:00Z", json!({}));
    let first = hub.post(PATH, &at("2026-12-01", "2026-12-02")).await.expect(200).body;
    assert_eq!(first["items"], json!([]));
    let second = hub.post(PATH, &at("2026-12-02", "2026-12-03")).await.expect(200).body;
    assert_eq!(second["items"][0]["event_id"], "night");
}

#[tokio::test]
async fn a_calendar_without_an_answer_refuses_the_check_unless_it_is_ignored() {
    let hub = half_blind(TEAM).await;
    hub.plant(TEAM, "hidden", START, END, json!({}));
    hub.plant("primary", "dentist", START, END, json!({}));
    for refuse in [check(), check_with("on_unavailable", json!("refuse"))] {
        let answer = hub.post(PATH, &refuse).await;
        assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
        let problem = answer.refused(503, "conflicts-unknown");
        assert_eq!(problem["conflicts"][0]["event_id"], "dentist", "what is known is told");
        assert_eq!(problem["warnings"].as_array().unwrap().len(), 1, "{problem}");
        assert!(problem["warnings"][0].as_str().unwrap().contains(TEAM), "{problem}");
    }
    let ignore = check_with("on_unavailable", json!("ignore"));
    let report = hub.post(PATH, &ignore).await.expect(200).body;
    assert_eq!(report["items"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["partial"], true);
    assert!(report["warnings"][0].as_str().unwrap().contains(TEAM), "{report}");
}

#[tokio::test]
async fn a_busy_calendar_whose_events_cannot_be_read_is_warned_of() {
    let hub = connected().await;
    hub.plant("primary", "dentist", START, END, json!({}));
    hub.google().set_fault(crate::support::on_events(FaultKind::Unavailable, "GET"));
    let report = hub.post(PATH, &check()).await.expect(200).body;
    let nameless = json!({
        "provider": "google_calendar", "calendar_id": ADA, "start": START, "end": END,
    });
    assert_eq!(report["items"], json!([nameless]));
    assert_eq!(report["warnings"].as_array().unwrap().len(), 1, "{report}");
}

#[tokio::test]
async fn nobody_is_refused() {
    let hub = connected().await;
    hub.refuses_strangers("POST", PATH, Some(check())).await;
}

#[tokio::test]
async fn another_user_meets_no_conflict_and_no_record_of_the_first() {
    let hub = connected().await;
    hub.book("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00").await;
    hub.hub.as_user("bob").post(PATH, check()).await.refused(409, "not-connected");
    let bob = hub.bob().await;
    let report = bob.post(PATH, check()).await.expect(200).body;
    assert_eq!(report["items"], json!([]));
}

#[tokio::test]
async fn a_session_for_another_provider_learns_nothing() {
    let hub = connected().await;
    hub.plant("primary", "secret", START, END, json!({}));
    let session = hub.session_for_outlook().await;
    let named = check_with("provider", json!("google_calendar"));
    session.post(PATH, named).await.refused(403, "forbidden");
    let refused = session.post(PATH, check()).await;
    assert_eq!(refused.refused(409, "not-connected")["provider"], "outlook");
}

#[tokio::test]
async fn bad_input_names_its_field() {
    let hub = connected().await;
    let gap = json!({"date_time": "2026-03-29T02:30:00", "time_zone": "Europe/Berlin"});
    for (body, field) in [
        (check_with("start", json!({})), "start"),
        (check_with("start", json!({"date": "2026-12-01"})), "end"),
        (check_with("start", gap), "start.date_time"),
        (check_with("end", json!({"date_time": "2026-12-01T08:00:00Z"})), "end"),
        (check_with("end", json!({"date_time": END, "time_zone": "Mars/Base"})), "end.time_zone"),
        (check_with("entity_type", json!("appointment")), "entity_id"),
        (check_with("entity_id", json!("123")), "entity_id"),
        (check_with("on_unavailable", json!("wait")), "on_unavailable"),
    ] {
        hub.post(PATH, &body).await.invalid(&[field]);
    }
    let mut odd = check_with("entity_type", json!("a b"));
    odd["entity_id"] = json!("1");
    hub.post(PATH, &odd).await.invalid(&["entity_type"]);
    for (body, named) in [
        (json!({"end": {"date_time": END}}), "start"),
        (check_with("calendar", json!("x")), "calendar"),
        (check_with("start", json!(START)), "start"),
    ] {
        let problem = hub.post(PATH, &body).await.refused(422, "invalid");
        assert!(problem["errors"].to_string().contains(named), "{named}: {problem}");
    }
    hub.post(PATH, &check_with("provider", json!("acme"))).await.refused(404, "unknown-provider");
    hub.user.send_text("POST", PATH, "application/json", "{").await.refused(400, "bad-request");
}

#[tokio::test]
async fn without_the_scope_nothing_is_asked_of_the_vendor() {
    let hub = connected_with(&[EVENTS_SCOPE]).await;
    let before = hub.google().requests().len();
    let problem = hub.post(PATH, &check()).await.refused(403, "missing-scope");
    assert_eq!(problem["scopes"], json!([READONLY_SCOPE]));
    assert_eq!(hub.google().requests().len(), before);
}

#[tokio::test]
async fn what_the_vendor_does_wrong_is_told_as_it_is() {
    let hub = connected().await;
    for (kind, status, code) in FAILURES {
        hub.google().set_fault(Fault::on("/calendar/v3/freeBusy", kind).times(1));
        hub.post(PATH, &check()).await.refused_by_vendor(status, code);
        hub.post(PATH, &check()).await.expect(200);
    }
}

#[tokio::test]
async fn a_vendor_that_takes_too_long_is_504() {
    let hub = impatient().await;
    hub.google().set_fault(Fault::on("/calendar/v3/freeBusy", FaultKind::Slow));
    hub.post(PATH, &check()).await.refused_by_vendor(504, "vendor-timeout");
}

#[tokio::test]
async fn more_than_a_year_is_not_checked_at_once() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let times = json!({"start": {"date": "2027-01-01"}, "end": {"date": "2028-02-01"}});
    let user = hub.as_user("ada");
    let checked = user.post("/api/calendar/conflicts", times.clone()).await.expect(422);
    assert_eq!(checked.body["errors"][0]["field"], "end");
    let mut new = json!({"entity_type": "sabbatical", "entity_id": "1", "event": times});
    let refused = user.post("/api/calendar/events", new.clone()).await.expect(422);
    assert_eq!(refused.body["errors"][0]["field"], "event.end");
    new["allow_conflicts"] = json!(true);
    user.post("/api/calendar/events", new).await.expect(201);
}
