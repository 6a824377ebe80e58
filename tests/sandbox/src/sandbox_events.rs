//! `/_sandbox/events` of the vendors with calendars: the events as kept, and planting one.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Json;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::backend::Backend;

/// What keeps the events of accounts.
pub(crate) trait EventStore: Send + Sync + 'static {
    type Stored: Serialize;

    fn events(&self, account: &str) -> Vec<Self::Stored>;

    fn put_event(&self, account: &str, calendar: &str, event: Value) -> Value;
}

pub(crate) fn routes<A: EventStore>() -> Router<Arc<Backend<A>>> {
    Router::new().route("/_sandbox/events", get(list::<A>).post(put::<A>))
}

#[derive(Deserialize)]
struct Of {
    account: String,
}

async fn list<A: EventStore>(
    State(backend): State<Arc<Backend<A>>>,
    Query(of): Query<Of>,
) -> Json<Vec<A::Stored>> {
    Json(backend.api.events(&of.account))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Planted {
    account: String,
    calendar: String,
    event: Value,
}

async fn put<A: EventStore>(
    State(backend): State<Arc<Backend<A>>>,
    Json(planted): Json<Planted>,
) -> Json<Value> {
    Json(backend.api.put_event(&planted.account, &planted.calendar, planted.event))
}
