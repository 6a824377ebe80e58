//! What Google makes of a body.

use chrono_tz::Tz;
use mortise_plugin_api::{Map, Value, chrono::DateTime, json};

/// The event that a creation leads to, in a calendar of this zone.
pub(super) fn made(body: &Value, zone: Tz) -> Value {
    let mut event = body.clone();
    let id = body["id"].as_str().unwrap().to_owned();
    let own = json!({
        "kind": "calendar#event",
        "etag": "\"1\"",
        "htmlLink": "https://www.google.com/calendar/event?eid=x",
        "created": "2026-10-01T08:00:00.000Z",
        "updated": "2026-10-01T08:00:00.000Z",
        "creator": {"email": "ann@example.org", "self": true},
        "organizer": {"email": "ann@example.org", "self": true},
        "iCalUID": format!("{id}@google.com"),
        "sequence": 0,
    });
    event.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    tidy(&mut event, zone);
    event
}

/// The event that a change leads to (RFC 7396).
pub(super) fn patched(current: &Value, body: &Value, zone: Tz) -> Value {
    let mut event = current.clone();
    merge(&mut event, body);
    tidy(&mut event, zone);
    event
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let target = target.as_object_mut().unwrap();
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Google leaves out what is as always, and tells times with the offset of the calendar.
fn tidy(event: &mut Value, zone: Tz) {
    for (name, usual) in [("transparency", "opaque"), ("visibility", "default")] {
        if event[name] == usual {
            event.as_object_mut().unwrap().remove(name);
        }
    }
    let has_overrides = event["reminders"]["overrides"].is_array();
    assert!(!has_overrides || event["reminders"]["useDefault"] == false, "Google refuses both");
    if event["reminders"]["overrides"] == json!([]) {
        event["reminders"].as_object_mut().unwrap().remove("overrides");
    }
    for guest in event["attendees"].as_array_mut().into_iter().flatten() {
        if guest["optional"] == false {
            guest.as_object_mut().unwrap().remove("optional");
        }
    }
    event.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    for name in ["start", "end"] {
        if let Some(text) = event[name]["dateTime"].as_str() {
            let moment = DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&zone);
            event[name]["dateTime"] = json!(moment.fixed_offset().to_rfc3339());
        }
    }
}
