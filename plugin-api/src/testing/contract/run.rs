//! Running a table of rules.

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::recorded::{Recorded, Recording};
use crate::{
    error::{Error, ErrorKind, Result},
    export::Exported,
    http::{HttpAnswer, HttpRequest},
    manifest::Manifest,
    testing::ScriptedHost,
};

/// Sentences that say what is wrong; none where all is well.
pub(super) type Faults = Vec<String>;

/// One line of the table.
pub(super) struct Rule {
    pub(super) name: &'static str,
    /// Without the capability.
    pub(super) operation: &'static str,
    pub(super) input: fn(&Given<'_>) -> Value,
    pub(super) must: Must,
    /// Whether it may be left out of a recording.
    pub(super) optional: bool,
}

/// What has to come of a rule's call.
#[derive(Clone, Copy)]
pub(super) enum Must {
    /// An output with nothing wrong in it.
    Give(fn(&Ran<'_>) -> Faults),
    /// As many pages as there are, with nothing wrong in them.
    GivePages(fn(&Ran<'_>) -> Faults),
    /// An error of one of the kinds.
    Fail(&'static [ErrorKind]),
    /// An error of the kind with nothing else wrong in it.
    FailWith(ErrorKind, fn(&Error, &Given<'_>) -> Faults),
    /// Any output, or an error of one of the kinds.
    GiveOrFail(&'static [ErrorKind]),
}

/// A rule that every recording has.
pub(super) const fn rule(
    name: &'static str,
    operation: &'static str,
    input: fn(&Given<'_>) -> Value,
    must: Must,
) -> Rule {
    Rule { name, operation, input, must, optional: false }
}

/// What the vendor's own side of the input is.
pub(super) struct Given<'a> {
    pub(super) calendar: &'a str,
    input: &'a Map<String, Value>,
}

impl Given<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.input.get(name)
    }

    /// A text of the recording's `input`.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A text of the recording's `input`, or what it is where the recording does not say.
    pub(super) fn text_or<'b>(&'b self, name: &str, default: &'b str) -> &'b str {
        self.text(name).unwrap_or(default)
    }
}

/// What a rule's calls gave and sent.
pub(super) struct Ran<'a> {
    pub(super) given: Given<'a>,
    /// One for each call.
    pub(super) outputs: Vec<Value>,
    pub(super) requests: Vec<HttpRequest>,
}

impl Ran<'_> {
    /// The first call's output in the model's shape.
    pub(super) fn output<T: DeserializeOwned>(&self) -> Result<T, Faults> {
        read(self.outputs.first().unwrap_or(&Value::Null))
    }

    /// Every call's output in the model's shape.
    pub(super) fn pages<T: DeserializeOwned>(&self) -> Result<Vec<T>, Faults> {
        self.outputs.iter().map(read).collect()
    }

    pub(super) fn writes(&self) -> impl Iterator<Item = &HttpRequest> {
        self.requests
            .iter()
            .filter(|request| matches!(request.method.as_str(), "POST" | "PUT" | "PATCH"))
    }
}

fn read<T: DeserializeOwned>(output: &Value) -> Result<T, Faults> {
    T::deserialize(output).map_err(|error| vec![format!("the output is not the model's: {error}")])
}

/// Whether a request carries a text in its query, headers or body.
pub(super) fn carries(request: &HttpRequest, text: &str) -> bool {
    let mut parts = request.query.iter().chain(&request.headers);
    parts.any(|(_, value)| value.contains(text))
        || String::from_utf8_lossy(&request.body).contains(text)
}

/// A fault where two values differ.
pub(super) fn differ<T: PartialEq + Debug>(what: &str, got: &T, wanted: &T) -> Option<String> {
    (got != wanted).then(|| format!("{what} is {got:?}, not {wanted:?}"))
}

/// Runs the rules and panics with all that are broken.
pub(super) fn all<P: Exported>(recorded: &Recorded, capability: &str, rules: &[Rule]) {
    let manifest = ScriptedHost::with_settings::<P>(&recorded.settings).manifest().clone();
    let mut broken = Vec::new();
    let mut ran = 0;
    for rule in rules {
        let operation = format!("{capability}.{}", rule.operation);
        if !manifest.has_operation(&operation) {
            continue;
        }
        let faults = match recorded.rules.get(rule.name) {
            Some(recording) => one::<P>(recorded, recording, rule, &operation),
            None if rule.optional => continue,
            None => vec!["it has no recording".to_owned()],
        };
        ran += 1;
        broken.extend(faults.into_iter().map(|fault| format!("{}: {fault}", rule.name)));
    }
    let known = super::calendar::RULES.iter().chain(super::crm::RULES).map(|rule| rule.name);
    for name in recorded.rules.keys().filter(|name| !known.clone().any(|known| known == *name)) {
        broken.push(format!("{name}: there is no such rule"));
    }
    if ran == 0 {
        broken.push(format!("the manifest lists no operation of {capability}"));
    }
    assert!(broken.is_empty(), "the {capability} contract is broken\n{}", broken.join("\n"));
}

fn one<P: Exported>(
    recorded: &Recorded,
    recording: &Recording,
    rule: &Rule,
    operation: &str,
) -> Faults {
    let mut host = ScriptedHost::with_settings::<P>(&recorded.settings);
    if let Some(check) = recorded.check.clone() {
        host = host.checked_by(move |request| check(request));
    }
    let run = || attempt(&host, recorded, recording, rule, operation);
    let (first, faults) = match run() {
        Ok(attempt) => attempt,
        Err(fault) => return vec![fault],
    };
    match run() {
        Ok((second, _)) if second == first => faults,
        Ok(_) => [faults, vec!["the same call sent other requests".to_owned()]].concat(),
        Err(fault) => [faults, vec![format!("the same call once more: {fault}")]].concat(),
    }
}

/// Makes the rule's calls: what was sent, and what is wrong.
fn attempt(
    host: &ScriptedHost,
    recorded: &Recorded,
    recording: &Recording,
    rule: &Rule,
    operation: &str,
) -> Result<(Vec<HttpRequest>, Faults), String> {
    let given = Given { calendar: &recorded.calendar, input: &recording.input };
    let scripts = scripts(recording, rule.must);
    let mut input = (rule.input)(&given);
    let (mut outputs, mut requests, mut faults) = (Vec::new(), Vec::new(), Faults::new());
    let mut failed = None;
    for script in &scripts {
        for answer in script {
            host.answer(answer.clone());
        }
        let result = host.try_call(operation, &input)?;
        let sent = host.requests();
        faults.extend(sent.iter().filter_map(|request| astray(request, host.manifest())));
        requests.extend(sent);
        if host.unused_answers() > 0 {
            return Err(format!("{} recorded answers are not asked for", host.unused_answers()));
        }
        match result {
            Ok(output) => {
                let next = output.get("next_page").cloned();
                outputs.push(output);
                let Some(next) = next else { break };
                input["page"] = next;
            }
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    if failed.is_none() && outputs.len() < scripts.len() {
        faults.push(format!("{} pages came, not {}", outputs.len(), scripts.len()));
    }
    let ran = Ran { given, outputs, requests };
    faults.extend(verdict(rule.must, &ran, failed.as_ref()));
    Ok((ran.requests, faults))
}

/// The answers of each call.
fn scripts(recording: &Recording, must: Must) -> Vec<Vec<HttpAnswer>> {
    match (&recording.by_call, must) {
        (Some(calls), _) => calls.clone(),
        (None, Must::GivePages(_)) => {
            recording.answers.iter().map(|answer| vec![answer.clone()]).collect()
        }
        (None, _) => vec![recording.answers.clone()],
    }
}

fn verdict(must: Must, ran: &Ran<'_>, failed: Option<&Error>) -> Faults {
    let mut faults = Faults::new();
    if let Some(error) = failed.filter(|error| error.message.contains("s3cret-marker")) {
        faults.push(format!("the error repeats what it must not: {}", error.message));
    }
    let one_of = |kinds: &[ErrorKind], error: &Error| {
        let fault = format!("it fails with {:?} ({error}), not {kinds:?}", error.kind);
        (!kinds.contains(&error.kind)).then_some(fault)
    };
    let no_error = |kinds: &[ErrorKind]| vec![format!("it does not fail with {kinds:?}")];
    faults.extend(match (must, failed) {
        (Must::Give(judge) | Must::GivePages(judge), None) => judge(ran),
        (Must::Give(_) | Must::GivePages(_), Some(error)) => {
            vec![format!("it fails with {:?}: {error}", error.kind)]
        }
        (Must::Fail(kinds), None) => no_error(kinds),
        (Must::FailWith(kind, _), None) => no_error(&[kind]),
        (Must::Fail(kinds) | Must::GiveOrFail(kinds), Some(error)) => {
            one_of(kinds, error).into_iter().collect()
        }
        (Must::FailWith(kind, judge), Some(error)) => {
            one_of(&[kind], error).into_iter().chain(judge(error, &ran.given)).collect()
        }
        (Must::GiveOrFail(_), None) => Faults::new(),
    });
    faults
}

/// What is wrong with where a request goes and what it carries, whatever the vendor.
fn astray(request: &HttpRequest, manifest: &Manifest) -> Option<String> {
    let target = request.target.as_str();
    if request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
        return Some(format!("{} {target} carries an authorization", request.method));
    }
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let climbs = path.split('/').any(|segment| matches!(segment, "." | ".."));
    let below_base = target.starts_with('/') && !target.starts_with("//");
    let on_a_host = target.strip_prefix("https://").is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let hosts = manifest.hosts.iter().map(String::as_str);
        hosts.chain(host_of(&manifest.api_base)).any(|known| known.eq_ignore_ascii_case(host))
    });
    let astray = climbs || !(below_base || on_a_host);
    astray.then(|| format!("{} {target} leads out of the vendor's API", request.method))
}

fn host_of(address: &str) -> Option<&str> {
    address.strip_prefix("https://")?.split('/').next()
}

/// The wait that the recording names, where it names one.
pub(super) fn with_retry_after(error: &Error, given: &Given<'_>) -> Faults {
    let wanted = given.get("retry_after").and_then(Value::as_f64);
    let fault = wanted.and_then(|_| differ("retry_after", &error.retry_after, &wanted));
    fault.into_iter().collect()
}
