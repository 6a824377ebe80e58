use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::batch;
use crate::clock::now;
use crate::hubspot::access::ApiCall;
use crate::hubspot::error::ApiError;
use crate::hubspot::hub::{Hub, Sent};
use crate::hubspot::label::{Label, Spec};
use crate::hubspot::object_type::ObjectType;
use crate::hubspot::record::Shown;
use crate::oauth::Answer;

/// `SimplePublicObjectInputForCreate`; the trace id is for batches.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewObject {
    properties: Sent,
    #[serde(default)]
    associations: Vec<Association>,
    object_write_trace_id: Option<String>,
}

#[derive(Deserialize)]
struct Batch {
    inputs: Vec<NewObject>,
}

#[derive(Deserialize)]
struct Association {
    to: Target,
    types: Vec<Spec>,
}

#[derive(Deserialize)]
struct Target {
    id: String,
}

/// `basic.create`: 201 with all properties that have a value. Where an association cannot be made
/// nothing is created.
pub(crate) async fn create(call: ApiCall) -> Result<Answer, ApiError> {
    let (of, account) = call.admit_to(ObjectType::write_scope)?;
    let new: NewObject = call.json()?;
    let mut hubs = call.hubs();
    Ok(Answer(StatusCode::CREATED, make(hubs.of(&account), of, new)?))
}

/// `batch.create`.
pub(crate) async fn batch_create(call: ApiCall) -> Result<Answer, ApiError> {
    let (of, account) = call.admit_to(ObjectType::write_scope)?;
    let Batch { inputs } = call.json()?;
    batch::checked(&inputs)?;
    let started = now();
    let mut hubs = call.hubs();
    let trace_of = |new: &NewObject| new.object_write_trace_id.clone();
    let outcome = batch::each(hubs.of(&account), inputs, trace_of, |hub, new| make(hub, of, new))?;
    Ok(batch::answer(StatusCode::CREATED, started, outcome))
}

fn make(hub: &mut Hub, of: ObjectType, new: NewObject) -> Result<Value, ApiError> {
    let associations = associations(hub, of, &new.associations)?;
    let id = hub.create(of, new.properties)?;
    for (other, label) in associations {
        hub.associate(of, id, other, label);
    }
    let record = hub.live(of, id).ok_or_else(ApiError::not_found)?;
    Ok(record.view(hub, of, &Shown::Filled))
}

/// The associations to make, all of which can be made.
fn associations(
    hub: &Hub,
    of: ObjectType,
    asked: &[Association],
) -> Result<Vec<(u64, Label)>, ApiError> {
    let mut found = Vec::new();
    for association in asked {
        let id = &association.to.id;
        for spec in &association.types {
            let label = Label::named(of, spec)
                .ok_or_else(|| ApiError::invalid("The association type is not known here."))?;
            let other = id.parse().ok().filter(|id| hub.live(of.other(), *id).is_some());
            let other = other.ok_or_else(|| {
                let noun = of.other().noun();
                ApiError::invalid(format!("{noun} {id} to associate with does not exist."))
            })?;
            found.push((other, label));
        }
    }
    Ok(found)
}
