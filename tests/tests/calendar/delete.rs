//! `DELETE /api/calendar/events/{entity_type}/{entity_id}`

use mortise_tests::FaultKind;
use serde_json::json;

use crate::support::{
    ADA, Connected, FAILURES, READONLY_SCOPE, Refused as _, USER, connected, event, impatient,
    on_events,
};

const LINKED: &str = "/api/calendar/events/appointment/123";
const TEN: &str = "2026-12-01T10:00:00";
const ELEVEN: &str = "2026-12-01T11:00:00";

async fn booked() -> Connected {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    hub
}

#[tokio::test]
async fn the_event_is_deleted_at_the_vendor_and_the_link_with_it() {
    let hub = booked().await;
    let answer = hub.delete(LINKED).await.expect(204);
    assert_eq!(answer.text, "");
    let stored = hub.google().events(ADA).remove(0);
    assert!(stored.is_cancelled());
    assert_eq!(stored.send_updates.as_deref(), Some("all"));
    hub.get(LINKED).await.refused(404, "not-linked");
    hub.delete(LINKED).await.refused(404, "not-linked");
    assert_eq!(hub.hub.rows.count("calendar_event_links").await, 0);
}

#[tokio::test]
async fn mail_goes_to_whom_notify_says() {
    let hub = booked().await;
    hub.delete(&format!("{LINKED}?notify=everybody")).await.invalid(&["notify"]);
    hub.delete(&format!("{LINKED}?notify=none&provider=google_calendar")).await.expect(204);
    assert_eq!(hub.google().events(ADA).remove(0).send_updates.as_deref(), Some("none"));
}

#[tokio::test]
async fn an_event_deleted_at_the_vendor_is_as_good_as_deleted() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    hub.change_at_vendor(&made["event"]["id"], json!({"status": "cancelled"}));
    hub.delete(LINKED).await.expect(204);
    assert_eq!(hub.google().requests().last().unwrap().status, 410);
    hub.get(LINKED).await.refused(404, "not-linked");
}

#[tokio::test]
async fn an_event_that_was_never_made_is_as_good_as_deleted() {
    let hub = connected().await;
    hub.google().set_fault(on_events(FaultKind::InternalError, "POST").times(1));
    let body = crate::support::appointment("123", TEN, ELEVEN);
    hub.post("/api/calendar/events", &body).await.refused_by_vendor(503, "vendor-unavailable");
    hub.delete(LINKED).await.expect(204);
    assert_eq!(hub.google().requests().last().unwrap().status, 404);
    hub.get(LINKED).await.refused(404, "not-linked");
}

#[tokio::test]
async fn a_delete_whose_answer_was_lost_is_finished_by_the_same_call() {
    let hub = booked().await;
    hub.google().set_fault(on_events(FaultKind::DoThenCut, "DELETE").times(1));
    hub.delete(LINKED).await.refused_by_vendor(503, "vendor-unavailable");
    hub.get(LINKED).await.refused(404, "event-gone");
    hub.delete(LINKED).await.expect(204);
    hub.get(LINKED).await.refused(404, "not-linked");
}

#[tokio::test]
async fn a_delete_whose_answer_was_lost_is_finished_by_a_new_creation() {
    let hub = booked().await;
    hub.google().set_fault(on_events(FaultKind::DoThenCut, "DELETE").times(1));
    hub.delete(LINKED).await.refused_by_vendor(503, "vendor-unavailable");
    let made = hub.book("123", TEN, ELEVEN).await;
    assert_eq!(hub.only_event()["id"], made["event"]["id"]);
}

#[tokio::test]
async fn a_delete_that_never_reached_the_work_is_carried_out_by_the_next() {
    let hub = booked().await;
    hub.google().set_fault(on_events(FaultKind::InternalError, "DELETE").times(1));
    hub.delete(LINKED).await.refused_by_vendor(503, "vendor-unavailable");
    assert_eq!(hub.live_events(ADA).len(), 1);
    hub.delete(LINKED).await.expect(204);
    assert!(hub.live_events(ADA).is_empty());
}

