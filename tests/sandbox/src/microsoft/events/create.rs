use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::Write;
use crate::microsoft::call::Call;
use crate::microsoft::error::GraphError;
use crate::microsoft::{Microsoft, draft};

/// `POST .../events`.
///
/// A `transactionId` that made an event before gives that event again and makes none. It stays
/// spent when its event is deleted: then it is a 409. The vendor's documents say only that
/// duplicates are ignored; a client that must make the event anew needs another id here.
pub(crate) async fn create(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    let write = Write::read(&microsoft, &call)?;
    let mut data = microsoft.api.data();
    let change = data.next_change();
    let mailbox = data.mailbox(&write.account);
    let at = mailbox.at(call.place())?;
    let body = draft::create(write.sent.clone(), &write.account, mailbox.writable(at)?)?;
    let transaction = body.get("transactionId").and_then(Value::as_str);
    let made = transaction.map(|id| mailbox.made_by(id)).transpose()?.flatten();
    let item = made.unwrap_or_else(|| mailbox.insert(at, change, body));

    let mut response = write.answer(StatusCode::CREATED, &item);
    let location = format!("{}/{}", call.address(), item.id(&write.account, &write.prefer));
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
