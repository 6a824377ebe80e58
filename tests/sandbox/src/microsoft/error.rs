use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::clock::now;
use crate::oauth::Answer;
use crate::random;

/// `{"error": {"code", "message", "innerError": {"date", "request-id", "client-request-id"}}}`
pub(super) fn graph_error(status: StatusCode, code: &str, message: &str) -> Answer {
    let request = random::uuid();
    let body = json!({"error": {
        "code": code,
        "message": message,
        "innerError": {
            "date": now().format("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": request,
            "client-request-id": request,
        },
    }});
    Answer(status, body)
}

/// An error of Graph. Its codes are those of the vendor's description where that names one.
#[derive(Debug)]
pub(super) struct GraphError {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// Where to start anew (410).
    location: Option<Box<str>>,
}

impl GraphError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), location: None }
    }

    pub(super) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// The request is well-formed but means nothing.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::bad_request("ErrorInvalidRequest", message)
    }

    /// The body is not what its type says.
    pub(super) fn unreadable(message: impl Into<String>) -> Self {
        Self::bad_request("RequestBodyRead", message)
    }

    /// A property has a value that no event can have.
    pub(super) fn property(message: impl Into<String>) -> Self {
        Self::bad_request("ErrorPropertyValidationFailure", message)
    }

    pub(super) fn bad_query(message: impl Into<String>) -> Self {
        Self::bad_request("ErrorInvalidUrlQuery", message)
    }

    pub(super) fn unknown_zone(name: &str) -> Self {
        let message = format!(
            "A valid TimeZone value must be specified. The following TimeZone value is not \
             supported: '{name}'."
        );
        Self::bad_request("TimeZoneNotSupportedException", message)
    }

    pub(super) fn unauthenticated() -> Self {
        let message = "Access token has expired or is not yet valid.";
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    pub(super) fn access_denied() -> Self {
        let message = "Access is denied. Check credentials and try again.";
        Self::new(StatusCode::FORBIDDEN, "ErrorAccessDenied", message)
    }

    pub(super) fn not_privileged() -> Self {
        let message = "Insufficient privileges to complete the operation.";
        Self::new(StatusCode::FORBIDDEN, "Authorization_RequestDenied", message)
    }

    pub(super) fn not_found() -> Self {
        let message = "The specified object was not found in the store.";
        Self::new(StatusCode::NOT_FOUND, "ErrorItemNotFound", message)
    }

    pub(super) fn spent_transaction() -> Self {
        let message = "The transactionId was used before, for an event that is gone.";
        Self::new(StatusCode::CONFLICT, "ErrorDuplicateTransactionId", message)
    }

    pub(super) fn stale_change_key() -> Self {
        let message = "The send or update operation could not be performed because the change key \
                       passed in the request does not match the current change key for the item.";
        Self::new(StatusCode::CONFLICT, "ErrorIrresolvableConflict", message)
    }

    pub(super) fn precondition_failed() -> Self {
        let message = "The etag does not match the current item.";
        Self::new(StatusCode::PRECONDITION_FAILED, "ErrorIrresolvableConflict", message)
    }

    pub(super) fn sync_state_lost(start_anew: String) -> Self {
        let message = "The sync state generation is not found; continuing from the last delta \
                       link is not possible.";
        let error = Self::new(StatusCode::GONE, "SyncStateNotFound", message);
        Self { location: Some(start_anew.into()), ..error }
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let mut response = graph_error(self.status, self.code, &self.message).into_response();
        if let Some(value) = self.location.and_then(|text| HeaderValue::from_str(&text).ok()) {
            response.headers_mut().insert(header::LOCATION, value);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(r#"Bearer realm="", error="invalid_token""#);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
