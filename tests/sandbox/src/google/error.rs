use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Value, json};

/// An error in the shape of the Calendar API:
/// `{"error": {"code", "message", "errors": [{"domain", "reason", "message", ...}]}}`.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    domain: &'static str,
    reason: &'static str,
    message: String,
    location: Option<Location>,
    /// `WWW-Authenticate`.
    challenge: Option<Box<str>>,
}

/// `locationType` and `location`.
#[derive(Debug)]
enum Location {
    Parameter(Box<str>),
    Header(&'static str),
}

impl ApiError {
    fn new(status: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, domain: "global", reason, message, location: None, challenge: None }
    }

    fn in_calendar(self) -> Self {
        Self { domain: "calendar", ..self }
    }

    fn at_parameter(self, name: &str) -> Self {
        Self { location: Some(Location::Parameter(name.into())), ..self }
    }

    pub(crate) fn bad_credentials() -> Self {
        let mut error = Self::new(StatusCode::UNAUTHORIZED, "authError", "Invalid Credentials");
        error.location = Some(Location::Header("Authorization"));
        let challenge = r#"Bearer realm="https://accounts.google.com/", error="invalid_token""#;
        error.challenge = Some(challenge.into());
        error
    }

    pub(crate) fn insufficient_scope(scopes: &[&str]) -> Self {
        let message = "Request had insufficient authentication scopes.";
        let mut error = Self::new(StatusCode::FORBIDDEN, "insufficientPermissions", message);
        let challenge = format!(
            r#"Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="{}""#,
            scopes.join(" ")
        );
        error.challenge = Some(challenge.into());
        error
    }

    pub(crate) fn needs_writer() -> Self {
        let message = "You need to have writer access to this calendar.";
        Self::new(StatusCode::FORBIDDEN, "requiredAccessLevel", message).in_calendar()
    }

    pub(crate) fn unknown_parameter(name: &str) -> Self {
        let message = format!(
            "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. \
             Field '{name}' could not be found in request message."
        );
        Self::new(StatusCode::BAD_REQUEST, "badRequest", message).at_parameter(name)
    }

    pub(crate) fn bad_parameter(name: &str, value: &str) -> Self {
        let message = format!("Invalid value for {name}: {value}");
        Self::new(StatusCode::BAD_REQUEST, "invalidParameter", message).at_parameter(name)
    }

    pub(crate) fn parse_error() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "parseError", "Parse Error")
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", message)
    }

    pub(crate) fn required(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "required", message)
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "badRequest", message)
    }

    pub(crate) fn calendar_rule(reason: &'static str, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason, message).in_calendar()
    }

    pub(crate) fn time_range_empty() -> Self {
        Self::calendar_rule("timeRangeEmpty", "The specified time range is empty.")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "notFound", "Not Found")
    }

    pub(crate) fn duplicate() -> Self {
        let message = "The requested identifier already exists.";
        Self::new(StatusCode::CONFLICT, "duplicate", message)
    }

    pub(crate) fn deleted() -> Self {
        Self::new(StatusCode::GONE, "deleted", "Resource has been deleted")
    }

    pub(crate) fn full_sync_required() -> Self {
        let message = "Sync token is no longer valid, a full sync is required.";
        let error = Self::new(StatusCode::GONE, "fullSyncRequired", message);
        error.in_calendar().at_parameter("syncToken")
    }

    pub(crate) fn condition_not_met() -> Self {
        let reason = "conditionNotMet";
        let mut error = Self::new(StatusCode::PRECONDITION_FAILED, reason, "Precondition Failed");
        error.location = Some(Location::Header("If-Match"));
        error
    }

    pub(crate) fn rate_limited(status: StatusCode) -> Self {
        let error = Self::new(status, "rateLimitExceeded", "Rate Limit Exceeded");
        Self { domain: "usageLimits", ..error }
    }

    pub(crate) fn backend(status: StatusCode) -> Self {
        Self::new(status, "backendError", "Backend Error")
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn body(&self) -> Value {
        let mut entry =
            json!({"domain": self.domain, "reason": self.reason, "message": self.message});
        if let Some(location) = &self.location {
            let (kind, at) = match location {
                Location::Parameter(name) => ("parameter", &**name),
                Location::Header(name) => ("header", *name),
            };
            entry["locationType"] = json!(kind);
            entry["location"] = json!(at);
        }
        json!({"error": {
            "errors": [entry],
            "code": self.status.as_u16(),
            "message": self.message,
        }})
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        if let Some(value) = self.challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}
