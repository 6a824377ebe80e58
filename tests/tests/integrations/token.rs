//! `GET /api/integrations/{slug}/token`

use mortise_tests::{ADA, Consent, Fault, FaultKind, GOOGLE, TestHub};
use serde_json::json;

use crate::support::{EVENTS, READONLY, exchanges, not_connected, unknown_provider};

#[tokio::test]
async fn it_gives_a_token_that_the_vendor_takes() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let answer = hub.token("ada", GOOGLE).await.expect(200);
    let token = answer.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(hub.sandbox.google().live_tokens(ADA).access, [token]);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["scopes"], json!([EVENTS, READONLY]));
    assert_eq!(answer.body["expires_at"], hub.status("ada", GOOGLE).await["expires_at"]);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.body.get("refresh_token").is_none(), "that one stays here");
}

#[tokio::test]
async fn a_fresh_token_is_given_again_without_asking_the_vendor() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let before = hub.sandbox.google().requests().len();
    let first = hub.token("ada", GOOGLE).await.expect(200);
    for _ in 0..5 {
        assert_eq!(hub.token("ada", GOOGLE).await.expect(200).body, first.body);
    }
    assert_eq!(hub.sandbox.google().requests().len(), before);
}

#[tokio::test]
async fn a_session_never_gets_a_token() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let session = hub.session_for("ada").await;
    let answer = session.get("/api/integrations/google-calendar/token").await;
    assert_eq!(answer.refusal(), (403, "forbidden"));
    let plain = hub.without_rights("ada").get("/api/integrations/google-calendar/token").await;
    assert_eq!(plain.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn without_a_connection_there_is_no_token() {
    let hub = TestHub::start().await;
    assert_eq!(hub.token("ada", GOOGLE).await.problem(), not_connected());
    assert_eq!(hub.token("ada", "nothing").await.problem(), unknown_provider("nothing"));
}

#[tokio::test]
async fn a_vendor_that_is_down_is_told_with_the_time_to_wait() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub.clock.advance(3600);
    hub.sandbox.google().set_fault(Fault::on("/token", FaultKind::Unavailable));
    let before = exchanges(&hub);
    let answer = hub.token("ada", GOOGLE).await;
    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "vendor-unavailable",
      "detail": "The token of google_calendar is over and could not be refreshed: the vendor's token endpoint is failing (status 503). Try again a little later.",
      "provider": "google_calendar",
      "request_id": "[request id]",
      "retry_after": 5,
      "status": 503,
      "title": "The vendor's token endpoint failed",
      "type": "urn:problem-type:mortise:vendor-unavailable"
    }
    "#);
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(exchanges(&hub), before + 3, "it was tried three times");
}
