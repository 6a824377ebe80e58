//! `POST /api/integrations/{slug}/disconnect`

use mortise_tests::{ADA, BOB, Consent, Fault, FaultKind, GOOGLE, HUBSPOT, OUTLOOK, TestHub};
use serde_json::{Value, json};

use crate::support::{count, not_connected, unknown_provider};

async fn connected(slug: &str) -> TestHub {
    let hub = TestHub::options().set("outbound.timeout_seconds", "1").start().await;
    hub.connect("ada", slug, &Consent::of(ADA)).await;
    hub
}

async fn disconnect(hub: &TestHub, slug: &str) -> Value {
    let path = format!("/api/integrations/{slug}/disconnect");
    hub.as_user("ada").post_nothing(&path).await.expect(200).body
}

#[tokio::test]
async fn it_revokes_at_the_vendor_and_deletes_the_tokens() {
    let hub = connected(GOOGLE).await;
    hub.connect("bob", GOOGLE, &Consent::of(BOB)).await;
    assert_eq!(
        disconnect(&hub, GOOGLE).await,
        json!({"provider": "google_calendar", "status": "revoked", "vendor": "revoked"})
    );
    assert!(hub.sandbox.google().live_tokens(ADA).is_empty());
    let status = hub.status("ada", GOOGLE).await;
    assert_eq!(status["status"], "revoked");
    assert_eq!(status["scopes"]["granted"], json!([]));
    assert_eq!(status.get("expires_at"), None);
    assert_eq!(hub.token("ada", GOOGLE).await.problem(), not_connected());

    assert_eq!(hub.rows.count("integration_tokens").await, 1, "Bob's");
    assert_eq!(hub.status("bob", GOOGLE).await["status"], "active");
    assert!(!hub.sandbox.google().live_tokens(BOB).is_empty());
}

#[tokio::test]
async fn a_session_may_disconnect_its_user() {
    let hub = connected(GOOGLE).await;
    let session = hub.session_for("ada").await;
    session.post_nothing("/api/integrations/google-calendar/disconnect").await.expect(200);
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "revoked");
}

#[tokio::test]
async fn ending_it_again_is_no_error_and_asks_the_vendor_nothing() {
    let hub = connected(GOOGLE).await;
    disconnect(&hub, GOOGLE).await;
    let before = hub.sandbox.google().requests().len();
    assert_eq!(disconnect(&hub, GOOGLE).await["vendor"], "nothing_to_revoke");
    assert_eq!(hub.sandbox.google().requests().len(), before);
}

#[tokio::test]
async fn what_was_never_connected_cannot_be_disconnected() {
    let hub = TestHub::start().await;
    let client = hub.as_user("ada");
    let answer = client.post_nothing("/api/integrations/google-calendar/disconnect").await;
    assert_eq!(answer.problem(), not_connected());
    let answer = client.post_nothing("/api/integrations/nothing/disconnect").await;
    assert_eq!(answer.problem(), unknown_provider("nothing"));
}

#[tokio::test]
async fn connecting_again_afterwards_takes_up_the_same_integration() {
    let hub = connected(GOOGLE).await;
    let first = hub.rows.integrations().await.remove(0).id;
    disconnect(&hub, GOOGLE).await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let row = hub.rows.integrations().await.remove(0);
    assert_eq!((row.id, row.status.as_str()), (first, "active"));
    hub.token("ada", GOOGLE).await.expect(200);
}

#[tokio::test]
async fn an_unreachable_vendor_stops_nothing_here_and_is_asked_again_later() {
    for kind in [
        FaultKind::Unavailable,
        FaultKind::InternalError,
        FaultKind::TooManyRequests,
        FaultKind::Slow,
    ] {
        let hub = connected(GOOGLE).await;
        hub.sandbox.google().set_fault(Fault::on("/revoke", kind).method("POST"));
        let ended = disconnect(&hub, GOOGLE).await;
        assert_eq!((&ended["status"], &ended["vendor"]), (&json!("revoked"), &json!("pending")));
        assert_eq!(hub.status("ada", GOOGLE).await["status"], "revoked");
        assert_eq!(hub.rows.count("integration_tokens").await, 0);
        assert_eq!(hub.rows.count("pending_revocations").await, 1);

        let before = count(&hub, "/revoke");
        hub.maintain().await;
        assert_eq!(count(&hub, "/revoke"), before, "not at once");
        hub.clock.advance(60);
        hub.maintain().await;
        assert_eq!(count(&hub, "/revoke"), before + 1);
        assert_eq!(hub.rows.count("pending_revocations").await, 1, "it failed again");

        hub.sandbox.google().clear_faults();
        hub.clock.advance(60);
        hub.maintain().await;
        assert_eq!(count(&hub, "/revoke"), before + 1, "the pause has grown");
        hub.clock.advance(60);
        hub.maintain().await;
        assert!(hub.sandbox.google().live_tokens(ADA).is_empty());
        assert_eq!(hub.rows.count("pending_revocations").await, 0);
    }
}

#[tokio::test]
async fn a_revocation_whose_answer_was_lost_counts_as_done_the_second_time() {
    let hub = connected(GOOGLE).await;
    hub.sandbox.google().set_fault(Fault::on("/revoke", FaultKind::DoThenCut).times(1));
    assert_eq!(disconnect(&hub, GOOGLE).await["vendor"], "pending");
    assert!(hub.sandbox.google().live_tokens(ADA).is_empty());
    hub.clock.advance(60);
    hub.maintain().await;
    assert_eq!(hub.rows.count("pending_revocations").await, 0);
}

#[tokio::test]
async fn a_grant_that_was_taken_back_already_is_revoked() {
    let hub = connected(GOOGLE).await;
    hub.sandbox.google().revoke_grants(ADA);
    assert_eq!(disconnect(&hub, GOOGLE).await["vendor"], "revoked");
    assert_eq!(hub.rows.count("pending_revocations").await, 0);
}

#[tokio::test]
async fn a_connection_that_needs_reauth_can_be_ended() {
    let hub = connected(GOOGLE).await;
    hub.sandbox.google().revoke_grants(ADA);
    hub.clock.advance(3600);
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "needs_reauth");
    disconnect(&hub, GOOGLE).await;
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "revoked");
}

#[tokio::test]
async fn where_the_vendor_cannot_revoke_the_user_is_told_what_to_do() {
    let hub = connected(OUTLOOK).await;
    let ended = disconnect(&hub, OUTLOOK).await;
    assert_eq!((&ended["status"], &ended["vendor"]), (&json!("revoked"), &json!("not_supported")));
    assert!(ended["hint"].as_str().unwrap().contains("https://account.live.com/consent/Manage"));
    assert_eq!(hub.rows.count("integration_tokens").await, 0);
    assert_eq!(hub.rows.count("pending_revocations").await, 0);
}

#[tokio::test]
async fn hubspot_s_refresh_token_is_revoked() {
    let hub = connected(HUBSPOT).await;
    assert_eq!(disconnect(&hub, HUBSPOT).await["vendor"], "revoked");
    assert_eq!(hub.sandbox.hubspot().live_tokens(ADA).refresh, [""; 0]);
}
