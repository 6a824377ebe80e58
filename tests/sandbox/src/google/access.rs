use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::Google;
use super::error::ApiError;
use super::methods::{COMMON_PARAMETERS, Kind, Method, SCOPE_PREFIX};
use super::time::parse_instant;
use crate::oauth::bearer_token;
use crate::params::Params;

/// A call of the Calendar API before anything about it was checked.
pub(super) struct ApiCall {
    pub(super) headers: HeaderMap,
    pub(super) query: Params,
    body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for ApiCall {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let headers = request.headers().clone();
        let query = Params::parse(request.uri().query().unwrap_or_default().as_bytes());
        let body =
            Bytes::from_request(request, state).await.map_err(|_| ApiError::parse_error())?;
        Ok(Self { headers, query, body })
    }
}

impl ApiCall {
    /// The JSON object that was sent.
    pub(super) fn object(&self) -> Result<Map<String, Value>, ApiError> {
        let json = self
            .headers
            .get("content-type")
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
        if !json {
            return Err(ApiError::bad_request("The content type must be application/json."));
        }
        serde_json::from_slice(&self.body).map_err(|_| ApiError::parse_error())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.query.get(name) == Some("true")
    }

    /// An integer parameter, already known to be one.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.query.get(name)?.parse().ok()
    }
}

impl Google {
    /// Lets the call in, and names its account: a living token, then parameters that the method
    /// knows with values of their kind, then one of the method's scopes.
    pub(super) fn admit(&self, call: &ApiCall, method: &Method) -> Result<String, ApiError> {
        let bearer = bearer_token(&call.headers)
            .and_then(|token| self.oauth.authenticate(token))
            .ok_or_else(ApiError::bad_credentials)?;
        for (name, value) in call.query.pairs() {
            if COMMON_PARAMETERS.contains(&name) {
                continue;
            }
            let known = method.parameters.iter().find(|(known, _)| *known == name);
            let (_, kind) = known.ok_or_else(|| ApiError::unknown_parameter(name))?;
            if !fits(*kind, value) {
                return Err(ApiError::bad_parameter(name, value));
            }
        }
        let granted = |scope: &String| {
            scope.strip_prefix(SCOPE_PREFIX).is_some_and(|name| method.scopes.contains(&name))
        };
        if !bearer.scopes.iter().any(granted) {
            let scopes: Vec<_> =
                method.scopes.iter().map(|name| format!("{SCOPE_PREFIX}{name}")).collect();
            let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
            return Err(ApiError::insufficient_scope(&scopes));
        }
        Ok(bearer.account)
    }
}

fn fits(kind: Kind, value: &str) -> bool {
    match kind {
        Kind::Text => true,
        Kind::Boolean => matches!(value, "true" | "false"),
        Kind::DateTime => parse_instant(value).is_some(),
        Kind::Integer { min, max } => {
            value.parse::<i64>().is_ok_and(|number| (min..=max).contains(&number))
        }
        Kind::OneOf(values) => values.contains(&value),
    }
}
