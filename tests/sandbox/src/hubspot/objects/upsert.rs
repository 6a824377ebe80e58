//! `batch/upsert` and `batch/update`.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use super::batch;
use crate::clock::now;
use crate::hubspot::access::ApiCall;
use crate::hubspot::error::ApiError;
use crate::hubspot::hub::{Hub, Sent};
use crate::hubspot::object_type::ObjectType;
use crate::hubspot::record::Shown;
use crate::oauth::Answer;

#[derive(Deserialize)]
struct Inputs {
    inputs: Vec<Input>,
}

/// `SimplePublicObjectBatchInput` and `SimplePublicObjectBatchInputUpsert`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Input {
    /// The object's id, or the value of `id_property`.
    id: String,
    id_property: Option<String>,
    properties: Sent,
    object_write_trace_id: Option<String>,
}

/// `batch.upsert`: changes the object that has the value, or creates one that has it.
pub(crate) async fn upsert(call: ApiCall) -> Result<Answer, ApiError> {
    write(&call, upsert_one)
}

/// `batch.update`.
pub(crate) async fn update(call: ApiCall) -> Result<Answer, ApiError> {
    write(&call, |hub, of, input| {
        let record = hub.find(of, &input.id, input.id_property.as_deref(), false)?;
        let id = record.ok_or_else(ApiError::not_found)?.id;
        hub.change(of, id, &input.properties)?;
        written(hub, of, id)
    })
}

fn write(
    call: &ApiCall,
    one: fn(&mut Hub, ObjectType, Input) -> Result<Value, ApiError>,
) -> Result<Answer, ApiError> {
    let (of, account) = call.admit_to(ObjectType::write_scope)?;
    let Inputs { inputs } = call.json()?;
    batch::checked(&inputs)?;
    let names = inputs.iter().map(|input| (&input.id_property, &input.id));
    if names.collect::<BTreeSet<_>>().len() < inputs.len() {
        return Err(ApiError::invalid("Duplicate IDs found in batch input"));
    }
    let started = now();
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    let trace_of = |input: &Input| input.object_write_trace_id.clone();
    let outcome = batch::each(hub, inputs, trace_of, |hub, input| one(hub, of, input))?;
    Ok(batch::answer(StatusCode::OK, started, outcome))
}

fn upsert_one(hub: &mut Hub, of: ObjectType, input: Input) -> Result<Value, ApiError> {
    let name = input.id_property.ok_or_else(|| ApiError::invalid("idProperty is required"))?;
    if hub.identifying(of, &name)?.read_only {
        return Err(ApiError::invalid(format!("{name} cannot be used to create objects")));
    }
    let known = hub.find(of, &input.id, Some(&name), false)?.map(|record| record.id);
    let id = match known {
        Some(id) => {
            hub.change(of, id, &input.properties)?;
            id
        }
        None => {
            let mut properties = input.properties;
            properties.entry(name).or_insert(input.id);
            hub.create(of, properties)?
        }
    };
    let mut view = written(hub, of, id)?;
    view["new"] = json!(known.is_none());
    Ok(view)
}

fn written(hub: &Hub, of: ObjectType, id: u64) -> Result<Value, ApiError> {
    let record = hub.live(of, id).ok_or_else(ApiError::not_found)?;
    Ok(record.view(hub, of, &Shown::Filled))
}
