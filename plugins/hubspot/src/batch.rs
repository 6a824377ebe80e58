//! HubSpot's answers to batches.

use mortise_plugin_api::{Error, ErrorKind, Response, Result, Value};
use serde::Deserialize;

use crate::errors::Refusal;

/// More inputs are refused.
pub(crate) const MOST_INPUTS: usize = 100;

/// What became of a batch's inputs.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) results: Vec<Value>,
    pub(crate) errors: Vec<Value>,
}

#[derive(Deserialize)]
struct Sent {
    results: Option<Vec<Value>>,
    #[serde(default)]
    errors: Vec<Value>,
}

impl Batch {
    /// Reads a 2xx answer.
    ///
    /// # Errors
    /// `BadAnswer` for what says neither what was done nor what was not.
    pub(crate) fn read(answer: &Response) -> Result<Self> {
        let Sent { results, errors } = answer.json()?;
        if results.is_none() && errors.is_empty() {
            let message = "HubSpot's answer cannot be used: it does not say what was done";
            let vendor_status = Some(answer.status());
            return Err(Error { vendor_status, ..Error::new(ErrorKind::BadAnswer, message) });
        }
        Ok(Self { results: results.unwrap_or_default(), errors })
    }
}

/// What HubSpot refused of a batch, whole or in part.
pub(crate) fn refusals(answer: &Response) -> Result<Vec<Refusal>> {
    if !answer.is_success() {
        return Ok(vec![Refusal::read(answer)]);
    }
    Ok(Batch::read(answer)?.errors.into_iter().map(Refusal::of_entry).collect())
}