#[tokio::test]
async fn a_delete_that_the_vendor_refused_leaves_event_and_link_as_they_were() {
    let hub = booked().await;
    let before = hub.get(LINKED).await.expect(200).body;
    hub.google().set_fault(on_events(FaultKind::TooManyRequests, "DELETE").times(1));
    hub.delete(LINKED).await.refused_by_vendor(503, "vendor-rate-limited");
    let after = hub.get(LINKED).await.expect(200).body;
    assert_eq!(after, before);
    assert_eq!(after["link"]["state"], "confirmed");
    let change = json!({"event": event(TEN, ELEVEN)});
    hub.put(LINKED, &change).await.expect(200);
}

#[tokio::test]
async fn deletes_at_the_same_time_all_end_well() {
    let hub = booked().await;
    let calls = (0..4).map(|_| hub.delete(LINKED));
    for answer in futures::future::join_all(calls).await {
        assert!(matches!(answer.status, 204 | 404), "{answer:?}");
    }
    assert!(hub.live_events(ADA).is_empty());
    assert_eq!(hub.hub.rows.count("calendar_event_links").await, 0);
}

#[tokio::test]
async fn if_match_keeps_an_event_that_changed_meanwhile() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    hub.change_at_vendor(&made["event"]["id"], json!({"summary": "Changed"}));
    let guarded = |etag: &str| hub.user.clone().header("if-match", etag);
    let stale = made["event"]["etag"].as_str().unwrap();
    guarded(stale).delete(LINKED).await.refused(412, "precondition-failed");
    let read = hub.get(LINKED).await.expect(200);
    assert_eq!(read.body["link"]["state"], "confirmed");
    guarded("\"1\",\"2\"").delete(LINKED).await.invalid(&["If-Match"]);
    guarded(read.header("etag")).delete(LINKED).await.expect(204);
}

#[tokio::test]
async fn nobody_is_refused() {
    let hub = booked().await;
    hub.refuses_strangers("DELETE", LINKED, None).await;
    hub.only_event();
}

#[tokio::test]
async fn another_users_event_is_not_there() {
    let hub = booked().await;
    hub.bob().await.delete(LINKED).await.refused(404, "not-linked");
    hub.session_for_outlook().await.delete(LINKED).await.refused(404, "not-linked");
    hub.only_event();
}

#[tokio::test]
async fn bad_input_is_named() {
    let hub = booked().await;
    hub.delete("/api/calendar/events/a%20b/1").await.invalid(&["entity_type"]);
    hub.delete("/api/calendar/events/appointment/%00").await.invalid(&["entity_id"]);
    hub.delete(&format!("{LINKED}?provider=acme")).await.refused(404, "unknown-provider");
    hub.delete(&format!("{LINKED}?force=true")).await.refused(422, "invalid");
    hub.only_event();
}

#[tokio::test]
async fn a_deletion_needs_the_scope_to_write() {
    let hub = booked().await;
    let scopes = format!("[\"{READONLY_SCOPE}\"]");
    let now_granted = format!("UPDATE integrations SET scopes = '{scopes}'");
    hub.hub.rows.execute(&now_granted).await;
    // Until nothing is taken from memory.
    hub.hub.clock.advance(5);
    let answer = hub.hub.as_user(USER).delete(LINKED).await;
    answer.refused(403, "missing-scope");
    hub.only_event();
}

#[tokio::test]
async fn what_the_vendor_does_wrong_is_told_as_it_is_and_the_repeated_call_ends_it() {
    let hub = connected().await;
    for (kind, status, code) in FAILURES {
        // What is in a body that nobody needs is no fault of a deletion.
        if matches!(kind, FaultKind::BadJson | FaultKind::Empty | FaultKind::Html) {
            continue;
        }
        hub.book("123", TEN, ELEVEN).await;
        hub.google().set_fault(on_events(kind, "DELETE").times(1));
        hub.delete(LINKED).await.refused_by_vendor(status, code);
        hub.delete(LINKED).await.expect(204);
        assert!(hub.live_events(ADA).is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_vendor_that_takes_too_long_is_504() {
    let hub = impatient().await;
    hub.book("123", TEN, ELEVEN).await;
    hub.google().set_fault(on_events(FaultKind::Slow, "DELETE").times(1));
    hub.delete(LINKED).await.refused_by_vendor(504, "vendor-timeout");
    hub.delete(LINKED).await.expect(204);
}
