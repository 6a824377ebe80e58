//! `calendar.events`, one file per method (`patch` and `update` share theirs).

pub(super) mod change;
pub(super) mod delete;
mod draft;
pub(super) mod get;
pub(super) mod insert;
pub(super) mod list;
mod tokens;

use axum::http::header;
use axum::response::{IntoResponse, Json, Response};
use serde_json::Value;

use super::access::ApiCall;
use super::error::ApiError;
use super::event::Event;

/// The resource with its etag also as a header.
fn answer(etag: String, view: Value) -> Response {
    ([(header::ETAG, etag)], Json(view)).into_response()
}

/// `If-Match`: 412 where none of the etags is the event's.
fn check_precondition(call: &ApiCall, event: &Event) -> Result<(), ApiError> {
    match call.header("if-match") {
        Some(wanted) if !names(wanted, &event.etag()) => Err(ApiError::condition_not_met()),
        _ => Ok(()),
    }
}

fn names(condition: &str, etag: &str) -> bool {
    condition.split(',').map(str::trim).any(|one| one == "*" || one == etag)
}
