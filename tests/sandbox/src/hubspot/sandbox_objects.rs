//! `/_sandbox/objects/{type}`: the objects as kept, and planting one.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Json;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::HubSpot;
use super::object_type::ObjectType;
use super::record::StoredObject;

#[derive(Deserialize)]
pub(super) struct Of {
    account: String,
}

pub(super) async fn list(
    State(hubspot): State<Arc<HubSpot>>,
    Path(kind): Path<ObjectType>,
    Query(of): Query<Of>,
) -> Json<Vec<StoredObject>> {
    Json(hubspot.api.objects(&of.account, kind))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Planted {
    account: String,
    properties: Map<String, Value>,
}

pub(super) async fn put(
    State(hubspot): State<Arc<HubSpot>>,
    Path(kind): Path<ObjectType>,
    Json(planted): Json<Planted>,
) -> Json<StoredObject> {
    let properties = Value::Object(planted.properties);
    Json(hubspot.api.put_object(&planted.account, kind, &properties))
}
