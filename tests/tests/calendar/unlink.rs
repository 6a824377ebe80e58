//! `DELETE /api/calendar/events/{entity_type}/{entity_id}?unlink=true`: the link goes, the event
//! stays.

use mortise_tests::FaultKind;
use serde_json::{Value, json};

use crate::support::{
    ADA, Connected, Refused as _, WORK, appointment, connected, connected_twice, event, on_events,
    on_events_of,
};

const PATH: &str = "/api/calendar/events";
const LINKED: &str = "/api/calendar/events/appointment/123";
const UNLINK: &str = "/api/calendar/events/appointment/123?unlink=true";
const TEN: &str = "2026-12-01T10:00:00";
const ELEVEN: &str = "2026-12-01T11:00:00";

/// A POST whose time need not be free: the event that lost its link is there.
fn anyway(title: &str) -> Value {
    let mut body = appointment("123", TEN, ELEVEN);
    body["allow_conflicts"] = json!(true);
    body["event"]["title"] = json!(title);
    body
}

async fn booked() -> (Connected, Value) {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    (hub, made)
}

#[tokio::test]
async fn the_link_goes_and_the_event_stays() {
    let (hub, made) = booked().await;
    let asked = hub.google().requests().len();
    assert_eq!(hub.delete(UNLINK).await.expect(204).text, "");
    assert_eq!(hub.google().requests().len(), asked, "the vendor is not asked");
    assert_eq!(hub.only_event()["id"], made["event"]["id"]);
    hub.get(LINKED).await.refused(404, "not-linked");
    hub.delete(UNLINK).await.refused(404, "not-linked");
}

#[tokio::test]
async fn unlink_false_deletes_the_event() {
    let (hub, _) = booked().await;
    hub.delete(&format!("{LINKED}?unlink=false")).await.expect(204);
    assert!(hub.live_events(ADA).is_empty());
    hub.delete(&format!("{LINKED}?unlink=maybe")).await.refused(422, "invalid");
}

#[tokio::test]
async fn it_needs_no_usable_connection() {
    let (hub, _) = booked().await;
    hub.post("/api/integrations/google-calendar/disconnect", &json!({})).await.expect(200);
    hub.delete(LINKED).await.refused(409, "not-connected");
    hub.delete(UNLINK).await.expect(204);
    hub.get(LINKED).await.refused(404, "not-linked");
    hub.only_event();
}

#[tokio::test]
async fn the_next_creation_meets_the_event_that_was_left() {
    for title in ["Check-up", "Other"] {
        let (hub, made) = booked().await;
        hub.delete(UNLINK).await.expect(204);
        let again = hub.post(PATH, &anyway(title)).await.expect(201).body;
        assert_eq!(again["event"]["id"], made["event"]["id"]);
        assert_eq!(again["event"]["title"], title);
        assert_eq!(hub.only_event()["summary"], title);
    }
}

#[tokio::test]
async fn an_event_that_was_left_and_deleted_since_is_made_anew() {
    let (hub, made) = booked().await;
    hub.delete(UNLINK).await.expect(204);
    hub.change_at_vendor(&made["event"]["id"], json!({"status": "cancelled"}));
    let again = hub.post(PATH, &anyway("Check-up")).await.expect(201).body;
    assert_ne!(again["event"]["id"], made["event"]["id"]);
    hub.only_event();
}

#[tokio::test]
async fn a_link_in_any_state_goes() {
    let hub = connected().await;
    hub.lose_the_answer_to(&anyway("Check-up")).await;
    hub.delete(UNLINK).await.expect(204);
    hub.get(LINKED).await.refused(404, "not-linked");
    hub.post(PATH, &anyway("Check-up")).await.expect(201);
    hub.google().set_fault(on_events(FaultKind::InternalError, "DELETE").times(1));
    hub.delete(LINKED).await.refused(503, "vendor-unavailable");
    hub.delete(UNLINK).await.expect(204);
    hub.get(LINKED).await.refused(404, "not-linked");
    hub.only_event();
}

#[tokio::test]
async fn of_a_move_both_links_go_or_the_one_that_is_named() {
    for (query, left) in [("", 0), ("&provider=google_calendar", 1)] {
        let hub = connected_twice().await;
        let mut body = anyway("Check-up");
        body["provider"] = json!("google_calendar");
        hub.post(PATH, &body).await.expect(201);
        hub.google().set_fault(on_events_of(ADA, FaultKind::InternalError, "DELETE").times(1));
        let change = json!({"provider": "google_work", "event": event(TEN, ELEVEN)});
        hub.put(LINKED, &change).await.refused(503, "move-unfinished");
        hub.delete(&format!("{UNLINK}{query}")).await.expect(204);
        assert_eq!(hub.links().await, (left, 0));
        assert_eq!((hub.live_events(ADA).len(), hub.live_events(WORK).len()), (1, 1));
    }
}

#[tokio::test]
async fn of_several_links_one_must_be_named() {
    let hub = connected_twice().await;
    for provider in ["google_calendar", "google_work"] {
        let mut body = anyway("Check-up");
        body["provider"] = json!(provider);
        hub.post(PATH, &body).await.expect(201);
    }
    hub.delete(UNLINK).await.invalid(&["provider"]);
    hub.delete(&format!("{UNLINK}&provider=acme")).await.refused(404, "unknown-provider");
    hub.delete(&format!("{UNLINK}&provider=google-work")).await.expect(204);
    assert_eq!(hub.get(LINKED).await.expect(200).body["link"]["provider"], "google_calendar");
}

#[tokio::test]
async fn another_users_link_is_not_there() {
    let (hub, made) = booked().await;
    hub.refuses_strangers("DELETE", UNLINK, None).await;
    hub.bob().await.delete(UNLINK).await.refused(404, "not-linked");
    hub.session_for_outlook().await.delete(UNLINK).await.refused(404, "not-linked");
    assert_eq!(hub.get(LINKED).await.expect(200).body, made);
}
