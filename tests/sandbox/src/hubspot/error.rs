use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::oauth::error_body;
use crate::clock::now;
use crate::oauth::Answer;

/// An error in HubSpot's shape: `{"status", "message", "correlationId", "category"}`, and where
/// they help `"errors": [{"message", "code", "context"}]`, `"context"` and `"links"`.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    category: &'static str,
    message: String,
    errors: Vec<Value>,
    context: Option<(&'static str, Vec<String>)>,
}

/// What is wrong with the value of one property.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) property: String,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl ApiError {
    fn new(status: StatusCode, category: &'static str, message: impl Into<String>) -> Self {
        Self { status, category, message: message.into(), errors: Vec::new(), context: None }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
    }

    /// The message repeats every complaint as JSON, as HubSpot's does.
    pub(super) fn invalid_values(hub_id: u32, complaints: &[Complaint]) -> Self {
        let told = complaints.iter().map(|complaint| {
            json!({
                "isValid": false,
                "message": complaint.message,
                "error": complaint.code,
                "name": complaint.property,
                "localizedErrorMessage": complaint.message,
                "portalId": hub_id,
            })
        });
        let told = Value::Array(told.collect());
        let errors = complaints.iter().map(|complaint| {
            json!({
                "message": complaint.message,
                "code": complaint.code,
                "context": {"propertyName": [complaint.property]},
            })
        });
        let error = Self::invalid(format!("Property values were not valid: {told}"));
        Self { errors: errors.collect(), ..error }
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "OBJECT_NOT_FOUND", "resource not found")
    }

    /// Some of the objects that a batch names are not there.
    pub(super) fn some_not_found(noun: &str, ids: Vec<String>) -> Self {
        let message = format!(
            "Could not get some {} objects, they may be deleted or not exist. Check that ids are \
             valid.",
            noun.to_uppercase()
        );
        let error = Self::new(StatusCode::NOT_FOUND, "OBJECT_NOT_FOUND", message);
        Self { context: Some(("ids", ids)), ..error }
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "The method is not allowed for this address.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
    }

    /// Another contact has the address.
    pub(super) fn address_taken(noun: &str, id: u64) -> Self {
        let message = format!("{noun} already exists. Existing ID: {id}");
        let errors = vec![json!({"message": message, "context": {"propertyName": ["email"]}})];
        Self { errors, ..Self::new(StatusCode::CONFLICT, "CONFLICT", message) }
    }

    /// Another live object holds the value of a property with unique values.
    pub(super) fn value_taken(hub_id: u32, (name, value): (&str, &str), own: u64, id: u64) -> Self {
        Self::invalid(format!(
            "Cannot set PropertyValueCoordinates{{portalId={hub_id}, propertyName={name}, \
             value={value}}} on {own}. {id} already has that value."
        ))
    }

    pub(super) fn property_exists(name: &str) -> Self {
        let message = format!("A property named '{name}' already exists.");
        Self::new(StatusCode::CONFLICT, "CONFLICT", message)
    }

    pub(super) fn unsupported_media_type() -> Self {
        let message = "The content type must be application/json.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
    }

    pub(super) fn no_such_object_type(name: &str) -> Self {
        Self::invalid(format!("Unable to infer object type from: {name}"))
    }

    pub(super) fn invalid_authentication() -> Self {
        let message = "Authentication credentials not found. This API supports OAuth 2.0 \
                       authentication and you can find more details at \
                       https://developers.hubspot.com/docs/methods/auth/oauth-overview";
        Self::new(StatusCode::UNAUTHORIZED, "INVALID_AUTHENTICATION", message)
    }

    pub(super) fn expired_authentication(at: DateTime<Utc>) -> Self {
        let seconds = (now() - at).max(TimeDelta::zero()).num_seconds();
        let message =
            format!("The OAuth token used to make this call expired {seconds} second(s) ago.");
        let error = Self::new(StatusCode::UNAUTHORIZED, "EXPIRED_AUTHENTICATION", message);
        let at = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        Self { context: Some(("expireTime", vec![at])), ..error }
    }

    pub(super) fn missing_scopes(scopes: &[&str]) -> Self {
        let message =
            "This app hasn't been granted all required scopes to make this call.".to_owned();
        let errors = vec![json!({
            "message": "One or more of the following scopes are required.",
            "context": {"requiredGranularScopes": scopes},
        })];
        Self { errors, ..Self::new(StatusCode::FORBIDDEN, "MISSING_SCOPES", message) }
    }

    fn body(self) -> Value {
        let mut body = error_body(self.category, &self.message);
        if !self.errors.is_empty() {
            body["errors"] = Value::Array(self.errors);
        }
        if let Some((name, values)) = self.context {
            body["context"] = json!({name: values});
        }
        body
    }

    /// As one of the `errors` of a 207 answer.
    pub(super) fn in_batch(mut self, of: Option<&str>) -> Value {
        if let Some(of) = of {
            self.context.get_or_insert_with(|| ("objectWriteTraceId", vec![of.to_owned()]));
        }
        let context = self.context.map(|(name, values)| json!({name: values}));
        json!({
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": context.unwrap_or_else(|| json!({})),
            "links": {},
            "errors": self.errors,
        })
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        Answer(self.status, self.body()).into_response()
    }
}
