use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::Write;
use crate::microsoft::call::Call;
use crate::microsoft::error::GraphError;
use crate::microsoft::event::Changed;
use crate::microsoft::{Microsoft, draft};

/// `PATCH .../events/{id}`. An occurrence becomes an exception of its series.
pub(crate) async fn change(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    let write = Write::read(&microsoft, &call)?;
    let mut data = microsoft.api.data();
    let change = data.next_change();
    let mailbox = data.mailbox(&write.account);
    let (at, before) = mailbox.find(call.place(), call.event_id())?;
    let calendar = mailbox.writable(at)?;
    call.check_precondition(&before.etag())?;
    let body = draft::change(&before, write.sent.clone(), &write.account, calendar)?;
    let event = calendar.events.get_mut(&before.key.serial).ok_or_else(GraphError::not_found)?;
    match before.key.original {
        Some(original) => {
            event.exceptions.insert(original, Some(Changed { change, body }));
        }
        None => {
            if draft::moved(&event.body, &body) {
                event.exceptions.clear();
            }
            event.body = body;
            event.change = change;
        }
    }
    let (_, item) = mailbox.find(call.place(), call.event_id())?;
    Ok(write.answer(StatusCode::OK, &item))
}
