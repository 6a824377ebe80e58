//! A calendar that the account may only read.

use mortise_sandbox::{BIRTHDAYS_CALENDAR, Consent, HOLIDAYS_CALENDAR};
use mortise_tests::{GOOGLE, OUTLOOK, TestHub};
use serde_json::{Value, json};

/// The id of a calendar, by its name or its id.
async fn calendar(hub: &TestHub, slug: &str, name: &str) -> Value {
    let listed = hub.as_user("ada").get(&format!("/api/integrations/{slug}/calendars")).await;
    let listed = listed.expect(200).body;
    let mut items = listed["items"].as_array().unwrap().iter();
    items.find(|item| item["name"] == name || item["id"] == name).unwrap()["id"].clone()
}

#[tokio::test]
async fn an_event_in_it_is_forbidden_by_the_vendor_and_no_scope_is_missing() {
    let hub = TestHub::start().await;
    for (provider, slug, name) in
        [("google_calendar", GOOGLE, HOLIDAYS_CALENDAR), ("outlook", OUTLOOK, BIRTHDAYS_CALENDAR)]
    {
        hub.connect("ada", slug, &Consent::of("ada@example.com")).await;
        let new = json!({
            "entity_type": "appointment", "entity_id": provider, "provider": provider,
            "calendar_id": calendar(&hub, slug, name).await, "allow_conflicts": true,
            "event": {
                "start": {"date_time": "2027-02-01T10:00:00Z"},
                "end": {"date_time": "2027-02-01T11:00:00Z"},
            },
        });
        let answer = hub.as_user("ada").post("/api/calendar/events", new).await.expect(403);
        assert_eq!(answer.body["code"], "vendor-forbidden", "{provider}: {}", answer.body);
    }
}
