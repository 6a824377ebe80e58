//! RFC 9457 problems: the one table from what went wrong to what a caller sees.

mod hub;
mod repeats;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    app::{AccessError, Conflict, ConflictReport},
    domain::ids::ProviderId,
    ports::StoreError,
};

/// What a problem's `type` starts with; its `code` follows.
pub const TYPE_PREFIX: &str = "urn:problem-type:mortise:";

/// A problem (RFC 9457, `application/problem+json`).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:problem-type:mortise:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of problem it is, for people; the same for every problem of the kind.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened here, and what to do.
    pub detail: String,
    /// For programs to tell problems apart: `needs-reauth`.
    pub code: String,
    /// Find it in the hub's log by this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// `google_calendar`, where a provider is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Ask this address for a connect link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_url: Option<String>,
    /// Faults of the input, field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// What is in the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// Calendars that could not be asked, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Scopes of which one is missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The link that is there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub link: Option<Value>,
    /// Seconds to wait; also in `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// A fault in one field.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProblemField {
    /// Dotted: `event.start.time_zone`.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

impl Problem {
    /// A problem by its status, code and title, with what to do.
    #[must_use]
    pub fn new(status: StatusCode, code: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("{TYPE_PREFIX}{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            code: code.to_owned(),
            request_id: None,
            provider: None,
            connect_url: None,
            errors: Vec::new(),
            conflicts: Vec::new(),
            warnings: Vec::new(),
            scopes: Vec::new(),
            link: None,
            retry_after: None,
        }
    }

    /// A body, query or path that cannot be read.
    #[must_use]
    pub fn unreadable(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, "bad-request", "The request cannot be read", detail)
    }

    /// A status that came without a body of ours.
    #[must_use]
    pub fn bare(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => (
                "not-found",
                "There is nothing at this address; /openapi.json lists what there is.",
            ),
            StatusCode::METHOD_NOT_ALLOWED => {
                ("method-not-allowed", "The address exists, but not with this method; see Allow.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => ("body-too-large", "Send a smaller body."),
            StatusCode::REQUEST_TIMEOUT => {
                return Self::new(
                    StatusCode::GATEWAY_TIMEOUT,
                    "timeout",
                    "The request took too long",
                    "It was ended. A write may have been done: look before you repeat it.",
                );
            }
            StatusCode::INTERNAL_SERVER_ERROR => {
                ("internal", "A defect of the hub; its log has more under the request id.")
            }
            _ => ("error", "The request was refused."),
        };
        Self::new(status, code, status.canonical_reason().unwrap_or("Error"), detail)
    }

    fn about(mut self, provider: &ProviderId) -> Self {
        self.provider = Some(provider.to_string());
        self
    }

    fn connect_at(mut self, provider: &ProviderId) -> Self {
        self.connect_url = Some(format!("/api/integrations/{}/connect", provider.slug()));
        self.about(provider)
    }

    fn reporting(mut self, report: ConflictReport) -> Self {
        (self.conflicts, self.warnings) = (report.items, report.warnings);
        self
    }

    pub(super) fn wait(mut self, seconds: f64) -> Self {
        self.retry_after = Some(seconds.ceil().clamp(1.0, 86_400.0) as u64);
        self
    }
}

/// Written by the outermost layer, which knows the request id and the hub's own address.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            let realm = HeaderValue::from_static("Bearer realm=\"mortise\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The body of a problem.
#[must_use]
pub fn render(problem: &Problem) -> (HeaderName, HeaderValue, Vec<u8>) {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"), body)
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let (status, code, title, advice) = match &error {
            AccessError::Missing => (
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "Who calls is not known",
                "Send `Authorization: Bearer` with an API key (`mortise keys create`) or a \
                 session token (`POST /api/sessions`).",
            ),
            AccessError::Unknown => (
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "Who calls is not known",
                "Use a live API key or mint a new session.",
            ),
            AccessError::NoUser => (
                StatusCode::UNAUTHORIZED,
                "no-user",
                "The user is not named",
                "Calls with an API key name their user: send `Mortise-User`.",
            ),
            AccessError::BadUser(_) => {
                (StatusCode::BAD_REQUEST, "bad-user", "Not a user id", "Mend `Mortise-User`.")
            }
            AccessError::ForeignUser | AccessError::ForeignOrigin => (
                StatusCode::FORBIDDEN,
                "forbidden",
                "Not allowed",
                "Mint a session for this user and page.",
            ),
            AccessError::MissingRight(_) | AccessError::KeyOnly => (
                StatusCode::FORBIDDEN,
                "forbidden",
                "Not allowed",
                "Call from the backend, with a key that has the right.",
            ),
            AccessError::Store(error) => return stored(error.clone()),
        };
        Self::new(status, code, title, format!("{}. {advice}", capital(&error.to_string())))
    }
}

fn stored(error: StoreError) -> Problem {
    if let StoreError::Refused(_) = error {
        // What a row stands on is gone: the user, or the connection.
        tracing::error!(%error, "the database refused a write");
        return Problem::new(
            StatusCode::CONFLICT,
            "not-connected",
            "Not connected",
            "The user or the connection was removed while the call ran. What a vendor had done by \
             then stays there. GET /api/integrations shows what is connected.",
        );
    }
    // The caller cannot do anything with the particulars; the operator finds them in the log.
    tracing::error!(%error, "the database failed");
    store()
}

fn store() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "database-unavailable",
        "The hub's database does not answer",
        "Try again a little later. A vendor may have done its part of a write already: the same call \
         takes that up.",
    )
    .wait(5.0)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
