//! `batch/read` and `batch/archive`, and what all batches share.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::now;
use crate::hubspot::access::ApiCall;
use crate::hubspot::error::ApiError;
use crate::hubspot::hub::Hub;
use crate::hubspot::object_type::ObjectType;
use crate::hubspot::property::written;
use crate::hubspot::record::Shown;
use crate::oauth::Answer;

/// More inputs are refused.
const MOST_INPUTS: usize = 100;

/// The inputs, unless there are too many or none.
pub(crate) fn checked<T>(inputs: &[T]) -> Result<(), ApiError> {
    match inputs.len() {
        1..=MOST_INPUTS => Ok(()),
        _ => Err(ApiError::invalid(format!("inputs must be from 1 to {MOST_INPUTS}"))),
    }
}

/// What the inputs of a batch came to.
#[derive(Default)]
pub(super) struct Outcome {
    results: Vec<Value>,
    errors: Vec<Value>,
}

/// Writes each input. Those that carry an `objectWriteTraceId` fail one by one; where one without
/// fails, nothing of the batch is done.
pub(super) fn each<T>(
    hub: &mut Hub,
    inputs: Vec<T>,
    trace_of: impl Fn(&T) -> Option<String>,
    write: impl Fn(&mut Hub, T) -> Result<Value, ApiError>,
) -> Result<Outcome, ApiError> {
    // One input writes all or nothing by itself.
    let before = (inputs.len() > 1).then(|| hub.clone());
    let mut outcome = Outcome::default();
    for input in inputs {
        let trace = trace_of(&input);
        match (write(hub, input), trace) {
            (Ok(view), None) => outcome.results.push(view),
            (Ok(mut view), Some(trace)) => {
                view["objectWriteTraceId"] = json!(trace);
                outcome.results.push(view);
            }
            (Err(error), Some(trace)) => outcome.errors.push(error.in_batch(Some(&trace))),
            (Err(error), None) => {
                if let Some(before) = before {
                    *hub = before;
                }
                return Err(error);
            }
        }
    }
    Ok(outcome)
}

/// This status with the results, or 207 where some inputs failed.
pub(super) fn answer(status: StatusCode, started: DateTime<Utc>, outcome: Outcome) -> Answer {
    let Outcome { results, errors } = outcome;
    let mut body = json!({
        "status": "COMPLETE",
        "startedAt": written(started),
        "completedAt": written(now()),
        "results": results,
    });
    if errors.is_empty() {
        return Answer(status, body);
    }
    body["numErrors"] = json!(errors.len());
    body["errors"] = Value::Array(errors);
    Answer(StatusCode::MULTI_STATUS, body)
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reading {
    inputs: Vec<Id>,
    id_property: Option<String>,
    #[serde(default)]
    properties: Vec<String>,
}

/// `batch.read`: those that are not there are named in one error of a 207.
pub(crate) async fn read(call: ApiCall) -> Result<Answer, ApiError> {
    let (of, account) = call.admit_to(ObjectType::read_scope)?;
    let reading: Reading = call.json()?;
    checked(&reading.inputs)?;
    let started = now();
    let archived = call.flag("archived")?;
    let shown = Shown::asked(of, reading.properties);
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    let (mut outcome, mut missing) = (Outcome::default(), Vec::new());
    for Id { id } in reading.inputs {
        match hub.find(of, &id, reading.id_property.as_deref(), archived)? {
            Some(record) => outcome.results.push(record.view(hub, of, &shown)),
            None => missing.push(id),
        }
    }
    if !missing.is_empty() {
        outcome.errors.push(ApiError::some_not_found(of.noun(), missing).in_batch(None));
    }
    Ok(answer(StatusCode::OK, started, outcome))
}

#[derive(Deserialize)]
struct Archiving {
    inputs: Vec<Id>,
}

/// `batch.archive`: 204, also where some are archived already or were never there.
pub(crate) async fn archive(call: ApiCall) -> Result<StatusCode, ApiError> {
    let (of, account) = call.admit_to(ObjectType::write_scope)?;
    let archiving: Archiving = call.json()?;
    checked(&archiving.inputs)?;
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    for id in archiving.inputs.iter().filter_map(|Id { id }| id.parse().ok()) {
        hub.archive(of, id);
    }
    Ok(StatusCode::NO_CONTENT)
}
