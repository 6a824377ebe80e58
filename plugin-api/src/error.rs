//! What can go wrong in a provider, decided once by its kind.

use serde::{Deserialize, Serialize};

use crate::http::Response;

/// The result of a provider's operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. The kind alone decides the HTTP status that a caller sees and whether the host
/// tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input cannot be carried out as it stands; `field` names the culprit where known.
    InvalidInput,
    /// The vendor refused the token. The host refreshes once and repeats the operation.
    Unauthorized,
    /// The account may not do this, whatever the scopes.
    Forbidden,
    /// The token lacks a scope that the operation needs.
    MissingScope,
    /// There is no such thing at the vendor.
    NotFound,
    /// It was there and is deleted.
    Gone,
    /// The vendor has one already: a reused id, or a state that does not allow the change.
    Conflict,
    /// The thing changed since it was read (`If-Match` failed).
    PreconditionFailed,
    /// A sync cursor or page token is no longer good: start again without it.
    CursorLost,
    /// Too many requests; `retry_after` says how long to wait where the vendor told.
    RateLimited,
    /// The vendor is down or could not be reached.
    Unavailable,
    /// No answer within the host's time limit. The work may have been done.
    Timeout,
    /// The vendor's answer could not be understood.
    BadAnswer,
    /// The provider does not implement the operation.
    NotSupported,
    /// A defect of the plugin.
    Internal,
}

impl ErrorKind {
    /// Whether the same call may succeed a little later with nothing changed.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable | Self::Timeout)
    }
}

/// A failed operation. Crosses the boundary as JSON.
///
/// The message is shown to API callers: say what to do, never repeat tokens or bodies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Error {
    /// Decides status and retry.
    pub kind: ErrorKind,
    /// One sentence for the caller.
    pub message: String,
    /// Seconds to wait before another try, fractions allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<f64>,
    /// The input field at fault, dotted (`event.start.time_zone`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// HTTP status of the vendor's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_status: Option<u16>,
    /// The vendor's own word for it (`userRateLimitExceeded`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_code: Option<String>,
}

impl Error {
    /// An error of a kind, with a sentence for the caller.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            retry_after: None,
            field: None,
            vendor_status: None,
            vendor_code: None,
        }
    }

    /// An input that cannot be carried out, with the dotted name of the field at fault.
    #[must_use]
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(ErrorKind::InvalidInput, message) }
    }

    /// The operation is not one of this provider's.
    #[must_use]
    pub fn not_supported(operation: &str) -> Self {
        Self::new(ErrorKind::NotSupported, format!("this provider has no operation {operation}"))
    }

    /// The kind that an HTTP status stands for where nothing more is known of the vendor, with
    /// `Retry-After` taken from the headers. Providers refine it with the vendor's error body.
    #[must_use]
    pub fn from_status(answer: &Response) -> Self {
        let status = answer.status();
        let kind = match status {
            400 | 422 => ErrorKind::InvalidInput,
            401 => ErrorKind::Unauthorized,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            410 => ErrorKind::Gone,
            412 => ErrorKind::PreconditionFailed,
            429 => ErrorKind::RateLimited,
            500..=599 => ErrorKind::Unavailable,
            _ => ErrorKind::BadAnswer,
        };
        Self {
            vendor_status: Some(status),
            retry_after: answer.retry_after(),
            ..Self::new(kind, format!("the vendor answered with status {status}"))
        }
    }

    /// The same error with the vendor's own code.
    #[must_use]
    pub fn with_vendor_code(mut self, code: impl Into<String>) -> Self {
        self.vendor_code = Some(code.into());
        self
    }
}

/// A vendor's sentence as it may be repeated: one line of at most 200 characters.
#[must_use]
pub fn one_line(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > LONGEST {
        line = line.chars().take(LONGEST).collect();
        line.push('…');
    }
    line
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
