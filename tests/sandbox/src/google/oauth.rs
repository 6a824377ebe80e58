use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Json;
use serde_json::{Value, json};

use super::Google;
use super::error::ApiError;
use super::methods::{SCOPE_PREFIX, SCOPES};
use crate::oauth::{
    Answer, Dialect, Failure, Issued, RefreshPolicy, TokenRefusal, bearer_token, form,
};
use crate::params::Params;

pub(super) struct GoogleOAuth;

const IDENTITY_SCOPES: [&str; 3] = ["openid", "email", "profile"];
const USERINFO_EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";
const USERINFO_PROFILE: &str = "https://www.googleapis.com/auth/userinfo.profile";

impl Dialect for GoogleOAuth {
    fn vendor(&self) -> &'static str {
        "Google"
    }

    fn issuer(&self) -> Option<&'static str> {
        Some("https://accounts.google.com")
    }

    fn knows_scope(&self, scope: &str) -> bool {
        IDENTITY_SCOPES.contains(&scope)
            || [USERINFO_EMAIL, USERINFO_PROFILE].contains(&scope)
            || scope.strip_prefix(SCOPE_PREFIX).is_some_and(|name| SCOPES.contains(&name))
    }

    fn access_token_prefix(&self) -> &'static str {
        "ya29."
    }

    fn refresh_token_prefix(&self) -> &'static str {
        "1//"
    }

    fn code_prefix(&self) -> &'static str {
        "4/0"
    }

    fn gives_refresh_token(&self, ask: &Params, _: &[String], first_consent: bool) -> bool {
        let forced = ask.get("prompt").is_some_and(|prompt| prompt.contains("consent"));
        ask.get("access_type") == Some("offline") && (forced || first_consent)
    }

    fn adds_earlier_scopes(&self, ask: &Params) -> bool {
        ask.get("include_granted_scopes") == Some("true")
    }

    fn refresh_policy(&self) -> RefreshPolicy {
        RefreshPolicy::Silent
    }

    fn revocation_reaches_access_tokens(&self) -> bool {
        true
    }

    fn token_answer(&self, issued: &Issued) -> Value {
        let mut answer = json!({
            "access_token": issued.access_token,
            "expires_in": issued.expires_in,
            "scope": issued.scopes.join(" "),
            "token_type": "Bearer",
        });
        if let Some(token) = &issued.refresh_token {
            answer["refresh_token"] = json!(token);
        }
        answer
    }

    fn refusal(&self, refusal: &TokenRefusal) -> (StatusCode, Value) {
        let (error, description) = match refusal {
            TokenRefusal::MissingParameter(name) => {
                ("invalid_request", format!("Missing required parameter: {name}"))
            }
            TokenRefusal::MissingClient => {
                ("invalid_request", "Could not determine client ID from request.".to_owned())
            }
            TokenRefusal::UnknownClient => {
                ("invalid_client", "The OAuth client was not found.".to_owned())
            }
            TokenRefusal::WrongSecret => {
                ("invalid_client", "The provided client secret is invalid.".to_owned())
            }
            TokenRefusal::UnsupportedGrantType(given) => {
                ("unsupported_grant_type", format!("Invalid grant_type: {given}"))
            }
            TokenRefusal::UnknownCode => ("invalid_grant", "Malformed auth code.".to_owned()),
            TokenRefusal::DeadCode => ("invalid_grant", "Bad Request".to_owned()),
            TokenRefusal::RedirectUriMismatch => {
                ("redirect_uri_mismatch", "Bad Request".to_owned())
            }
            TokenRefusal::MissingVerifier => ("invalid_grant", "Missing code verifier.".to_owned()),
            TokenRefusal::WrongVerifier => ("invalid_grant", "Invalid code verifier.".to_owned()),
            TokenRefusal::DeadRefreshToken => {
                ("invalid_grant", "Token has been expired or revoked.".to_owned())
            }
            TokenRefusal::ScopeNotGranted => {
                ("invalid_scope", "Some requested scopes were not granted.".to_owned())
            }
            TokenRefusal::NotAForm => (
                "invalid_request",
                "The content type must be application/x-www-form-urlencoded.".to_owned(),
            ),
        };
        let status = match error {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, json!({"error": error, "error_description": description}))
    }

    fn failure(&self, failure: Failure) -> Answer {
        let error = match failure {
            Failure::TooManyRequests => ApiError::rate_limited(StatusCode::TOO_MANY_REQUESTS),
            Failure::ForbiddenRateLimit => ApiError::rate_limited(StatusCode::FORBIDDEN),
            Failure::Internal => ApiError::backend(StatusCode::INTERNAL_SERVER_ERROR),
            Failure::Unavailable => ApiError::backend(StatusCode::SERVICE_UNAVAILABLE),
            Failure::SyncTokenExpired => ApiError::full_sync_required(),
        };
        Answer(error.status(), error.body())
    }
}

/// `POST /revoke` with the token in the form or the query. The whole grant ends.
pub(super) async fn revoke(
    State(google): State<Arc<Google>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let query = Params::parse(query.unwrap_or_default().as_bytes());
    let form = form(&headers, &body).unwrap_or_default();
    let Some(token) = form.get("token").or_else(|| query.get("token")) else {
        let body = json!({
            "error": "invalid_request",
            "error_description": "Missing required parameter: token",
        });
        return Answer(StatusCode::BAD_REQUEST, body);
    };
    if google.oauth.revoke(token) {
        return Answer(StatusCode::OK, json!({}));
    }
    let body = json!({
        "error": "invalid_token",
        "error_description": "Token expired or revoked",
    });
    Answer(StatusCode::BAD_REQUEST, body)
}

/// `oauth2.userinfo.get`: who the token speaks for.
pub(super) async fn userinfo(
    State(google): State<Arc<Google>>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let bearer = bearer_token(&headers)
        .and_then(|token| google.oauth.authenticate(token))
        .ok_or_else(ApiError::bad_credentials)?;
    let scopes = ["openid", "email", "profile", USERINFO_EMAIL, USERINFO_PROFILE];
    if !bearer.scopes.iter().any(|scope| scopes.contains(&scope.as_str())) {
        return Err(ApiError::insufficient_scope(&["openid", USERINFO_EMAIL, USERINFO_PROFILE]));
    }
    Ok(Json(json!({
        "id": google_id(&bearer.account),
        "email": bearer.account,
        "verified_email": true,
    })))
}

/// 21 digits, the same for the same account.
fn google_id(account: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(account);
    let digits = digest.iter().take(19).map(|byte| char::from(b'0' + byte % 10));
    "11".chars().chain(digits).collect()
}
