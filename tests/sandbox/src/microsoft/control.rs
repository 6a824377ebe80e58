//! `/_sandbox` endpoints of Graph's own.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use serde::Deserialize;
use serde_json::Value;

use super::Microsoft;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Move {
    account: String,
    event: String,
    calendar: String,
}

/// `POST /_sandbox/events/move`: an event to another calendar, as its owner can.
pub(super) async fn move_event(
    State(microsoft): State<Arc<Microsoft>>,
    Json(to): Json<Move>,
) -> Result<Json<Value>, StatusCode> {
    let moved = microsoft.api.move_event(&to.account, &to.event, &to.calendar);
    moved.map(Json).ok_or(StatusCode::NOT_FOUND)
}

/// `POST /_sandbox/expire-sync-tokens`
pub(super) async fn expire_sync_tokens(State(microsoft): State<Arc<Microsoft>>) -> StatusCode {
    microsoft.api.expire_sync_tokens();
    StatusCode::NO_CONTENT
}
