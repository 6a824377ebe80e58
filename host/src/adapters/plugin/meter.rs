//! What is counted of calls.

use std::time::Instant;

use mortise_plugin_api::{Error, ErrorKind};

/// Counts one call when it is dropped; `cancelled` where nobody waited for its end.
pub(super) struct CallMeter {
    provider: String,
    operation: String,
    started: Instant,
    outcome: &'static str,
}

impl CallMeter {
    pub(super) fn start(provider: &str, operation: &str) -> Self {
        Self {
            provider: provider.to_owned(),
            operation: operation.to_owned(),
            started: Instant::now(),
            outcome: "cancelled",
        }
    }

    pub(super) fn end<T>(mut self, result: &Result<T, Error>) {
        self.outcome = match result {
            Ok(_) => "ok",
            Err(error) => outcome(error.kind),
        };
    }
}

impl Drop for CallMeter {
    fn drop(&mut self) {
        metrics::counter!(
            "mortise_plugin_calls_total",
            "provider" => self.provider.clone(),
            "operation" => self.operation.clone(),
            "outcome" => self.outcome
        )
        .increment(1);
        metrics::histogram!(
            "mortise_plugin_call_seconds",
            "provider" => std::mem::take(&mut self.provider),
            "operation" => std::mem::take(&mut self.operation)
        )
        .record(self.started.elapsed());
    }
}

const fn outcome(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidInput => "invalid_input",
        ErrorKind::Unauthorized => "unauthorized",
        ErrorKind::Forbidden => "forbidden",
        ErrorKind::MissingScope => "missing_scope",
        ErrorKind::NotFound => "not_found",
        ErrorKind::Gone => "gone",
        ErrorKind::Conflict => "conflict",
        ErrorKind::PreconditionFailed => "precondition_failed",
        ErrorKind::CursorLost => "cursor_lost",
        ErrorKind::RateLimited => "rate_limited",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Timeout => "timeout",
        ErrorKind::BadAnswer => "bad_answer",
        ErrorKind::NotSupported => "not_supported",
        ErrorKind::Internal => "internal",
        _ => "other",
    }
}
