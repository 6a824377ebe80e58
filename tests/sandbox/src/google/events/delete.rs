use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::json;

use super::check_precondition;
use crate::google::Google;
use crate::google::access::ApiCall;
use crate::google::error::ApiError;
use crate::google::methods::EVENTS_DELETE;

/// `calendar.events.delete`. The second time is 410 `deleted`. Deleting a series ends its
/// changed instances too; deleting an instance leaves the rest of the series.
pub(crate) async fn delete(
    State(google): State<Arc<Google>>,
    Path((calendar, id)): Path<(String, String)>,
    call: ApiCall,
) -> Result<StatusCode, ApiError> {
    let account = google.admit(&call, &EVENTS_DELETE)?;
    let mut data = google.api.data();
    let change = data.next_change();
    let calendar = data.writable(&account, &calendar)?;
    let mut event = calendar.find(&id).ok_or_else(ApiError::not_found)?;
    if event.is_cancelled() {
        return Err(ApiError::deleted());
    }
    check_precondition(&call, &event)?;
    event.body.insert("status".into(), json!("cancelled"));
    event.change = change;
    event.send_updates = call.query.get("sendUpdates").map(str::to_owned);
    calendar.events.insert(id.clone(), event);
    for exception in calendar.events.values_mut() {
        if exception.series_id() == Some(&id) && !exception.is_cancelled() {
            exception.body.insert("status".into(), json!("cancelled"));
            exception.change = change;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
