use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::{answer, draft};
use crate::google::Google;
use crate::google::access::ApiCall;
use crate::google::conference::Asked;
use crate::google::error::ApiError;
use crate::google::event::Event;
use crate::google::methods::EVENTS_INSERT;
use crate::google::store::server_fields;
use crate::random;

/// `calendar.events.insert`. An id that was ever used in the calendar, also by an event deleted
/// since, is 409 `duplicate`.
pub(crate) async fn insert(
    State(google): State<Arc<Google>>,
    Path(calendar): Path<String>,
    call: ApiCall,
) -> Result<Response, ApiError> {
    let account = google.admit(&call, &EVENTS_INSERT)?;
    let mut sent = call.object()?;
    sent.retain(|_, value| !value.is_null());
    let id = chosen_id(&sent)?;
    let asked = Asked::take(&mut sent, call.query.get("conferenceDataVersion") == Some("1"), true);

    let mut data = google.api.data();
    let change = data.next_change();
    let calendar = data.writable(&account, &calendar)?;
    if calendar.events.contains_key(&id) {
        return Err(ApiError::duplicate());
    }
    let mut body = server_fields(&id, &account, calendar);
    if let Some(uid) = sent.get("iCalUID") {
        body.insert("iCalUID".into(), uid.clone());
    }
    draft::keep_writable(&mut sent);
    body.extend(sent);
    draft::settle(&mut body, calendar.zone)?;
    asked.apply(&mut body)?;
    let send_updates = call.query.get("sendUpdates").map(str::to_owned);
    let event = Event { body, change, send_updates };
    let view = event.view(calendar.zone, call.number("maxAttendees"), &account);
    let etag = event.etag();
    calendar.events.insert(id, event);
    Ok(answer(etag, view))
}

/// The client's id, in the alphabet of base32hex, or one of the vendor's.
fn chosen_id(sent: &Map<String, Value>) -> Result<String, ApiError> {
    let Some(id) = sent.get("id") else { return Ok(random::hex_id()) };
    let invalid = || ApiError::invalid("Invalid resource id value.");
    let id = id.as_str().ok_or_else(invalid)?;
    let allowed = id.bytes().all(|byte| matches!(byte, b'a'..=b'v' | b'0'..=b'9'));
    if !allowed || !(5..=1024).contains(&id.len()) {
        return Err(invalid());
    }
    if sent.get("iCalUID").is_some_and(|uid| *uid != json!(format!("{id}@google.com"))) {
        return Err(ApiError::invalid("Only one of id and iCalUID may be given."));
    }
    Ok(id.to_owned())
}
