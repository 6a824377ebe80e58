use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::{answer, check_precondition, draft};
use crate::clock::now;
use crate::google::Google;
use crate::google::access::ApiCall;
use crate::google::conference::Asked;
use crate::google::error::ApiError;
use crate::google::event::Event;
use crate::google::methods::{EVENTS_PATCH, EVENTS_UPDATE, Method};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Objects are merged, `null` clears, arrays are replaced.
    Merge,
    /// What is not sent is cleared.
    Replace,
}

/// `calendar.events.patch`
pub(crate) async fn patch(
    State(google): State<Arc<Google>>,
    Path((calendar, id)): Path<(String, String)>,
    call: ApiCall,
) -> Result<Response, ApiError> {
    change(&google, &calendar, &id, &call, &EVENTS_PATCH, Manner::Merge)
}

/// `calendar.events.update`
pub(crate) async fn update(
    State(google): State<Arc<Google>>,
    Path((calendar, id)): Path<(String, String)>,
    call: ApiCall,
) -> Result<Response, ApiError> {
    change(&google, &calendar, &id, &call, &EVENTS_UPDATE, Manner::Replace)
}

fn change(
    google: &Google,
    calendar: &str,
    id: &str,
    call: &ApiCall,
    method: &Method,
    manner: Manner,
) -> Result<Response, ApiError> {
    let account = google.admit(call, method)?;
    let mut sent = call.object()?;
    let version_1 = call.query.get("conferenceDataVersion") == Some("1");
    let asked = Asked::take(&mut sent, version_1, manner == Manner::Replace);

    let mut data = google.api.data();
    let change = data.next_change();
    let calendar = data.writable(&account, calendar)?;
    let before = calendar.find(id).ok_or_else(ApiError::not_found)?;
    check_precondition(call, &before)?;
    draft::keep_writable(&mut sent);
    let mut body = match manner {
        Manner::Merge => merged(&before, sent)?,
        Manner::Replace => replaced(&before, sent),
    };
    draft::settle(&mut body, calendar.zone)?;
    asked.apply(&mut body)?;
    body.insert("updated".into(), json!(now().to_rfc3339_opts(SecondsFormat::Millis, true)));
    if ["start", "end", "recurrence"].iter().any(|name| body.get(*name) != before.body.get(*name)) {
        let sequence = before.body.get("sequence").and_then(Value::as_u64).unwrap_or_default();
        body.insert("sequence".into(), json!(sequence + 1));
    }
    let send_updates = call.query.get("sendUpdates").map(str::to_owned);
    let event = Event { body, change, send_updates };
    let view = event.view(calendar.zone, call.number("maxAttendees"), &account);
    let etag = event.etag();
    calendar.events.insert(id.to_owned(), event);
    Ok(answer(etag, view))
}

/// A deleted event stays so unless the patch sets its status.
fn merged(before: &Event, sent: Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    if before.is_cancelled() && !sent.contains_key("status") {
        return Err(ApiError::deleted());
    }
    let mut body = Value::Object(before.body.clone());
    merge(&mut body, Value::Object(sent));
    match body {
        Value::Object(body) => Ok(body),
        _ => Err(ApiError::parse_error()),
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(&name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

fn replaced(before: &Event, mut sent: Map<String, Value>) -> Map<String, Value> {
    let mut body = before.body.clone();
    body.retain(|name, _| !draft::is_writable(name));
    sent.retain(|_, value| !value.is_null());
    body.extend(sent);
    for (name, value) in [
        ("status", json!("confirmed")),
        ("reminders", json!({"useDefault": true})),
        ("eventType", json!("default")),
    ] {
        body.entry(name).or_insert(value);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_goes_into_objects_clears_by_null_and_replaces_arrays() {
        let mut event = json!({"start": {"dateTime": "x", "timeZone": "y"}, "a": [1, 2], "b": 1});
        merge(&mut event, json!({"start": {"dateTime": "z"}, "a": [3], "b": null}));
        assert_eq!(event, json!({"start": {"dateTime": "z", "timeZone": "y"}, "a": [3]}));
    }
}
