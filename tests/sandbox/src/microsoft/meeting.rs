//! Online meetings: made with the event, or added to it later, and never taken away.

use serde_json::{Map, Value, json};

use super::error::GraphError;
use super::event::Body;
use super::store::Calendar;
use crate::random;

/// The properties of the event's meeting after what was sent. `before` are those of the event so
/// far, for a new one the defaults.
pub(super) fn asked(
    before: &Body,
    sent: &Map<String, Value>,
    calendar: &Calendar,
) -> Result<Vec<(String, Value)>, GraphError> {
    let provider = sent.get("onlineMeetingProvider").and_then(Value::as_str);
    let provider = provider.filter(|name| *name != "unknown");
    let wanted = sent.get("isOnlineMeeting").and_then(Value::as_bool);
    let made = |name: &str| before.get(name).cloned().unwrap_or_default();
    if made("isOnlineMeeting") == true {
        let changed = provider.is_some_and(|name| made("onlineMeetingProvider") != name);
        if wanted == Some(false) || changed {
            let message = "The online meeting of an event cannot be changed or removed.";
            return Err(GraphError::property(message));
        }
        let kept =
            ["isOnlineMeeting", "onlineMeetingProvider", "onlineMeeting", "onlineMeetingUrl"];
        return Ok(kept.map(|name| (name.to_owned(), made(name))).into());
    }
    if wanted != Some(true) {
        return Ok(nothing());
    }
    let provider = provider.unwrap_or(calendar.default_provider());
    if !calendar.providers().contains(&provider) {
        let message = format!("The calendar does not allow the meeting provider '{provider}'.");
        return Err(GraphError::property(message));
    }
    let join = match provider {
        "teamsForBusiness" => {
            let thread = format!("19%3ameeting_{}%40thread.v2", random::hex_id());
            format!("https://teams.microsoft.com/l/meetup-join/{thread}/0")
        }
        _ => format!("https://join.skype.com/{}", random::hex_id()),
    };
    let properties = json!({
        "isOnlineMeeting": true,
        "onlineMeetingProvider": provider,
        "onlineMeeting": {"joinUrl": join},
        "onlineMeetingUrl": null,
    });
    Ok(properties.as_object().cloned().unwrap_or_default().into_iter().collect())
}

/// A provider without a meeting says nothing.
fn nothing() -> Vec<(String, Value)> {
    vec![
        ("isOnlineMeeting".to_owned(), json!(false)),
        ("onlineMeetingProvider".to_owned(), json!("unknown")),
    ]
}
