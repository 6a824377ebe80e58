//! `GET /api/calendar/events/{entity_type}/{entity_id}`

use mortise_tests::FaultKind;
use serde_json::json;

use crate::support::{ADA, FAILURES, Refused as _, connected, impatient, on_events};

const LINKED: &str = "/api/calendar/events/appointment/123";
const TEN: &str = "2026-12-01T10:00:00";
const ELEVEN: &str = "2026-12-01T11:00:00";

#[tokio::test]
async fn the_linked_event_is_read_from_the_vendor() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    assert_eq!(hub.get(LINKED).await.expect(200).body, made);
    hub.change_at_vendor(
        &made["event"]["id"],
        json!({
            "summary": "Renamed at the vendor",
            "attendees": [{"email": "guest@example.org", "responseStatus": "accepted"}],
        }),
    );
    let answer = hub.get(LINKED).await.expect(200);
    assert_eq!(answer.body["event"]["title"], "Renamed at the vendor");
    assert_eq!(answer.body["event"]["attendees"][0]["response"], "accepted");
    assert_eq!(answer.header("etag"), answer.body["event"]["etag"]);
    assert_ne!(answer.body["event"]["etag"], made["event"]["etag"]);
    assert_eq!(answer.body["link"], made["link"]);
}

#[tokio::test]
async fn the_provider_may_be_named() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    hub.get(&format!("{LINKED}?provider=google_calendar")).await.expect(200);
    hub.get(&format!("{LINKED}?provider=outlook")).await.refused(404, "not-linked");
    hub.get(&format!("{LINKED}?provider=acme")).await.refused(404, "unknown-provider");
}

#[tokio::test]
async fn nobody_is_refused() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    hub.refuses_strangers("GET", LINKED, None).await;
}

#[tokio::test]
async fn another_users_event_is_not_there() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    hub.hub.as_user("bob").get(LINKED).await.refused(404, "not-linked");
    hub.bob().await.get(LINKED).await.refused(404, "not-linked");
}

#[tokio::test]
async fn a_session_for_another_provider_does_not_see_the_link() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    let session = hub.session_for_outlook().await;
    session.get(LINKED).await.refused(404, "not-linked");
    session.get(&format!("{LINKED}?provider=google_calendar")).await.refused(404, "not-linked");
}

#[tokio::test]
async fn a_record_without_event_is_told_from_one_whose_event_is_gone() {
    let hub = connected().await;
    hub.get(LINKED).await.refused(404, "not-linked");
    let made = hub.book("123", TEN, ELEVEN).await;
    hub.change_at_vendor(&made["event"]["id"], json!({"status": "cancelled"}));
    let problem = hub.get(LINKED).await.refused(404, "event-gone");
    assert_eq!(problem["provider"], "google_calendar");
}

#[tokio::test]
async fn names_that_are_none_are_refused() {
    let hub = connected().await;
    for (path, field) in [
        ("a%20b/1", "entity_type"),
        ("a%2Fb/1", "entity_type"),
        ("appointment/a%00b", "entity_id"),
        ("appointment/%0A", "entity_id"),
    ] {
        hub.get(&format!("/api/calendar/events/{path}")).await.invalid(&[field]);
    }
    let long = format!("/api/calendar/events/appointment/{}", "x".repeat(192));
    hub.get(&long).await.invalid(&["entity_id"]);
    hub.get("/api/calendar/events/appointment/%FF").await.refused(400, "bad-request");
    hub.get("/api/calendar/events/appointment").await.refused(404, "not-found");
    let unknown = hub.get(&format!("{LINKED}?colour=red")).await.refused(422, "invalid");
    assert!(unknown["detail"].as_str().unwrap().contains("colour"), "{unknown}");
}

#[tokio::test]
async fn after_a_disconnect_the_user_is_told_to_connect() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    hub.post("/api/integrations/google-calendar/disconnect", &json!({})).await.expect(200);
    hub.get(LINKED).await.refused(409, "not-connected");
}

#[tokio::test]
async fn a_token_that_the_vendor_ended_is_renewed_on_the_way() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    hub.google().expire_access_tokens(ADA);
    assert_eq!(hub.get(LINKED).await.expect(200).body, made);
}

#[tokio::test]
async fn what_the_vendor_does_wrong_is_told_as_it_is() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    for (kind, status, code) in FAILURES {
        hub.google().set_fault(on_events(kind, "GET").times(1));
        hub.get(LINKED).await.refused_by_vendor(status, code);
        assert_eq!(hub.get(LINKED).await.expect(200).body, made, "{kind:?}");
    }
}

#[tokio::test]
async fn an_event_that_the_vendor_sends_broken_is_502() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    hub.change_at_vendor(&made["event"]["id"], json!({"start": {"dateTime": "soon"}}));
    let problem = hub.get(LINKED).await.refused_by_vendor(502, "vendor-bad-answer");
    assert!(problem["detail"].as_str().unwrap().contains("start"), "{problem}");
}

#[tokio::test]
async fn a_vendor_that_takes_too_long_is_504() {
    let hub = impatient().await;
    hub.book("123", TEN, ELEVEN).await;
    hub.google().set_fault(on_events(FaultKind::Slow, "GET"));
    hub.get(LINKED).await.refused_by_vendor(504, "vendor-timeout");
}

#[tokio::test]
async fn whom_to_tell_is_a_parameter_of_a_deletion_alone() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    let answer = hub.get(&format!("{LINKED}?notify=none")).await;
    assert_eq!(answer.refusal(), (422, "invalid"));
    assert_eq!(answer.fields(), ["notify"]);
    assert_eq!(hub.delete(&format!("{LINKED}?notify=none")).await.status, 204);
}
