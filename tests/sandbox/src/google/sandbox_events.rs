//! `/_sandbox/events`: the events as kept, and planting one.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Json;
use serde::Deserialize;
use serde_json::Value;

use super::Google;
use super::store::StoredEvent;

#[derive(Deserialize)]
pub(super) struct Of {
    account: String,
}

pub(super) async fn list(
    State(google): State<Arc<Google>>,
    Query(of): Query<Of>,
) -> Json<Vec<StoredEvent>> {
    Json(google.api.events(&of.account))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Planted {
    account: String,
    calendar: String,
    event: Value,
}

pub(super) async fn put(
    State(google): State<Arc<Google>>,
    Json(planted): Json<Planted>,
) -> Json<Value> {
    Json(google.api.put_event(&planted.account, &planted.calendar, planted.event))
}
