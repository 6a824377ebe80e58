//! `GET /api/integrations/{slug}/callback`, where all goes well.

use mortise_tests::{ADA, BOB, Consent, GOOGLE, HUBSPOT, OUTLOOK, TestHub};
use serde_json::json;

use crate::support::{CALENDARS, EVENTS, READONLY, decrypted};

#[tokio::test]
async fn each_provider_connects_and_is_active() {
    let hub = TestHub::start().await;
    for (slug, name) in [(GOOGLE, "Google Calendar"), (OUTLOOK, "Outlook"), (HUBSPOT, "HubSpot")] {
        assert_eq!(hub.status("ada", slug).await["status"], "not_connected");
        let page = hub.connect("ada", slug, &Consent::of(ADA)).await;
        assert!(page.text.contains(&format!("{name} is connected")), "{}", page.text);
        assert_eq!(hub.status("ada", slug).await["status"], "active");
    }
    assert_eq!(hub.rows.count("integration_tokens").await, 3);
    assert_eq!(hub.rows.count("oauth_states").await, 0, "attempts are used up");
}

#[tokio::test]
async fn two_tabs_of_one_browser_both_complete() {
    let hub = TestHub::start().await;
    let browser = hub.browser();
    let first = hub.connect_link("ada", GOOGLE).await;
    let second = hub.connect_link("ada", GOOGLE).await;
    let to_vendor_first = hub.lead_on(&browser, &first).await;
    let to_vendor_second = hub.lead_on(&browser, &second).await;
    let back_second = hub.consent(GOOGLE, &to_vendor_second, &Consent::of(ADA));
    let back_first = hub.consent(GOOGLE, &to_vendor_first, &Consent::of(ADA));
    browser.open(&back_second).await.expect(200);
    browser.open(&back_first).await.expect(200);
    assert_eq!(hub.rows.integrations().await.len(), 1);
    assert_eq!(hub.rows.tokens().await.len(), 1);
    hub.as_user("ada").get(CALENDARS).await.expect(200);
}

#[tokio::test]
async fn two_callbacks_at_the_same_moment_both_complete() {
    let hub = TestHub::start().await;
    let browser = hub.browser();
    let first = hub.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
    let second = hub.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
    let (first, second) = futures::join!(browser.open(&first), browser.open(&second));
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(hub.rows.integrations().await.len(), 1);
    assert_eq!(hub.rows.tokens().await.len(), 1);
}

#[tokio::test]
async fn connecting_again_replaces_the_tokens_of_the_same_integration() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let (integration, token) =
        (hub.rows.integrations().await.remove(0), hub.rows.tokens().await.remove(0));
    hub.clock.advance(10);
    hub.connect("ada", GOOGLE, &Consent::of(BOB)).await;
    let after = hub.rows.kept().await;
    assert_eq!(after.integrations.len(), 1);
    assert_eq!(after.tokens.len(), 1);
    assert_eq!(after.integrations[0].id, integration.id);
    let tokens = [&token, &after.tokens[0]].map(|row| decrypted(&hub, &row.access_token_enc));
    assert_ne!(tokens[0], tokens[1]);
    let refresh = |row: &mortise_tests::TokenRow| row.refresh_token_enc.clone().unwrap();
    assert_ne!(decrypted(&hub, &refresh(&token)), decrypted(&hub, &refresh(&after.tokens[0])),);
    assert!(after.tokens[0].version > token.version);
    assert_eq!(hub.status("ada", GOOGLE).await["account"]["email"], BOB);
}

#[tokio::test]
async fn a_scope_that_was_unticked_shows_as_missing_and_stops_what_needs_it() {
    let hub = TestHub::start().await;
    let consent = Consent { scopes: Some(vec![EVENTS.to_owned()]), ..Consent::of(ADA) };
    let page = hub.connect("ada", GOOGLE, &consent).await;
    assert!(page.text.contains("Some permissions were not granted"), "{}", page.text);

    let status = hub.status("ada", GOOGLE).await;
    assert_eq!(status["status"], "active");
    assert_eq!(status["scopes"]["granted"], json!([EVENTS]));
    assert_eq!(status["scopes"]["missing"], json!([READONLY]));

    let before = hub.sandbox.google().requests().len();
    let answer = hub.as_user("ada").get(CALENDARS).await;
    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "missing-scope",
      "connect_url": "http://hub/api/integrations/google-calendar/connect",
      "detail": "The operation google_calendar.calendars needs a scope that was not granted for google_calendar. Connect again and leave the permission ticked.",
      "provider": "google_calendar",
      "request_id": "[request id]",
      "scopes": [
        "https://www.googleapis.com/auth/calendar.readonly"
      ],
      "status": 403,
      "title": "A scope was not granted",
      "type": "urn:problem-type:mortise:missing-scope"
    }
    "#);
    let window = "start=2026-12-01T00:00:00Z&end=2026-12-02T00:00:00Z";
    let path = format!("/api/calendar/freebusy?{window}&provider=google_calendar");
    let answer = hub.as_user("ada").get(&path).await;
    assert_eq!(answer.refusal(), (403, "missing-scope"));
    assert_eq!(hub.sandbox.google().requests().len(), before, "Google was not asked");

    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub.as_user("ada").get(CALENDARS).await.expect(200);
    assert_eq!(hub.status("ada", GOOGLE).await["scopes"]["missing"], json!([]));
}

#[tokio::test]
async fn an_account_whose_name_the_vendor_does_not_tell_is_connected_all_the_same() {
    use mortise_tests::{Fault, FaultKind};

    let hub = TestHub::start().await;
    hub.sandbox.google().set_fault(Fault::on("/calendar/v3", FaultKind::InternalError));
    let page = hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    assert!(page.text.contains("Google Calendar is connected."), "{}", page.text);
    let status = hub.status("ada", GOOGLE).await;
    assert_eq!((&status["status"], &status["account"]), (&json!("active"), &json!({})));
}
