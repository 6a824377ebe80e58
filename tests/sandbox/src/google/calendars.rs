use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Json;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Google;
use super::access::ApiCall;
use super::error::ApiError;
use super::methods::{CALENDAR_LIST_GET, CALENDAR_LIST_LIST, CALENDARS_GET};
use super::store::{AccessRole, Calendar};

/// `calendar.calendarList.list`: 100 entries per page, at most 250.
pub(super) async fn list(
    State(google): State<Arc<Google>>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let account = google.admit(&call, &CALENDAR_LIST_LIST)?;
    let mut data = google.api.data();
    let sync_token = URL_SAFE_NO_PAD.encode(format!("calendars {}", data.epoch));
    let unchanged = match call.query.get("syncToken") {
        None => false,
        Some(_) if call.query.has("minAccessRole") => {
            return Err(ApiError::invalid("A sync token goes without minAccessRole."));
        }
        Some(token) if token == sync_token => true,
        Some(_) => return Err(ApiError::full_sync_required()),
    };
    let least = match call.query.get("minAccessRole") {
        Some("writer" | "owner") => AccessRole::Owner,
        _ => AccessRole::Reader,
    };
    let skip = call.query.get("pageToken").map(read_page_token).transpose()?.unwrap_or(0);
    let size = call.number("maxResults").unwrap_or(100).clamp(1, 250);
    let entries: Vec<_> = data
        .calendars(&account)
        .iter()
        .filter(|calendar| calendar.role >= least && !unchanged)
        .map(entry)
        .collect();
    let items: Vec<_> = entries.iter().skip(skip).take(size).collect();
    let mut answer = json!({
        "kind": "calendar#calendarList",
        "etag": format!("\"p{}\"", data.change),
        "items": items,
    });
    if skip + size < entries.len() {
        let next = URL_SAFE_NO_PAD.encode(format!("calendars after {}", skip + size));
        answer["nextPageToken"] = json!(next);
    } else {
        answer["nextSyncToken"] = json!(sync_token);
    }
    Ok(Json(answer))
}

fn read_page_token(token: &str) -> Result<usize, ApiError> {
    let decoded = URL_SAFE_NO_PAD.decode(token).ok().and_then(|text| String::from_utf8(text).ok());
    decoded
        .and_then(|text| text.strip_prefix("calendars after ")?.parse().ok())
        .ok_or_else(|| ApiError::bad_parameter("pageToken", token))
}

/// `calendar.calendarList.get`
pub(super) async fn get_entry(
    State(google): State<Arc<Google>>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let account = google.admit(&call, &CALENDAR_LIST_GET)?;
    Ok(Json(entry(google.api.data().calendar(&account, &id)?)))
}

/// `calendar.calendars.get`
pub(super) async fn get(
    State(google): State<Arc<Google>>,
    Path(id): Path<String>,
    call: ApiCall,
) -> Result<Json<Value>, ApiError> {
    let account = google.admit(&call, &CALENDARS_GET)?;
    let mut data = google.api.data();
    let calendar = data.calendar(&account, &id)?;
    Ok(Json(json!({
        "kind": "calendar#calendar",
        "etag": "\"calendar\"",
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.zone.name(),
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    })))
}

fn entry(calendar: &Calendar) -> Value {
    let mut entry = json!({
        "kind": "calendar#calendarListEntry",
        "etag": "\"calendar\"",
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.zone.name(),
        "colorId": "14",
        "backgroundColor": "#9fe1e7",
        "foregroundColor": "#000000",
        "selected": true,
        "accessRole": calendar.role.name(),
        "defaultReminders": default_reminders(calendar),
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    });
    // Other calendars do not have the field at all.
    if calendar.primary {
        entry["primary"] = json!(true);
    }
    entry
}

pub(super) fn default_reminders(calendar: &Calendar) -> Value {
    if calendar.primary { json!([{"method": "popup", "minutes": 10}]) } else { json!([]) }
}
