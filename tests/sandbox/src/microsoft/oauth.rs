use axum::http::StatusCode;
use serde_json::{Value, json};

use super::error::graph_error;
use crate::clock::now;
use crate::oauth::{Answer, Dialect, Failure, Issued, RefreshPolicy, TokenRefusal};
use crate::params::Params;
use crate::random;

pub(super) struct MicrosoftOAuth;

const PROTOCOL_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// First words of the delegated Graph permissions that this sandbox knows.
const RESOURCES: [&str; 7] =
    ["Calendars", "Contacts", "Mail", "MailboxSettings", "People", "Tasks", "User"];

/// A scope without the resource it may be prefixed with.
pub(super) fn bare_scope(scope: &str) -> &str {
    scope.strip_prefix("https://graph.microsoft.com/").unwrap_or(scope)
}

impl Dialect for MicrosoftOAuth {
    fn vendor(&self) -> &'static str {
        "Microsoft"
    }

    fn knows_scope(&self, scope: &str) -> bool {
        let known = |(resource, right): (&str, &str)| {
            let resource = RESOURCES.iter().any(|name| name.eq_ignore_ascii_case(resource));
            resource && right.to_lowercase().starts_with("read")
        };
        PROTOCOL_SCOPES.contains(&scope) || bare_scope(scope).split_once('.').is_some_and(known)
    }

    fn check(&self, ask: &Params) -> Result<(), (&'static str, &'static str)> {
        match ask.get("response_mode") {
            None | Some("query") => Ok(()),
            Some(_) => Err(("invalid_request", "Only response_mode=query is supported here.")),
        }
    }

    fn access_token_prefix(&self) -> &'static str {
        "EwB4"
    }

    fn refresh_token_prefix(&self) -> &'static str {
        "0.AX"
    }

    fn code_prefix(&self) -> &'static str {
        "M.C5"
    }

    fn gives_refresh_token(&self, _: &Params, scopes: &[String], _: bool) -> bool {
        scopes.iter().any(|scope| scope == "offline_access")
    }

    fn refresh_policy(&self) -> RefreshPolicy {
        RefreshPolicy::Rotate
    }

    fn revocation_reaches_access_tokens(&self) -> bool {
        true
    }

    fn token_answer(&self, issued: &Issued) -> Value {
        let scopes: Vec<_> =
            issued.scopes.iter().map(String::as_str).filter(|s| *s != "offline_access").collect();
        let mut answer = json!({
            "token_type": "Bearer",
            "scope": scopes.join(" "),
            "expires_in": issued.expires_in,
            "ext_expires_in": issued.expires_in,
            "access_token": issued.access_token,
        });
        if let Some(token) = &issued.refresh_token {
            answer["refresh_token"] = json!(token);
        }
        answer
    }

    fn refusal(&self, refusal: &TokenRefusal) -> (StatusCode, Value) {
        let (error, number, message) = match refusal {
            TokenRefusal::MissingParameter("client_secret") => (
                "invalid_client",
                7_000_218,
                "The request body must contain 'client_assertion' or 'client_secret'.".to_owned(),
            ),
            TokenRefusal::MissingParameter(name) => (
                "invalid_request",
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            ),
            TokenRefusal::MissingClient => (
                "invalid_request",
                900_144,
                "The request body must contain the following parameter: 'client_id'.".to_owned(),
            ),
            TokenRefusal::UnknownClient => (
                "unauthorized_client",
                700_016,
                "The application was not found in the directory.".to_owned(),
            ),
            TokenRefusal::WrongSecret => {
                ("invalid_client", 7_000_215, "Invalid client secret provided.".to_owned())
            }
            TokenRefusal::UnsupportedGrantType(_) => (
                "unsupported_grant_type",
                70_003,
                "The app requested an unsupported grant type.".to_owned(),
            ),
            TokenRefusal::UnknownCode => (
                "invalid_grant",
                9_002_313,
                "Invalid request. Request is malformed or invalid.".to_owned(),
            ),
            TokenRefusal::DeadCode => (
                "invalid_grant",
                54_005,
                "OAuth2 Authorization code was already redeemed or has expired.".to_owned(),
            ),
            TokenRefusal::RedirectUriMismatch => (
                "invalid_grant",
                500_112,
                "The reply address does not match the one of the authorization request.".to_owned(),
            ),
            TokenRefusal::MissingVerifier | TokenRefusal::WrongVerifier => (
                "invalid_grant",
                501_481,
                "The Code_Verifier does not match the code_challenge.".to_owned(),
            ),
            TokenRefusal::DeadRefreshToken => (
                "invalid_grant",
                70_000,
                "The provided value for the 'refresh_token' parameter is not valid.".to_owned(),
            ),
            TokenRefusal::ScopeNotGranted => (
                "invalid_grant",
                65_001,
                "The user or administrator has not consented to use the application.".to_owned(),
            ),
            TokenRefusal::NotAForm => (
                "invalid_request",
                900_561,
                "The endpoint only accepts application/x-www-form-urlencoded.".to_owned(),
            ),
        };
        let status = match error {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, error_body(error, number, &message))
    }

    fn headers(&self, _: StatusCode) -> Vec<(&'static str, String)> {
        vec![("request-id", random::uuid())]
    }

    fn failure(&self, failure: Failure) -> Answer {
        match failure {
            Failure::TooManyRequests => {
                let message = "Application is over its MailboxConcurrency limit.";
                graph_error(StatusCode::TOO_MANY_REQUESTS, "ApplicationThrottled", message)
            }
            Failure::ForbiddenRateLimit => {
                graph_error(StatusCode::FORBIDDEN, "TooManyRequests", "Too many requests.")
            }
            Failure::Internal => {
                let message = "An internal server error occurred.";
                graph_error(StatusCode::INTERNAL_SERVER_ERROR, "ErrorInternalServerError", message)
            }
            Failure::Unavailable => {
                let message = "The service is temporarily unavailable.";
                graph_error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
            }
            Failure::SyncTokenExpired => {
                let message = "The sync state generation is not found.";
                graph_error(StatusCode::GONE, "SyncStateNotFound", message)
            }
        }
    }
}

pub(super) fn error_body(error: &str, number: u32, message: &str) -> Value {
    let (trace, correlation) = (random::uuid(), random::uuid());
    let timestamp = now().format("%Y-%m-%d %H:%M:%SZ").to_string();
    let description = format!(
        "AADSTS{number}: {message} Trace ID: {trace} Correlation ID: {correlation} \
         Timestamp: {timestamp}"
    );
    json!({
        "error": error,
        "error_description": description,
        "error_codes": [number],
        "timestamp": timestamp,
        "trace_id": trace,
        "correlation_id": correlation,
    })
}
