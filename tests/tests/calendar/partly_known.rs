//! `on_unavailable`: what a write does where a calendar cannot be asked whether the time is free.

use mortise_tests::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{
    ADA, EVENTS_SCOPE, Refused as _, appointment, connected, connected_with, event, half_blind,
};

const PATH: &str = "/api/calendar/events";
const LINKED: &str = "/api/calendar/events/appointment/123";
const TEAM: &str = "team@group.calendar.google.com";
const START: &str = "2026-12-01T09:00:00Z";
const END: &str = "2026-12-01T10:00:00Z";

fn visit(on_unavailable: &str) -> Value {
    let mut body = appointment("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00");
    body["on_unavailable"] = json!(on_unavailable);
    body
}

#[tokio::test]
async fn an_unknown_word_is_named_and_nothing_is_written() {
    let hub = connected().await;
    hub.post(PATH, &visit("wait")).await.invalid(&["on_unavailable"]);
    hub.book("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00").await;
    let change = json!({
        "event": event("2026-12-02T10:00:00", "2026-12-02T11:00:00"), "on_unavailable": "",
    });
    hub.put(LINKED, &change).await.invalid(&["on_unavailable"]);
    assert_eq!(hub.only_event()["start"]["dateTime"], "2026-12-01T10:00:00+01:00");
}

#[tokio::test]
async fn what_is_not_known_is_left_out_and_warned_of() {
    let hub = half_blind(TEAM).await;
    hub.plant(TEAM, "hidden", START, END, json!({}));
    hub.post(PATH, &visit("refuse")).await.refused(503, "conflicts-unknown");
    let made = hub.post(PATH, &visit("ignore")).await.expect(201).body;
    assert_eq!(made["warnings"].as_array().unwrap().len(), 1, "{made}");
    assert!(made["warnings"][0].as_str().unwrap().contains(TEAM), "{made}");
    let mut change = json!({"event": event("2026-12-02T10:00:00", "2026-12-02T11:00:00")});
    hub.put(LINKED, &change).await.refused(503, "conflicts-unknown");
    change["on_unavailable"] = json!("ignore");
    let changed = hub.put(LINKED, &change).await.expect(200).body;
    assert_eq!(changed["warnings"], made["warnings"]);
    assert_eq!(hub.get(LINKED).await.expect(200).body["warnings"], json!(null));
}

#[tokio::test]
async fn what_is_known_to_be_in_the_way_still_is() {
    let hub = half_blind(TEAM).await;
    hub.plant("primary", "dentist", START, END, json!({}));
    hub.plant(TEAM, "hidden", START, END, json!({}));
    let problem = hub.post(PATH, &visit("ignore")).await.refused(409, "conflict");
    assert_eq!(problem["conflicts"][0]["event_id"], "dentist");
    assert!(problem["warnings"][0].as_str().unwrap().contains(TEAM), "{problem}");
    let problem = hub.post(PATH, &visit("refuse")).await.refused(503, "conflicts-unknown");
    assert_eq!(problem["conflicts"][0]["event_id"], "dentist");
    assert_eq!(hub.vendor_calls("POST", "/events"), 0);
}

#[tokio::test]
async fn where_all_is_known_nothing_is_warned_of() {
    let hub = connected().await;
    let made = hub.post(PATH, &visit("ignore")).await.expect(201).body;
    assert_eq!(made["warnings"], json!(null));
    let again = hub.post(PATH, &visit("ignore")).await.expect(200).body;
    assert_eq!(again, made);
}

#[tokio::test]
async fn where_nothing_is_known_the_write_goes_through_if_that_is_ignored() {
    let hub = connected().await;
    hub.google().set_fault(Fault::on("/calendar/v3/freeBusy", FaultKind::Unavailable));
    let check = json!({"start": {"date_time": START}, "end": {"date_time": END},
                       "on_unavailable": "ignore"});
    let report = hub.post("/api/calendar/conflicts", &check).await.expect(200).body;
    assert_eq!((&report["items"], &report["partial"]), (&json!([]), &json!(true)));
    hub.post(PATH, &visit("refuse")).await.refused_by_vendor(503, "vendor-unavailable");
    assert!(hub.live_events(ADA).is_empty());
    let made = hub.post(PATH, &visit("ignore")).await.expect(201).body;
    assert!(made["warnings"][0].as_str().unwrap().contains("google_calendar"), "{made}");
}

#[tokio::test]
async fn a_user_who_lets_nobody_see_busy_time_can_have_events_all_the_same() {
    let hub = connected_with(&[EVENTS_SCOPE]).await;
    hub.post(PATH, &visit("refuse")).await.refused(403, "missing-scope");
    let made = hub.post(PATH, &visit("ignore")).await.expect(201).body;
    assert_eq!(made["warnings"].as_array().unwrap().len(), 1, "{made}");
}
