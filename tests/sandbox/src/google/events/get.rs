use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;

use super::{answer, names};
use crate::google::Google;
use crate::google::access::ApiCall;
use crate::google::error::ApiError;
use crate::google::methods::EVENTS_GET;

/// `calendar.events.get`. A deleted event is there, with the status `cancelled`.
pub(crate) async fn get(
    State(google): State<Arc<Google>>,
    Path((calendar, id)): Path<(String, String)>,
    call: ApiCall,
) -> Result<Response, ApiError> {
    let account = google.admit(&call, &EVENTS_GET)?;
    let mut data = google.api.data();
    let calendar = data.calendar(&account, &calendar)?;
    let event = calendar.find(&id).ok_or_else(ApiError::not_found)?;
    let etag = event.etag();
    if call.header("if-none-match").is_some_and(|known| names(known, &etag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let zone = view_zone(&call, calendar.zone)?;
    let view = event.view(zone, call.number("maxAttendees"), &account);
    Ok(answer(etag, view))
}

/// The parameter `timeZone`, or the calendar's zone.
pub(super) fn view_zone(call: &ApiCall, calendar_zone: Tz) -> Result<Tz, ApiError> {
    match call.query.get("timeZone") {
        None => Ok(calendar_zone),
        Some(name) => name.parse().map_err(|_| ApiError::bad_parameter("timeZone", name)),
    }
}
