//! `GET /api/calendar/freebusy`

use mortise_sandbox::HOLIDAYS_CALENDAR;
use mortise_tests::{Fault, FaultKind};
use serde_json::json;

use crate::support::{
    ADA, BOB, EVENTS_SCOPE, FAILURES, READONLY_SCOPE, Refused as _, WEEK, WORK, connected,
    connected_twice, connected_with, half_blind, impatient, vendor_event,
};

const PATH: &str = "/api/calendar/freebusy";
const FREE_BUSY: &str = "/calendar/v3/freeBusy";
const TEAM: &str = "team@group.calendar.google.com";

fn in_week(more: &str) -> String {
    format!("{PATH}?{WEEK}{more}")
}

#[tokio::test]
async fn blocks_of_all_own_calendars_are_merged_and_name_their_sources() {
    let hub = connected().await;
    hub.plant("primary", "visit", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z", json!({}));
    hub.plant(TEAM, "standup", "2026-12-01T09:30:00Z", "2026-12-01T10:30:00Z", json!({}));
    hub.plant("primary", "next", "2026-12-01T10:30:00Z", "2026-12-01T11:00:00Z", json!({}));
    hub.plant("primary", "later", "2026-12-01T12:00:00Z", "2026-12-01T13:00:00Z", json!({}));
    hub.plant(
        HOLIDAYS_CALENDAR,
        "parade",
        "2026-12-05T00:00:00Z",
        "2026-12-06T00:00:00Z",
        json!({}),
    );
    let source = |calendar: &str| json!({"provider": "google_calendar", "calendar_id": calendar});
    let report = hub.get(&in_week("")).await.expect(200).body;
    assert_eq!(
        report,
        json!({
            "items": [
                {
                    "start": "2026-12-01T09:00:00Z", "end": "2026-12-01T11:00:00Z",
                    "sources": [source(ADA), source(TEAM)],
                },
                {
                    "start": "2026-12-01T12:00:00Z", "end": "2026-12-01T13:00:00Z",
                    "sources": [source(ADA)],
                },
            ],
            "warnings": [],
            "partial": false,
        })
    );
    assert_eq!(hub.get(&in_week("&provider=google_calendar")).await.expect(200).body, report);
}

#[tokio::test]
async fn only_what_takes_the_users_time_is_busy() {
    let hub = connected().await;
    let (start, end) = ("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z");
    hub.plant("primary", "free", start, end, json!({"transparency": "transparent"}));
    hub.plant("primary", "gone", start, end, json!({"status": "cancelled"}));
    hub.plant(
        "primary",
        "declined",
        start,
        end,
        json!({
            "organizer": {"email": "boss@example.com"},
            "attendees": [{"email": ADA, "responseStatus": "declined"}],
        }),
    );
    assert_eq!(hub.get(&in_week("")).await.expect(200).body["items"], json!([]));
}

#[tokio::test]
async fn an_all_day_event_is_busy_for_the_day_of_the_calendars_zone() {
    let hub = connected().await;
    let day =
        json!({"id": "day01", "start": {"date": "2026-12-02"}, "end": {"date": "2026-12-03"}});
    hub.google().put_event(ADA, "primary", day);
    let report = hub.get(&in_week("")).await.expect(200).body;
    assert_eq!(report["items"][0]["start"], "2026-12-01T23:00:00Z");
    assert_eq!(report["items"][0]["end"], "2026-12-02T23:00:00Z");
}

#[tokio::test]
async fn a_window_that_begins_in_an_event_is_busy_from_its_start_on() {
    let hub = connected().await;
    hub.plant("primary", "visit", "2026-12-01T09:00:00Z", "2026-12-01T11:00:00Z", json!({}));
    let window = "start=2026-12-01T11:00:00+01:00&end=2026-12-01T11:30:00+01:00";
    let report = hub.get(&format!("{PATH}?{window}")).await.expect(200).body;
    assert_eq!(report["items"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["items"][0]["start"], "2026-12-01T10:00:00Z");
    assert_eq!(report["items"][0]["end"], "2026-12-01T10:30:00Z");
    let after = "start=2026-12-01T11:00:00Z&end=2026-12-01T12:00:00Z";
    assert_eq!(hub.get(&format!("{PATH}?{after}")).await.expect(200).body["items"], json!([]));
}

#[tokio::test]
async fn more_calendars_than_the_vendor_takes_at_once_are_asked_in_parts() {
    let hub = connected().await;
    for number in 0..60 {
        let (start, end) =
            (format!("2026-12-01T{:02}:00:00Z", number % 24), "2026-12-01T23:30:00Z");
        hub.plant(&format!("calendar{number:02}@example.com"), "one", &start, end, json!({}));
    }
    let report = hub.get(&in_week("")).await.expect(200).body;
    assert_eq!(report["partial"], false, "{report}");
    assert_eq!(report["items"][0]["sources"].as_array().unwrap().len(), 60);
    assert_eq!(hub.vendor_calls("POST", "/freeBusy"), 2);
}

#[tokio::test]
async fn a_calendar_without_an_answer_makes_the_report_partial() {
    let hub = half_blind(TEAM).await;
    hub.plant("primary", "visit", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z", json!({}));
    hub.plant(TEAM, "hidden", "2026-12-01T12:00:00Z", "2026-12-01T13:00:00Z", json!({}));
    let report = hub.get(&in_week("")).await.expect(200).body;
    assert_eq!(report["items"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["partial"], true);
    let warnings = report["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{report}");
    assert!(warnings[0].as_str().unwrap().contains(TEAM), "{report}");
}

#[tokio::test]
async fn named_calendars_are_asked_and_no_others() {
    let hub = connected().await;
    let (start, end) = ("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z");
    hub.plant("primary", "own", start, end, json!({}));
    hub.plant(TEAM, "standup", "2026-12-02T09:00:00Z", "2026-12-02T10:00:00Z", json!({}));
    hub.plant(
        HOLIDAYS_CALENDAR,
        "parade",
        "2026-12-03T09:00:00Z",
        "2026-12-03T10:00:00Z",
        json!({}),
    );
    let at = |calendar: &str| json!([{"provider": "google_calendar", "calendar_id": calendar}]);
    let team = hub.get(&in_week(&format!("&calendars={TEAM}"))).await.expect(200).body;
    let block = json!({"start": "2026-12-02T09:00:00Z", "end": "2026-12-02T10:00:00Z", "sources": at(TEAM)});
    assert_eq!(team, json!({"items": [block], "warnings": [], "partial": false}));
    let holidays = HOLIDAYS_CALENDAR.replace('#', "%23");
    let both = in_week(&format!("&calendars={holidays},%20{TEAM},{TEAM}&provider=google-calendar"));
    let both = hub.get(&both).await.expect(200).body;
    let sources: Vec<_> = both["items"].as_array().unwrap().iter().map(|b| &b["sources"]).collect();
    assert_eq!(sources, [&at(TEAM), &at(HOLIDAYS_CALENDAR)]);
    let main = hub.get(&in_week("&calendars=primary")).await.expect(200).body;
    assert_eq!(main["items"][0]["sources"], at(ADA));
    assert_eq!(hub.vendor_calls("GET", "/calendarList"), 0, "the user's own are of no account");
}

#[tokio::test]
async fn a_named_calendar_without_an_answer_is_warned_of() {
    let hub = connected().await;
    hub.plant(TEAM, "standup", "2026-12-02T09:00:00Z", "2026-12-02T10:00:00Z", json!({}));
    let report = hub.get(&in_week(&format!("&calendars={TEAM},{BOB}"))).await.expect(200).body;
    assert_eq!(report["items"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["partial"], true);
    assert!(report["warnings"][0].as_str().unwrap().contains(BOB), "{report}");
    let nobody = hub.get(&in_week(&format!("&calendars={BOB}"))).await.expect(200).body;
    assert_eq!((&nobody["items"], &nobody["partial"]), (&json!([]), &json!(true)));
}

#[tokio::test]
async fn calendars_are_named_in_reasonable_number() {
    let hub = connected().await;
    let many = |count: usize| {
        let names: Vec<_> = (0..count).map(|number| format!("c{number}@example.com")).collect();
        in_week(&format!("&calendars={}", names.join(",")))
    };
    hub.get(&many(101)).await.invalid(&["calendars"]);
    for odd in ["&calendars=", "&calendars=a,,b", "&calendars=a%0Ab"] {
        hub.get(&in_week(odd)).await.invalid(&["calendars"]);
    }
    let long = format!("&calendars={}", "x".repeat(513));
    hub.get(&in_week(&long)).await.invalid(&["calendars"]);
    assert_eq!(hub.vendor_calls("POST", "/freeBusy"), 0);
    hub.get(&many(100)).await.expect(200);
}

#[tokio::test]
async fn named_calendars_of_a_vendor_in_trouble_are_not_free() {
    let hub = connected().await;
    let path = in_week(&format!("&calendars={TEAM}"));
    for (kind, status, code) in FAILURES {
        hub.google().set_fault(Fault::on(FREE_BUSY, kind).times(1));
        hub.get(&path).await.refused_by_vendor(status, code);
    }
    hub.refuses_strangers("GET", &path, None).await;
    let named = format!("{path}&provider=google_calendar");
    hub.session_for_outlook().await.get(&named).await.refused(403, "forbidden");
}

#[tokio::test]
async fn of_several_accounts_the_one_with_the_named_calendars_is_named() {
    let hub = connected_twice().await;
    hub.plant_at_work("meeting", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z");
    let calendars = format!("&calendars={WORK}");
    hub.get(&in_week(&calendars)).await.invalid(&["provider"]);
    let named = in_week(&format!("{calendars}&provider=google_work"));
    let report = hub.get(&named).await.expect(200).body;
    assert_eq!(report["items"][0]["sources"][0]["provider"], "google_work");
}

#[tokio::test]
async fn nobody_is_refused() {
    let hub = connected().await;
    hub.refuses_strangers("GET", &in_week(""), None).await;
}

#[tokio::test]
async fn another_user_sees_their_own_time_only() {
    let hub = connected().await;
    hub.plant("primary", "visit", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z", json!({}));
    hub.hub.as_user("bob").get(&in_week("")).await.refused(409, "not-connected");
    let bob = hub.bob().await;
    let (start, end) = ("2026-12-02T09:00:00Z", "2026-12-02T10:00:00Z");
    hub.google().put_event(BOB, "primary", vendor_event("bobs1", start, end, json!({})));
    let report = bob.get(&in_week("")).await.expect(200).body;
    let source = json!({"provider": "google_calendar", "calendar_id": BOB});
    let block = json!({"start": start, "end": end, "sources": [source]});
    assert_eq!(report["items"], json!([block]));
}

#[tokio::test]
async fn a_session_for_another_provider_sees_nothing() {
    let hub = connected().await;
    hub.plant("primary", "visit", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z", json!({}));
    let session = hub.session_for_outlook().await;
    session.get(&in_week("&provider=google_calendar")).await.refused(403, "forbidden");
    let refused = session.get(&in_week("")).await;
    assert_eq!(refused.refused(409, "not-connected")["provider"], "outlook");
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let hub = connected().await;
    for (query, field) in [
        ("end=2026-12-08T00:00:00Z", "start"),
        ("start=2026-12-01T00:00:00Z", "end"),
        ("start=now&end=2026-12-08T00:00:00Z", "start"),
        ("start=2026-12-08T00:00:00Z&end=2026-12-01T00:00:00Z", "end"),
        ("start=2026-12-01T00:00:00Z&end=2027-12-03T00:00:00Z", "end"),
    ] {
        hub.get(&format!("{PATH}?{query}")).await.invalid(&[field]);
    }
    hub.get(&in_week("&calendar=x")).await.refused(422, "invalid");
    hub.get(&in_week("&provider=acme")).await.refused(404, "unknown-provider");
    assert_eq!(hub.vendor_calls("POST", "/freeBusy"), 0);
}

#[tokio::test]
async fn without_the_scope_nothing_is_asked_of_the_vendor() {
    let hub = connected_with(&[EVENTS_SCOPE]).await;
    let before = hub.google().requests().len();
    let problem = hub.get(&in_week("")).await.refused(403, "missing-scope");
    assert_eq!(problem["scopes"], json!([READONLY_SCOPE]));
    assert_eq!(hub.google().requests().len(), before);
}

#[tokio::test]
async fn what_the_vendor_does_wrong_is_told_as_it_is() {
    let hub = connected().await;
    for (kind, status, code) in FAILURES {
        hub.google().set_fault(Fault::on(FREE_BUSY, kind).times(1));
        hub.get(&in_week("")).await.refused_by_vendor(status, code);
        hub.get(&in_week("")).await.expect(200);
    }
}

#[tokio::test]
async fn an_error_with_status_200_is_not_free_time() {
    let hub = connected().await;
    // The list first: once it was read it is remembered.
    for path in ["/calendar/v3/users/me/calendarList", FREE_BUSY] {
        hub.google().set_fault(Fault::on(path, FaultKind::OkWithError).times(1));
        hub.get(&in_week("")).await.refused_by_vendor(502, "vendor-bad-answer");
    }
    hub.get(&in_week("")).await.expect(200);
}

#[tokio::test]
async fn a_failed_list_of_calendars_is_not_remembered() {
    let hub = connected().await;
    let list = Fault::on("/calendar/v3/users/me/calendarList", FaultKind::InternalError).times(1);
    hub.google().set_fault(list);
    hub.get(&in_week("")).await.refused_by_vendor(503, "vendor-unavailable");
    hub.get(&in_week("")).await.expect(200);
}

#[tokio::test]
async fn a_vendor_that_takes_too_long_is_504() {
    let hub = impatient().await;
    hub.google().set_fault(Fault::on(FREE_BUSY, FaultKind::Slow));
    hub.get(&in_week("")).await.refused_by_vendor(504, "vendor-timeout");
}
