use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde_json::Value;

use crate::params::Params;

/// What a refresh answers besides the new access token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshPolicy {
    /// No refresh token: the client keeps the one it has.
    Silent,
    /// The same refresh token again.
    Echo,
    /// A new refresh token; the old one is spent, and its reuse ends the grant.
    Rotate,
}

/// Tokens just issued, before they are put in the vendor's JSON.
pub(crate) struct Issued {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) expires_in: i64,
    pub(crate) scopes: Vec<String>,
    pub(crate) account: String,
}

/// Why the token endpoint says no.
pub(crate) enum TokenRefusal {
    MissingParameter(&'static str),
    MissingClient,
    UnknownClient,
    WrongSecret,
    UnsupportedGrantType(String),
    /// Never issued, or to another client.
    UnknownCode,
    /// Used before, or too old.
    DeadCode,
    RedirectUriMismatch,
    MissingVerifier,
    WrongVerifier,
    /// Unknown, spent, revoked, or of another client.
    DeadRefreshToken,
    /// A refresh asks for more than was granted.
    ScopeNotGranted,
    /// Something else than a form was posted.
    NotAForm,
}

/// A failure of the vendor itself.
#[derive(Clone, Copy)]
pub(crate) enum Failure {
    TooManyRequests,
    ForbiddenRateLimit,
    Internal,
    Unavailable,
    SyncTokenExpired,
}

/// A status and a JSON body in the vendor's format.
pub(crate) struct Answer(pub(crate) StatusCode, pub(crate) Value);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

/// The differences between the vendors' OAuth.
pub(crate) trait Dialect: Send + Sync + 'static {
    /// For people, on the consent page.
    fn vendor(&self) -> &'static str;

    /// `iss` of the authorization response (RFC 9207), where the vendor sends it.
    fn issuer(&self) -> Option<&'static str> {
        None
    }

    fn knows_scope(&self, scope: &str) -> bool;

    /// All scopes that the authorize request asks for, in order.
    fn asked_scopes(&self, ask: &Params) -> Vec<String> {
        ask.get("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }

    /// Further checks of the authorize request: the OAuth error code and its description.
    fn check(&self, _ask: &Params) -> Result<(), (&'static str, &'static str)> {
        Ok(())
    }

    fn access_token_prefix(&self) -> &'static str;

    fn refresh_token_prefix(&self) -> &'static str;

    fn code_prefix(&self) -> &'static str;

    /// Whether the exchange of a code gives a refresh token. `first_consent`: the account had no
    /// living grant for this client.
    fn gives_refresh_token(&self, ask: &Params, scopes: &[String], first_consent: bool) -> bool;

    /// Whether scopes of the account's earlier living grants are added.
    fn adds_earlier_scopes(&self, _ask: &Params) -> bool {
        false
    }

    fn refresh_policy(&self) -> RefreshPolicy;

    /// Whether revoking a refresh token ends its access tokens too.
    fn revocation_reaches_access_tokens(&self) -> bool;

    fn token_answer(&self, issued: &Issued) -> Value;

    fn refusal(&self, refusal: &TokenRefusal) -> (StatusCode, Value);

    fn failure(&self, failure: Failure) -> Answer;

    /// Headers, in lower case, that every answer carries beside its own.
    fn headers(&self, _status: StatusCode) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
