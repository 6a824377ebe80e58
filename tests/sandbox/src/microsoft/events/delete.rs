use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::microsoft::Microsoft;
use crate::microsoft::call::{Call, Right};
use crate::microsoft::error::GraphError;

/// `DELETE .../events/{id}`. Of a series it takes all, of an occurrence that one.
pub(crate) async fn delete(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<StatusCode, GraphError> {
    let account = microsoft.admit(&call, Right::Write)?;
    let mut data = microsoft.api.data();
    let change = data.next_change();
    let mailbox = data.mailbox(&account);
    let (at, item) = mailbox.find(call.place(), call.event_id())?;
    let calendar = mailbox.writable(at)?;
    call.check_precondition(&item.etag())?;
    match (item.key.original, calendar.events.get_mut(&item.key.serial)) {
        (Some(original), Some(series)) => {
            series.exceptions.insert(original, None);
            series.change = change;
        }
        _ => {
            calendar.events.remove(&item.key.serial);
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
