//! `GET /api/integrations/{slug}/status`

use mortise_tests::{ADA, Consent, Fault, FaultKind, GOOGLE, TestHub};
use serde_json::json;

use crate::support::{EVENTS, READONLY, exchanges, unknown_provider};

#[tokio::test]
async fn it_tells_how_a_connected_user_stands() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let answer = hub.as_user("ada").get("/api/integrations/google-calendar/status").await;
    assert_eq!(answer.status, 200);
    insta::assert_json_snapshot!(answer.redacted(), @r#"
    {
      "account": {
        "calendar_id": "ada@example.com",
        "email": "ada@example.com",
        "extra": {
          "time_zone": "Europe/Berlin"
        },
        "id": "ada@example.com",
        "name": "ada@example.com"
      },
      "connected_at": "[moment]",
      "expires_at": "[moment]",
      "provider": "google_calendar",
      "scopes": {
        "granted": [
          "https://www.googleapis.com/auth/calendar.events",
          "https://www.googleapis.com/auth/calendar.readonly"
        ],
        "missing": [],
        "requested": [
          "https://www.googleapis.com/auth/calendar.events",
          "https://www.googleapis.com/auth/calendar.readonly"
        ]
      },
      "status": "active"
    }
    "#);
    assert_eq!(
        hub.session_for("ada").await.get("/api/integrations/google-calendar/status").await.body,
        answer.body
    );
}

#[tokio::test]
async fn a_user_who_never_connected_is_not_connected() {
    let hub = TestHub::start().await;
    let status = hub.status("ada", GOOGLE).await;
    assert_eq!(
        status,
        json!({
            "provider": "google_calendar",
            "status": "not_connected",
            "account": {},
            "scopes": {"requested": [EVENTS, READONLY], "granted": [], "missing": []},
        })
    );
    assert_eq!(hub.rows.count("users").await, 0, "looking makes no user");
}

#[tokio::test]
async fn a_provider_that_is_not_enabled_has_no_status() {
    let hub = TestHub::options().providers(&["google_calendar"]).start().await;
    let answer = hub.as_user("ada").get("/api/integrations/hubspot/status").await;
    assert_eq!(answer.problem(), unknown_provider("hubspot"));
}

#[tokio::test]
async fn a_due_token_is_refreshed_for_it() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let before = exchanges(&hub);
    let old = hub.status("ada", GOOGLE).await["expires_at"].clone();
    hub.clock.advance(3600);
    let status = hub.status("ada", GOOGLE).await;
    assert_eq!(status["status"], "active");
    assert_ne!(status["expires_at"], old);
    assert_eq!(exchanges(&hub), before + 1);
}

#[tokio::test]
async fn a_vendor_that_fails_shows_as_last_error_and_leaves_the_status_alone() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub.clock.advance(3600);
    hub.sandbox.google().set_fault(Fault::on("/token", FaultKind::InternalError));
    let status = hub.status("ada", GOOGLE).await;
    assert_eq!(status["status"], "active");
    let said = status["last_error"].as_str().unwrap();
    assert!(said.contains("is failing (status 500)"), "{said}");
    hub.sandbox.google().clear_faults();
    // The vendor's rest is over.
    hub.rows.execute("UPDATE integration_tokens SET lease_until = 0").await;
    let status = hub.status("ada", GOOGLE).await;
    assert_eq!((&status["status"], status.get("last_error")), (&json!("active"), None));
}

#[tokio::test]
async fn a_grant_that_the_user_took_back_at_the_vendor_shows_as_needs_reauth() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub.sandbox.google().revoke_grants(ADA);
    hub.clock.advance(3600);
    let status = hub.status("ada", GOOGLE).await;
    assert_eq!(status["status"], "needs_reauth");
    assert_eq!(status["last_error"], "the vendor refused the refresh token (invalid_grant)");
    assert_eq!(status["account"]["email"], ADA, "so that the page can say whose it is");
}
