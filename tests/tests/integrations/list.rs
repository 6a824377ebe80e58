//! `GET /api/integrations`

use mortise_tests::{ADA, Consent, GOOGLE, TestHub};
use serde_json::json;

use crate::support::{EVENTS, READONLY};

#[tokio::test]
async fn it_lists_the_providers_with_what_they_can_and_how_the_user_stands() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let answer = hub.as_user("ada").get("/api/integrations").await.expect(200);
    let items = answer.body["items"].as_array().unwrap();
    let slugs: Vec<_> = items.iter().map(|item| item["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["google-calendar", "hubspot", "outlook"]);

    let google = &items[0];
    assert_eq!(google["provider"], "google_calendar");
    assert_eq!(google["name"], "Google Calendar");
    assert_eq!(google["status"], "active");
    assert_eq!(google["account"]["email"], ADA);
    assert_eq!(
        google["scopes"],
        json!({"requested": [EVENTS, READONLY], "granted": [EVENTS, READONLY], "missing": []})
    );
    assert!(google["scope_reasons"][EVENTS].as_str().unwrap().contains("appointments"));
    assert!(google["icon"].as_str().unwrap().starts_with("<svg"));
    let can = google["capabilities"]["calendar"].as_array().unwrap();
    assert!(can.contains(&json!("calendar.create_event")) || can.contains(&json!("create_event")));

    for (other, capability, operation) in
        [(&items[1], "crm", "create_deal"), (&items[2], "calendar", "create_event")]
    {
        assert_eq!(other["status"], "not_connected");
        let can = other["capabilities"][capability].as_array().unwrap();
        assert!(can.contains(&json!(operation)), "{can:?}");
        assert_eq!(other["account"], json!({}));
    }
}

#[tokio::test]
async fn nothing_is_refreshed_for_it() {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let before = hub.sandbox.google().requests().len();
    hub.clock.advance(7200);
    let answer = hub.as_user("ada").get("/api/integrations").await.expect(200);
    assert_eq!(answer.body["items"][0]["status"], "active");
    assert_eq!(hub.sandbox.google().requests().len(), before);
}

#[tokio::test]
async fn only_configured_scopes_are_asked_for() {
    let hub = TestHub::options()
        .providers(&["google_calendar"])
        .set("providers.google_calendar.scopes", READONLY)
        .start()
        .await;
    let answer = hub.as_user("ada").get("/api/integrations").await.expect(200);
    let google = &answer.body["items"][0];
    assert_eq!(google["scopes"]["requested"], json!([READONLY]));
    let reasons = google["scope_reasons"].as_object().unwrap();
    assert_eq!(reasons.keys().collect::<Vec<_>>(), [READONLY]);
}
