//! `crm/v4/objects/{type}/{id}/associations`, and `crm/v4/associations/{type}/{to}/batch`.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{ApiCall, Need};
use super::error::ApiError;
use super::hub::Hub;
use super::label::{Label, Spec};
use super::object_type::ObjectType;
use super::objects::batch::checked;
use super::page::{Page, page};
use super::property::written;
use crate::clock::now;
use crate::oauth::Answer;

/// The type whose associations the path names: here only contacts and deals can be associated.
fn from_type(call: &ApiCall) -> Result<ObjectType, ApiError> {
    let (from, to) = (call.segment("type"), call.segment("to"));
    let (of, other) = (ObjectType::named(from)?, ObjectType::named(to)?);
    if of.other() == other {
        return Ok(of);
    }
    Err(ApiError::invalid(format!("There are no associations from {from} to {to}.")))
}

fn admit_write(call: &ApiCall) -> Result<(ObjectType, String), ApiError> {
    let of = from_type(call)?;
    let scopes = ObjectType::ALL.map(ObjectType::write_scope);
    Ok((of, call.admit(Need::All(&scopes))?))
}

/// Both ids, of objects that are there.
fn ends(call: &ApiCall, hub: &Hub, of: ObjectType) -> Result<(u64, u64), ApiError> {
    let live = |of, name| call.segment(name).parse().ok().filter(|id| hub.live(of, *id).is_some());
    let ends = live(of, "id").zip(live(of.other(), "other"));
    ends.ok_or_else(ApiError::not_found)
}

/// `basic.create_default`: an association without a label. It may be there already.
pub(super) async fn put_default(call: ApiCall) -> Result<Answer, ApiError> {
    let (of, account) = admit_write(&call)?;
    let started = now();
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    let (id, other) = ends(&call, hub, of)?;
    hub.associate(of, id, other, Label::Unlabelled);
    Ok(Answer(StatusCode::OK, complete(started, &made(of, id, other))))
}

/// What a new association without a label is told as: once from each end.
fn made(of: ObjectType, id: u64, other: u64) -> [Value; 2] {
    let one = |of: ObjectType, from: u64, to: u64| {
        json!({
            "from": {"id": from.to_string()},
            "to": {"id": to.to_string()},
            "associationSpec": Label::Unlabelled.spec(of),
        })
    };
    [one(of, id, other), one(of.other(), other, id)]
}

fn complete(started: DateTime<Utc>, results: &[Value]) -> Value {
    json!({
        "status": "COMPLETE",
        "startedAt": written(started),
        "completedAt": written(now()),
        "results": results,
    })
}

#[derive(Deserialize)]
struct Batch<T> {
    inputs: Vec<T>,
}

#[derive(Deserialize)]
struct End {
    id: String,
}

impl End {
    fn live(&self, hub: &Hub, of: ObjectType) -> Option<u64> {
        self.id.parse().ok().filter(|id| hub.live(of, *id).is_some())
    }
}

/// `PublicDefaultAssociationMultiPost`.
#[derive(Deserialize)]
struct Pair {
    from: End,
    to: End,
}

/// `batch.create_default`: those that can be made are made; the others are named in one error of the
/// answer.
pub(super) async fn batch_default(call: ApiCall) -> Result<Answer, ApiError> {
    let (of, account) = admit_write(&call)?;
    let Batch { inputs } = call.json::<Batch<Pair>>()?;
    checked(&inputs)?;
    let started = now();
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    let (mut results, mut missing) = (Vec::new(), Vec::new());
    for Pair { from, to } in inputs {
        match (from.live(hub, of), to.live(hub, of.other())) {
            (Some(id), Some(other)) => {
                hub.associate(of, id, other, Label::Unlabelled);
                results.extend(made(of, id, other));
            }
            (None, _) => missing.push(from.id),
            (_, None) => missing.push(to.id),
        }
    }
    let mut body = complete(started, &results);
    if !missing.is_empty() {
        body["numErrors"] = json!(1);
        body["errors"] = json!([ApiError::some_not_found("object", missing).in_batch(None)]);
    }
    Ok(Answer(StatusCode::OK, body))
}

/// `PublicAssociationMultiArchive`.
#[derive(Deserialize)]
struct Star {
    from: End,
    to: Vec<End>,
}

/// `batch.archive`: ends associations with all their labels, 204 also where there are none.
pub(super) async fn batch_archive(call: ApiCall) -> Result<StatusCode, ApiError> {
    let (of, account) = admit_write(&call)?;
    let Batch { inputs } = call.json::<Batch<Star>>()?;
    checked(&inputs)?;
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    for Star { from, to } in &inputs {
        for other in to {
            if let (Ok(id), Ok(other)) = (from.id.parse(), other.id.parse()) {
                hub.dissociate(of, id, other);
            }
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `basic.create`: an association with labels, in addition to those that it has.
pub(super) async fn put(call: ApiCall) -> Result<Answer, ApiError> {
    let (of, account) = admit_write(&call)?;
    let specs: Vec<Spec> = call.json()?;
    let labels: Option<Vec<Label>> = specs.iter().map(|spec| Label::named(of, spec)).collect();
    let labels = labels.filter(|labels| !labels.is_empty()).ok_or_else(|| {
        ApiError::invalid(format!("An association type is not known for {}.", of.plural()))
    })?;
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    let (id, other) = ends(&call, hub, of)?;
    for label in &labels {
        hub.associate(of, id, other, *label);
    }
    let body = json!({
        "fromObjectTypeId": of.type_id(),
        "fromObjectId": id.to_string(),
        "toObjectTypeId": of.other().type_id(),
        "toObjectId": other.to_string(),
        "labels": labels.iter().filter_map(|label| label.text()).collect::<Vec<_>>(),
    });
    Ok(Answer(StatusCode::CREATED, body))
}

/// `basic.get_page`: 500 per page at most.
pub(super) async fn list(call: ApiCall) -> Result<Answer, ApiError> {
    let of = from_type(&call)?;
    let scopes = ObjectType::ALL.map(ObjectType::read_scope);
    let account = call.admit(Need::All(&scopes))?;
    let asked = Page { limit: call.limit(500, 500)?, after: call.after()? };
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    let live = call.segment("id").parse().ok().filter(|id| hub.live(of, *id).is_some());
    let id = live.ok_or_else(ApiError::not_found)?;
    let all = hub.associated(of, id).map(|(other, labels)| {
        let kinds: Vec<_> = labels.iter().map(|label| label.view(of)).collect();
        (other, json!({"toObjectId": other.to_string(), "associationTypes": kinds}))
    });
    Ok(Answer(StatusCode::OK, page(all, &asked, &call)))
}

/// `basic.archive`: ends the association with all its labels, 204 also where there is none.
pub(super) async fn delete(call: ApiCall) -> Result<StatusCode, ApiError> {
    let (of, account) = admit_write(&call)?;
    if let (Ok(id), Ok(other)) = (call.segment("id").parse(), call.segment("other").parse()) {
        call.hubs().of(&account).dissociate(of, id, other);
    }
    Ok(StatusCode::NO_CONTENT)
}
