//! Events as Google sends them.

use mortise_plugin_api::HttpAnswer;
use serde_json::{Value, json};

/// A plain event of about a kilobyte, with what nearly every one carries.
#[must_use]
pub fn event(number: usize) -> Value {
    let (day, hour) = (1 + number / 8 % 28, 8 + number % 8);
    json!({
        "kind": "calendar#event",
        "etag": "\"3501234567890000\"",
        "id": format!("bench{number:08}"),
        "status": "confirmed",
        "htmlLink": format!("https://www.google.com/calendar/event?eid=YmVuY2g{number:08}"),
        "created": "2026-11-01T09:30:00.000Z",
        "updated": "2026-11-02T10:45:12.345Z",
        "summary": format!("Check-up {number}"),
        "description": "Bring the referral and the last laboratory report.",
        "location": "Hauptstraße 12, 10827 Berlin",
        "creator": {"email": "ada@example.com", "self": true},
        "organizer": {"email": "ada@example.com", "self": true},
        "start": {"dateTime": format!("2026-12-{day:02}T{hour:02}:00:00+01:00"), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": format!("2026-12-{day:02}T{hour:02}:30:00+01:00"), "timeZone": "Europe/Berlin"},
        "iCalUID": format!("bench{number:08}@google.com"),
        "sequence": 0,
        "attendees": [
            {"email": "ada@example.com", "organizer": true, "self": true, "responseStatus": "accepted"},
            {"email": "patient@example.org", "displayName": "Grace", "responseStatus": "needsAction"},
        ],
        "reminders": {"useDefault": false, "overrides": [{"method": "popup", "minutes": 30}]},
        "eventType": "default",
    })
}

/// A page of `events.list`.
#[must_use]
pub fn page(events: usize) -> Value {
    json!({
        "kind": "calendar#events",
        "etag": "\"p33gf1234567890g\"",
        "summary": "ada@example.com",
        "updated": "2026-11-02T10:45:12.345Z",
        "timeZone": "Europe/Berlin",
        "accessRole": "owner",
        "defaultReminders": [{"method": "popup", "minutes": 10}],
        "items": (0..events).map(event).collect::<Vec<_>>(),
        "nextSyncToken": "CPDAlvWDx70CEPDAlvWDx70CGAU=",
    })
}

/// The input of `calendar.list_events`.
#[must_use]
pub fn list_input() -> Value {
    json!({
        "calendar": "primary",
        "start": "2026-12-01T00:00:00Z",
        "end": "2027-01-01T00:00:00Z",
        "limit": 100,
    })
}

/// The input of `calendar.create_event`.
#[must_use]
pub fn create_input() -> Value {
    json!({
        "calendar": "primary",
        "key": "bench0000000000000000000000000001",
        "event": {
            "title": "Check-up 1",
            "description": "Bring the referral and the last laboratory report.",
            "location": "Hauptstraße 12, 10827 Berlin",
            "start": {"date_time": "2026-12-01T09:00:00+01:00", "time_zone": "Europe/Berlin"},
            "end": {"date_time": "2026-12-01T09:30:00+01:00", "time_zone": "Europe/Berlin"},
            "attendees": [{"email": "patient@example.org", "name": "Grace"}],
        },
    })
}

/// The vendor's answer with this body.
#[must_use]
pub fn answer(body: &Value) -> HttpAnswer {
    HttpAnswer {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json; charset=UTF-8".to_owned())],
        body: body.to_string().into_bytes(),
        error: None,
    }
}
