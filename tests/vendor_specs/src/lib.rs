//! Extracts of the vendors' API descriptions, to check requests and answers against in tests.
//!
//! A plugin's test hands each of its requests to [`Spec::check_request`], a sandbox's test each of
//! its answers to [`Spec::check_answer`]. Both are strict: a name that the vendor does not describe
//! is an error, whatever the vendor would do with it. Where an extract differs from the vendor's own
//! description, `specs/README.md` says so.
//!
//! ```
//! use mortise_plugin_api::HttpRequest;
//!
//! let request = HttpRequest {
//!     method: "GET".into(),
//!     target: "/calendars/primary/events".into(),
//!     query: vec![("maxResult".into(), "10".into())],
//!     ..HttpRequest::default()
//! };
//! let refusal = mortise_vendor_specs::google_calendar().check_request(&request).unwrap_err();
//! assert_eq!(refusal, "GET /calendars/primary/events: there is no query parameter maxResult");
//! ```

mod answer;
mod body;
mod operation;
mod parameters;
mod schema;
mod target;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use jsonschema::Validator;
use mortise_plugin_api::HttpRequest;
use serde_json::Value;

use crate::{operation::Operation, schema::Mode, target::Target};

/// The Calendar API, version 3.
pub fn google_calendar() -> &'static Spec {
    static SPEC: OnceLock<Spec> = OnceLock::new();
    // A patch of Google's clears a field by null, and no schema says so.
    let patch = Mode { null_clears: true, ..Mode::REQUEST };
    SPEC.get_or_init(|| Spec::read(include_str!("../specs/google_calendar.json"), patch))
}

/// Microsoft Graph v1.0, the part about calendars.
pub fn microsoft_graph() -> &'static Spec {
    static SPEC: OnceLock<Spec> = OnceLock::new();
    let text = include_str!("../specs/microsoft_graph.json");
    SPEC.get_or_init(|| Spec::read(text, Mode::REQUEST))
}

/// HubSpot's contacts, deals, associations, owners, properties and OAuth.
pub fn hubspot() -> &'static Spec {
    static SPEC: OnceLock<Spec> = OnceLock::new();
    SPEC.get_or_init(|| Spec::read(include_str!("../specs/hubspot.json"), Mode::REQUEST))
}

/// One vendor's description.
pub struct Spec {
    document: Value,
    /// Path of the server's address, `/calendar/v3`; empty where there is none.
    base: String,
    patch: Mode,
    /// By place in the document and mode: a validator is built when it is first needed.
    validators: Mutex<HashMap<(String, Mode), Arc<Validator>>>,
}

impl Spec {
    #[expect(clippy::expect_used, reason = "the extracts are part of this crate")]
    fn read(text: &str, patch: Mode) -> Self {
        let document: Value = serde_json::from_str(text).expect("an extract is JSON");
        let server = document["servers"][0]["url"].as_str().expect("an extract names its server");
        let base = target::path_of(server).trim_end_matches('/').to_owned();
        Self { document, base, patch, validators: Mutex::default() }
    }

    /// Whether the vendor describes such a request. `target` is a path below the server's address
    /// or an absolute URL.
    ///
    /// Opaque links of Graph (`@odata.nextLink`) may carry `$skip`, `$skiptoken` and `$deltatoken`
    /// where the description does not list them; with one of the tokens no parameter is missed.
    ///
    /// # Errors
    /// One sentence that names the request and the first thing that is wrong with it: its address,
    /// method, parameters, headers or body.
    pub fn check_request(&self, request: &HttpRequest) -> Result<(), String> {
        let method = request.method.as_str();
        self.check_request_parts(request)
            .map_err(|fault| format!("{method} {}: {fault}", request.target))
    }

    fn check_request_parts(&self, request: &HttpRequest) -> Result<(), String> {
        let target = Target::read(&request.target, &self.base)?;
        let operation = Operation::find(self, &request.method, &target)?;
        let query: Vec<_> = target.query.iter().chain(&request.query).collect();
        parameters::check(self, &operation, &query, &request.headers)?;
        body::check(self, &operation, request)
    }

    /// Whether the vendor describes such an answer to a request; `path` as in
    /// [`check_request`](Self::check_request). An answer may hold names of `@odata.` beyond the
    /// described ones.
    ///
    /// # Errors
    /// One sentence that names the request, the status and what is wrong.
    pub fn check_answer(
        &self,
        method: &str,
        path: &str,
        status: u16,
        body: &[u8],
    ) -> Result<(), String> {
        answer::check(self, method, path, status, body)
            .map_err(|fault| format!("answer {status} to {method} {path}: {fault}"))
    }

    /// Follows a `$ref` as long as there is one.
    fn resolve<'a>(&'a self, node: &'a Value) -> &'a Value {
        match node["$ref"].as_str().and_then(|to| self.document.pointer(to.trim_start_matches('#')))
        {
            Some(there) => self.resolve(there),
            None => node,
        }
    }

    /// Checks a value against a schema of the document.
    fn validate(&self, schema: &Value, mode: Mode, value: &Value) -> Result<(), String> {
        let key = (schema.to_string(), mode);
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let validator = validators
            .entry(key)
            .or_insert_with(|| Arc::new(schema::validator(&self.document, schema, mode)));
        let validator = Arc::clone(validator);
        match validator.iter_errors(value).next() {
            None => Ok(()),
            Some(error) if error.instance_path().as_str().is_empty() => Err(error.to_string()),
            Some(error) => Err(format!("{}: {error}", error.instance_path())),
        }
    }
}
