//! A user with two calendar accounts: one calendar for whoever asks.

use mortise_tests::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{ADA, Refused as _, WEEK, WORK, appointment, connected_twice, event};

const PATH: &str = "/api/calendar/events";
const LINKED: &str = "/api/calendar/events/appointment/123";
const START: &str = "2026-12-01T09:00:00Z";
const END: &str = "2026-12-01T10:00:00Z";

fn visit_at(provider: &str) -> Value {
    let mut body = appointment("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00");
    body["provider"] = json!(provider);
    body
}

fn in_week(more: &str) -> String {
    format!("{PATH}?{WEEK}{more}")
}

/// Provider and id of each event.
fn seen(list: &Value) -> Vec<(String, String)> {
    let items = list["items"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items.iter().map(|item| (text(&item["provider"]), text(&item["event"]["id"]))).collect()
}

fn expected(items: &[(&str, &str)]) -> Vec<(String, String)> {
    items.iter().map(|&(provider, id)| (provider.to_owned(), id.to_owned())).collect()
}

#[tokio::test]
async fn the_list_has_the_events_of_both_in_order() {
    let hub = connected_twice().await;
    hub.plant("primary", "first", START, END, json!({}));
    hub.plant_at_work("second", "2026-12-01T09:30:00Z", END);
    hub.plant("primary", "third", "2026-12-02T09:00:00Z", "2026-12-02T10:00:00Z", json!({}));
    let list = hub.get(&in_week("")).await.expect(200).body;
    let (own, work) = ("google_calendar", "google_work");
    assert_eq!(seen(&list), expected(&[(own, "first"), (work, "second"), (own, "third")]));
    let one = hub.get(&in_week("&provider=google_work")).await.expect(200).body;
    assert_eq!(seen(&one), expected(&[(work, "second")]));
    hub.get(&in_week("&calendar_id=primary")).await.invalid(&["provider"]);
    let session = hub.session(json!({"providers": ["google_work"]})).await;
    assert_eq!(session.get(&in_week("")).await.expect(200).body, one);
}

#[tokio::test]
async fn pages_show_every_event_of_both_once() {
    let hub = connected_twice().await;
    let mut planted = Vec::new();
    for hour in 0..5 {
        let (start, end) =
            (format!("2026-12-02T{hour:02}:00:00Z"), format!("2026-12-02T{hour:02}:30:00Z"));
        hub.plant("primary", &format!("own{hour:02}"), &start, &end, json!({}));
        planted.push(format!("own{hour:02}"));
        if hour < 3 {
            hub.plant_at_work(&format!("work{hour:02}"), &start, &end);
            planted.push(format!("work{hour:02}"));
        }
    }
    let (mut found, mut query) = (Vec::new(), in_week("&limit=2"));
    loop {
        let page = hub.get(&query).await.expect(200).body;
        found.extend(seen(&page).into_iter().map(|(_, id)| id));
        let Some(next) = page["next_cursor"].as_str() else { break };
        query = in_week(&format!("&limit=2&cursor={next}"));
    }
    found.sort();
    planted.sort();
    assert_eq!(found, planted);
}

#[tokio::test]
async fn a_vendor_in_trouble_does_not_hide_the_other() {
    let hub = connected_twice().await;
    hub.plant("primary", "first", START, END, json!({}));
    hub.plant_at_work("second", START, END);
    hub.get(&in_week("&provider=google_work")).await.expect(200);
    let of_work = hub.google().requests().pop().unwrap().path;
    hub.google().set_fault(Fault::on(of_work, FaultKind::InternalError));
    let list = hub.get(&in_week("")).await.expect(200).body;
    assert_eq!(seen(&list), expected(&[("google_calendar", "first")]));
    assert_eq!(list["partial"], true);
    let warnings = list["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{list}");
    assert!(warnings[0].as_str().unwrap().contains("google_work"), "{list}");
}

#[tokio::test]
async fn a_withdrawn_consent_is_warned_of_and_nothing_is_written_unchecked() {
    let hub = connected_twice().await;
    hub.plant("primary", "first", "2026-12-03T09:00:00Z", "2026-12-03T10:00:00Z", json!({}));
    hub.google().revoke_grants(WORK);
    hub.get(&in_week("&provider=google_work")).await.refused(409, "needs-reauth");
    let list = hub.get(&in_week("")).await.expect(200).body;
    assert_eq!(seen(&list), expected(&[("google_calendar", "first")]));
    assert_eq!(list["partial"], true, "{list}");
    let busy = hub.get(&format!("/api/calendar/freebusy?{WEEK}")).await.expect(200).body;
    assert_eq!(busy["partial"], true, "{busy}");
    let mut body = visit_at("google_calendar");
    let problem = hub.post(PATH, &body).await.refused(503, "conflicts-unknown");
    assert!(problem["warnings"][0].as_str().unwrap().contains("google_work"), "{problem}");
    assert_eq!(hub.live_events(ADA).len(), 1);
    body["on_unavailable"] = json!("ignore");
    let made = hub.post(PATH, &body).await.expect(201).body;
    assert!(made["warnings"][0].as_str().unwrap().contains("google_work"), "{made}");
    hub.delete(LINKED).await.expect(204);
    body["on_unavailable"] = json!("refuse");
    body["allow_conflicts"] = json!(true);
    let made = hub.post(PATH, &body).await.expect(201).body;
    assert_eq!(made["warnings"], json!(null), "nothing was asked");
}

#[tokio::test]
async fn what_is_in_one_account_is_in_the_way_in_the_other() {
    let hub = connected_twice().await;
    hub.plant_at_work("meeting", START, END);
    let problem = hub.post(PATH, &visit_at("google_calendar")).await.refused(409, "conflict");
    let conflicts = problem["conflicts"].as_array().unwrap();
    assert_eq!(conflicts.len(), 1, "{problem}");
    assert_eq!(conflicts[0]["provider"], "google_work");
    assert_eq!(conflicts[0]["calendar_id"], WORK);
    let busy = hub.get(&format!("/api/calendar/freebusy?{WEEK}")).await.expect(200).body;
    let source = json!({"provider": "google_work", "calendar_id": WORK});
    assert_eq!(busy["items"], json!([{"start": START, "end": END, "sources": [source]}]));
}

#[tokio::test]
async fn the_account_to_write_to_must_be_named() {
    let hub = connected_twice().await;
    let body = appointment("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00");
    hub.post(PATH, &body).await.invalid(&["provider"]);
    let made = hub.post(PATH, &visit_at("google_work")).await.expect(201).body;
    assert_eq!(made["link"]["provider"], "google_work");
    assert_eq!((hub.live_events(ADA).len(), hub.live_events(WORK).len()), (0, 1));
    assert_eq!(hub.get(LINKED).await.expect(200).body, made, "there is one link only");
}

#[tokio::test]
async fn a_record_can_have_an_event_in_each_account() {
    let hub = connected_twice().await;
    let own = hub.post(PATH, &visit_at("google_calendar")).await.expect(201).body;
    let mut body = visit_at("google_work");
    body["allow_conflicts"] = json!(true);
    let work = hub.post(PATH, &body).await.expect(201).body;
    hub.get(LINKED).await.invalid(&["provider"]);
    hub.delete(LINKED).await.invalid(&["provider"]);
    let mut change = json!({"event": event("2026-12-02T10:00:00", "2026-12-02T11:00:00")});
    hub.put(LINKED, &change).await.invalid(&["provider"]);
    let at = |provider: &str| format!("{LINKED}?provider={provider}");
    assert_eq!(hub.get(&at("google_calendar")).await.expect(200).body, own);
    assert_eq!(hub.get(&at("google_work")).await.expect(200).body, work);
    change["provider"] = json!("google_work");
    hub.put(LINKED, &change).await.expect(200);
    assert_eq!(hub.only_event()["start"]["dateTime"], "2026-12-01T10:00:00+01:00");
    hub.delete(&at("google_work")).await.expect(204);
    assert_eq!((hub.live_events(ADA).len(), hub.live_events(WORK).len()), (1, 0));
    assert_eq!(hub.get(LINKED).await.expect(200).body, own);
}
