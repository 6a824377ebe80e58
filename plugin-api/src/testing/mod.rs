//! Testing a provider with a script of answers: no network, no host, the real boundary.
//!
//! [`ScriptedHost`] plays the host for one call after another. [`contract`] holds what every provider
//! of a capability has to keep, whatever the vendor.

pub mod contract;
mod requests;

use std::{collections::VecDeque, sync::Mutex};

use serde::Serialize;
use serde_json::Value;

pub use requests::{body, header, line, lines, only_request};

use crate::{
    abi::host::{Instance, Module},
    error::Result,
    export::{Exported, Step},
    http::{HttpAnswer, HttpRequest, TransportError},
    manifest::Manifest,
};

/// What a vendor's description says of a request; an error is one sentence.
type Check = Box<dyn Fn(&HttpRequest) -> Result<(), String> + Send + Sync>;

/// Plays the host: performs a plugin's requests out of a script and keeps what was asked.
///
/// Calls go through the same boundary as in the host, panics included.
pub struct ScriptedHost {
    instance: Instance,
    manifest: Manifest,
    script: Mutex<VecDeque<HttpAnswer>>,
    asked: Mutex<Vec<HttpRequest>>,
    check: Option<Check>,
}

impl ScriptedHost {
    /// A host for a provider without settings.
    ///
    /// # Panics
    /// Where the provider refuses to start.
    #[must_use]
    pub fn new<P: Exported>() -> Self {
        Self::with_settings::<P>(&Value::Object(crate::Map::new()))
    }

    /// A host for a provider with settings.
    ///
    /// # Panics
    /// Where the provider refuses them, or its manifest cannot be read.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test's set-up ends the test where it fails")]
    pub fn with_settings<P: Exported>(settings: &Value) -> Self {
        let module = Module::linked::<P>();
        let manifest = module.manifest().expect("the plugin makes a manifest");
        Self {
            instance: module.instantiate(&settings.to_string()).expect("the plugin starts"),
            manifest: serde_json::from_str(&manifest).expect("the manifest is JSON"),
            script: Mutex::default(),
            asked: Mutex::default(),
            check: None,
        }
    }

    /// The same host, with an eye on the requests: a call that sends one which the check refuses
    /// ends the test with the check's sentence.
    #[must_use]
    pub fn checked_by(
        self,
        check: impl Fn(&HttpRequest) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self { check: Some(Box::new(check)), ..self }
    }

    /// The provider's manifest as the host reads it.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Adds an answer for the next request that has none yet.
    pub fn answer(&self, answer: HttpAnswer) -> &Self {
        lock(&self.script).push_back(answer);
        self
    }

    /// Adds a JSON answer.
    pub fn answer_json(&self, status: u16, body: Value) -> &Self {
        self.answer(json_answer(status, &body))
    }

    /// Adds a request that gets no answer.
    pub fn answer_error(&self, error: TransportError) -> &Self {
        self.answer(HttpAnswer { error: Some(error), ..HttpAnswer::default() })
    }

    /// Runs an operation to its end.
    ///
    /// # Errors
    /// What the operation failed with.
    ///
    /// # Panics
    /// Where the plugin asks for more than was scripted, sends a request that the check refuses, or
    /// gives an output that is not JSON.
    #[expect(clippy::panic, reason = "what the script has no answer for ends the test")]
    pub fn call(&self, operation: &str, input: impl Serialize) -> Result<Value> {
        self.try_call(operation, input).unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// As [`call`](Self::call), with the end of the test as an outer error.
    fn try_call(&self, operation: &str, input: impl Serialize) -> Result<Result<Value>, String> {
        let input = serde_json::to_vec(&input)
            .map_err(|error| format!("the input cannot be written as JSON: {error}"))?;
        let mut call = self.instance.start(operation, &input);
        let mut answers = Vec::new();
        loop {
            match call.resume(std::mem::take(&mut answers)) {
                Step::NeedHttp(requests) => {
                    for request in requests {
                        answers.push(self.perform(request)?);
                    }
                }
                Step::Done(body) => {
                    return serde_json::from_slice(&body)
                        .map(Ok)
                        .map_err(|error| format!("the output is not JSON: {error}"));
                }
                Step::Failed(error) => return Ok(Err(error)),
            }
        }
    }

    fn perform(&self, request: HttpRequest) -> Result<HttpAnswer, String> {
        let line = format!("{} {}", request.method, request.target);
        let checked = self.check.as_ref().map_or(Ok(()), |check| check(&request));
        lock(&self.asked).push(request);
        checked?;
        let next = lock(&self.script).pop_front();
        next.ok_or_else(|| format!("the plugin asked {line} and the script has no answer for it"))
    }

    /// The requests since the last look, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<HttpRequest> {
        std::mem::take(&mut *lock(&self.asked))
    }

    /// How many scripted answers nobody has asked for.
    #[must_use]
    pub fn unused_answers(&self) -> usize {
        lock(&self.script).len()
    }
}

/// A JSON answer with its content type.
#[must_use]
pub fn json_answer(status: u16, body: &Value) -> HttpAnswer {
    HttpAnswer {
        status,
        headers: vec![("content-type".to_owned(), "application/json; charset=UTF-8".to_owned())],
        body: body.to_string().into_bytes(),
        error: None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
