//! The contract suite, run against plugins that keep it and plugins that break one rule each.
#![cfg(feature = "testing")]
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends by panicking")]

mod calendar;
mod crm;
mod recorded;

use std::panic::{AssertUnwindSafe, catch_unwind};

use mortise_plugin_api::{Error, ErrorKind, Response, Value, json};

/// The rules of which a run says that they are broken, in order and each once.
fn broken(run: impl FnOnce()) -> Vec<String> {
    let mut rules: Vec<String> =
        report(run).lines().skip(1).filter_map(|l| Some(l.split_once(':')?.0.to_owned())).collect();
    rules.dedup();
    rules
}

/// What a run panics with; empty where it does not.
fn report(run: impl FnOnce()) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(run)) else { return String::new() };
    *payload.downcast::<String>().unwrap()
}

/// The vendor's error bodies, as far as a status does not tell all.
fn refused(answer: &Response) -> Error {
    let error = Error::from_status(answer);
    let body: Value = answer.json().unwrap_or_default();
    let kind = if body["reason"] == "scope" { ErrorKind::MissingScope } else { error.kind };
    Error { kind, ..error }
}

/// The recordings of the errors that all operations share.
fn shared_errors() -> Value {
    let refusal = |status: u16| json!([{"status": status, "body": {"trace": "s3cret-marker"}}]);
    json!({
        "rate_limited": {
            "input": {"retry_after": 2.5},
            "answers": [{"status": 429, "headers": {"Retry-After": "2.5"}, "text": "slow down"}],
        },
        "token_refused": {"answers": refusal(401)},
        "scope_missing": {"answers": [{"status": 403, "body": {"reason": "scope"}}]},
        "vendor_down": {"answers": refusal(503)},
        "timeout": {"answers": [{"error": "timeout"}]},
        "not_json": {"answers": [{"status": 200, "text": "<html>"}]},
        "other_json": {"answers": [{"status": 200, "body": {}}]},
    })
}

/// One answer of status 200.
fn ok(body: Value) -> Value {
    json!({"answers": [{"status": 200, "body": body}]})
}

/// One answer of another status.
fn refusal(status: u16) -> Value {
    json!({"answers": [{"status": status, "body": {"trace": "s3cret-marker"}}]})
}

fn with_input(mut recording: Value, input: Value) -> Value {
    recording["input"] = input;
    recording
}
