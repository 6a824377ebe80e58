//! Reading a recording.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    http::{HttpAnswer, HttpRequest, TransportError},
    testing::json_answer,
};

type Check = Arc<dyn Fn(&HttpRequest) -> Result<(), String> + Send + Sync>;

/// A vendor's recorded answers; see [the contract](super).
pub struct Recorded {
    pub(super) settings: Value,
    pub(super) calendar: String,
    pub(super) rules: BTreeMap<String, Recording>,
    pub(super) check: Option<Check>,
}

/// What is recorded for one rule.
pub(super) struct Recording {
    /// What is the vendor's own in the call's input.
    pub(super) input: Map<String, Value>,
    pub(super) answers: Vec<HttpAnswer>,
    /// By call, where the recording says so.
    pub(super) by_call: Option<Vec<Vec<HttpAnswer>>>,
}

impl Recorded {
    /// Reads a recording.
    ///
    /// # Panics
    /// Where it is not one; the message names the rule at fault.
    #[must_use]
    #[expect(clippy::panic, reason = "a recording that cannot be read ends the test")]
    pub fn read(json: &str) -> Self {
        Self::parse(json).unwrap_or_else(|fault| panic!("the recording: {fault}"))
    }

    /// The same recording; the check has to accept every request.
    #[must_use]
    pub fn checked_by(
        self,
        check: impl Fn(&HttpRequest) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self { check: Some(Arc::new(check)), ..self }
    }

    fn parse(json: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let rules = file.rules.into_iter().map(|(name, rule)| match recording(rule) {
            Ok(recording) => Ok((name, recording)),
            Err(fault) => Err(format!("rule {name}: {fault}")),
        });
        Ok(Self {
            settings: Value::Object(file.settings),
            calendar: file.calendar,
            rules: rules.collect::<Result<_, _>>()?,
            check: None,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    calendar: String,
    rules: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    #[serde(default)]
    input: Map<String, Value>,
    answers: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswer {
    #[serde(default)]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    text: Option<String>,
    error: Option<String>,
}

fn recording(rule: Value) -> Result<Recording, String> {
    let RawRule { input, answers } = read(rule)?;
    if answers.first().is_some_and(Value::is_array) {
        let calls = answers.into_iter().map(|call| read::<Vec<Value>>(call).and_then(all));
        let calls = calls.collect::<Result<_, _>>()?;
        return Ok(Recording { input, answers: Vec::new(), by_call: Some(calls) });
    }
    Ok(Recording { input, answers: all(answers)?, by_call: None })
}

fn all(answers: Vec<Value>) -> Result<Vec<HttpAnswer>, String> {
    answers.into_iter().map(|raw| read(raw).and_then(answer)).collect()
}

fn answer(raw: RawAnswer) -> Result<HttpAnswer, String> {
    if let Some(error) = raw.error {
        let error = match error.as_str() {
            "timeout" => TransportError::Timeout,
            "connect" => TransportError::Connect,
            "cut" => TransportError::Cut,
            other => return Err(format!("there is no error {other:?}")),
        };
        return Ok(HttpAnswer { error: Some(error), ..HttpAnswer::default() });
    }
    if !(100..600).contains(&raw.status) {
        return Err("an answer has a status or an error".to_owned());
    }
    let mut answer = match (raw.body, raw.text) {
        (Some(body), None) => json_answer(raw.status, &body),
        (None, text) => HttpAnswer {
            status: raw.status,
            body: text.unwrap_or_default().into_bytes(),
            ..HttpAnswer::default()
        },
        (Some(_), Some(_)) => return Err("an answer has a body or a text".to_owned()),
    };
    for (name, value) in raw.headers {
        let name = name.to_lowercase();
        answer.headers.retain(|(known, _)| *known != name);
        answer.headers.push((name, value));
    }
    Ok(answer)
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}
