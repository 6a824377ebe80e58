//! What a provider does not have: 501, from its manifest, without asking plugin or vendor.

use mortise_tests::{Consent, HUBSPOT};
use serde_json::{Value, json};

use crate::support::{ADA, Refused as _, USER, WEEK, appointment, connected};

const PROVIDERS: [(&str, &str); 1] = [("hubspot", HUBSPOT)];

#[tokio::test]
async fn a_connected_provider_without_calendar_answers_501() {
    let hub = connected().await;
    for (provider, slug) in PROVIDERS {
        hub.hub.connect(USER, slug, &Consent::of(ADA)).await;
        let vendor_calls = || hub.hub.sandbox.hubspot().requests().len();
        let before = vendor_calls();
        let mut new = appointment("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00");
        new["provider"] = json!(provider);
        let check = json!({
            "start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}, "provider": provider,
        });
        let calls: [(&str, String, Option<Value>); 4] = [
            ("GET", format!("/api/calendar/events?{WEEK}&provider={provider}"), None),
            ("GET", format!("/api/calendar/freebusy?{WEEK}&provider={provider}"), None),
            ("POST", "/api/calendar/conflicts".to_owned(), Some(check)),
            ("POST", "/api/calendar/events".to_owned(), Some(new)),
        ];
        for (method, path, body) in calls {
            let answer = hub.user.send(method, &path, body).await;
            let problem = answer.refused(501, "capability-not-supported");
            assert_eq!(problem["provider"], provider);
        }
        assert_eq!(vendor_calls(), before);
    }
    assert_eq!(hub.hub.rows.count("calendar_event_links").await, 0);
}

#[tokio::test]
async fn connected_providers_without_calendar_do_not_make_the_choice_unclear() {
    let hub = connected().await;
    for (_, slug) in PROVIDERS {
        hub.hub.connect(USER, slug, &Consent::of(ADA)).await;
    }
    let made = hub.book("123", "2026-12-01T10:00:00", "2026-12-01T11:00:00").await;
    assert_eq!(made["link"]["provider"], "google_calendar");
    let list = hub.get(&format!("/api/calendar/events?{WEEK}")).await.expect(200).body;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["partial"], false);
}

#[tokio::test]
async fn a_user_with_nothing_but_such_providers_is_led_to_one_with_a_calendar() {
    let hub = connected().await;
    hub.hub.connect("bob", HUBSPOT, &Consent::of(ADA)).await;
    let bob = hub.hub.as_user("bob");
    let problem = bob.get(&format!("/api/calendar/events?{WEEK}")).await;
    let problem = problem.refused(409, "not-connected");
    assert_eq!(problem["provider"], "google_calendar");
}
