use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::HubSpot;
use crate::oauth::{Answer, Bearer, Dialect, Failure, Issued, RefreshPolicy, TokenRefusal, form};
use crate::params::Params;
use crate::random;

pub(super) struct HubSpotOAuth;

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
}

fn rate_limited(status: StatusCode, message: &str) -> Answer {
    let mut body = error_body("RATE_LIMITS", message);
    body["errorType"] = json!("RATE_LIMIT");
    body["policyName"] = json!("TEN_SECONDLY_ROLLING");
    Answer(status, body)
}

fn error_body(category: &str, message: &str) -> Value {
    json!({
        "status": "error",
        "message": message,
        "correlationId": random::uuid(),
        "category": category,
    })
}

pub(super) fn not_found() -> Answer {
    Answer(StatusCode::NOT_FOUND, error_body("OBJECT_NOT_FOUND", "resource not found"))
}

/// A form that names the client, its secret and a token.
fn token_of_client(hubspot: &HubSpot, headers: &HeaderMap, body: &Bytes) -> Result<String, Answer> {
    let refuse = |refusal| {
        let (status, body) = hubspot.oauth.dialect().refusal(&refusal);
        Answer(status, body)
    };
    let form = form(headers, body).ok_or_else(|| refuse(TokenRefusal::NotAForm))?;
    hubspot.oauth.authenticate_client(&form, None).map_err(refuse)?;
    let token = form.get("token").ok_or_else(|| refuse(TokenRefusal::MissingParameter("token")))?;
    Ok(token.to_owned())
}

/// Ends a refresh token. Access tokens made from it live on until they expire.
pub(super) async fn revoke(
    State(hubspot): State<Arc<HubSpot>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let token = token_of_client(&hubspot, &headers, &body)?;
    if !hubspot.oauth.revoke(&token) {
        let body = error_body("VALIDATION_ERROR", "missing or invalid token");
        return Err(Answer(StatusCode::BAD_REQUEST, body));
    }
    Ok(Answer(StatusCode::OK, json!({})))
}

/// What a token is good for (RFC 7662); an unknown one is `{"active": false}`.
pub(super) async fn introspect(
    State(hubspot): State<Arc<HubSpot>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let token = token_of_client(&hubspot, &headers, &body)?;
    let oauth = &hubspot.oauth;
    let facts = |bearer: Bearer, token_use: &str| {
        json!({
            "active": true,
            "token_use": token_use,
            "token_type": "bearer",
            "client_id": oauth.client_id(),
            "hub_id": hub_id(&bearer.account),
            "user_id": hub_id(&bearer.account) % 100_000,
            "app_id": 99,
            "hub_domain": bearer.account.split('@').nth(1),
            "expires_in": bearer.expires_in,
            "scopes": bearer.scopes,
        })
    };
    let body = if let Some(bearer) = oauth.authenticate(&token) {
        facts(bearer, "access_token")
    } else if let Some(bearer) = oauth.holder_of_refresh_token(&token) {
        facts(bearer, "refresh_token")
    } else {
        json!({"active": false})
    };
    Ok(Answer(StatusCode::OK, body))
}

/// The same portal for the same account.
fn hub_id(account: &str) -> u32 {
    let digest = Sha256::digest(account);
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % 100_000_000
}
