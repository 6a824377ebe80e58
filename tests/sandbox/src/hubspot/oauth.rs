use axum::http::StatusCode;
use serde_json::{Value, json};

use super::quota::Quota;
use super::store::hub_id;
use crate::oauth::{Answer, Dialect, Failure, Issued, RefreshPolicy, TokenRefusal};
use crate::params::Params;
use crate::random;

#[derive(Default)]
pub(super) struct HubSpotOAuth {
    quota: Quota,
}

/// First words of the scopes that this sandbox knows.
const SCOPE_FAMILIES: [&str; 9] = [
    "oauth",
    "crm",
    "account-info",
    "automation",
    "content",
    "forms",
    "sales-email-read",
    "tickets",
    "timeline",
];

impl Dialect for HubSpotOAuth {
    fn vendor(&self) -> &'static str {
        "HubSpot"
    }

    fn knows_scope(&self, scope: &str) -> bool {
        SCOPE_FAMILIES.contains(&scope.split('.').next().unwrap_or_default())
    }

    fn asked_scopes(&self, ask: &Params) -> Vec<String> {
        let both = [ask.get("scope"), ask.get("optional_scope")];
        both.iter().flatten().flat_map(|s| s.split_whitespace()).map(str::to_owned).collect()
    }

    fn access_token_prefix(&self) -> &'static str {
        "CM"
    }

    fn refresh_token_prefix(&self) -> &'static str {
        "na1-"
    }

    fn code_prefix(&self) -> &'static str {
        "na1-"
    }

    fn gives_refresh_token(&self, _: &Params, _: &[String], _: bool) -> bool {
        true
    }

    fn refresh_policy(&self) -> RefreshPolicy {
        RefreshPolicy::Echo
    }

    fn revocation_reaches_access_tokens(&self) -> bool {
        false
    }

    fn token_answer(&self, issued: &Issued) -> Value {
        json!({
            "token_type": "bearer",
            "access_token": issued.access_token,
            "refresh_token": issued.refresh_token,
            "expires_in": issued.expires_in,
            "hub_id": hub_id(&issued.account),
            "scopes": issued.scopes,
        })
    }

    fn refusal(&self, refusal: &TokenRefusal) -> (StatusCode, Value) {
        let message = match refusal {
            TokenRefusal::MissingParameter(name) => format!("missing or invalid {name}"),
            TokenRefusal::MissingClient | TokenRefusal::UnknownClient => {
                "missing or unknown client id".to_owned()
            }
            TokenRefusal::WrongSecret => "client_id or client_secret is invalid".to_owned(),
            TokenRefusal::UnsupportedGrantType(_) => "grant_type is not supported".to_owned(),
            TokenRefusal::UnknownCode | TokenRefusal::DeadCode => {
                "missing or invalid auth code".to_owned()
            }
            TokenRefusal::RedirectUriMismatch => {
                "redirect_uri does not match the one used when authorizing".to_owned()
            }
            TokenRefusal::MissingVerifier | TokenRefusal::WrongVerifier => {
                "code_verifier does not match".to_owned()
            }
            TokenRefusal::DeadRefreshToken => "missing or invalid refresh token".to_owned(),
            TokenRefusal::ScopeNotGranted => "scope was not granted".to_owned(),
            TokenRefusal::NotAForm => "the body must be a form".to_owned(),
        };
        (StatusCode::BAD_REQUEST, error_body("VALIDATION_ERROR", &message))
    }

    fn failure(&self, failure: Failure) -> Answer {
        let limit = "You have reached your ten_secondly_rolling limit.";
        match failure {
            Failure::TooManyRequests => rate_limited(StatusCode::TOO_MANY_REQUESTS, limit),
            Failure::ForbiddenRateLimit => rate_limited(StatusCode::FORBIDDEN, limit),
            Failure::Internal => {
                let body = error_body("INTERNAL_ERROR", "internal error");
                Answer(StatusCode::INTERNAL_SERVER_ERROR, body)
            }
            Failure::Unavailable => {
                let body = error_body("SERVICE_UNAVAILABLE", "service unavailable");
                Answer(StatusCode::SERVICE_UNAVAILABLE, body)
            }
            Failure::SyncTokenExpired => Answer(StatusCode::GONE, error_body("GONE", "gone")),
        }
    }

    fn headers(&self, status: StatusCode) -> Vec<(&'static str, String)> {
        self.quota.headers(status)
    }
}

/// Without a category, but with an error type.
fn rate_limited(status: StatusCode, message: &str) -> Answer {
    let body = json!({
        "status": "error",
        "message": message,
        "errorType": "RATE_LIMIT",
        "correlationId": random::uuid(),
        "policyName": "TEN_SECONDLY_ROLLING",
        "requestId": random::uuid(),
    });
    Answer(status, body)
}

pub(super) fn error_body(category: &str, message: &str) -> Value {
    json!({
        "status": "error",
        "message": message,
        "correlationId": random::uuid(),
        "category": category,
    })
}
