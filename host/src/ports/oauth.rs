use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use mortise_plugin_api::{ClientAuth, RevokeStyle};
use secrecy::SecretString;
use url::Url;

use super::{OutboundError, OutboundLimits, StoreError};
use crate::domain::{connection::Grant, ids::ProviderId, oauth::OAuthAttempt};

/// Connect attempts between the connect link and the callback, found by the SHA-256 (hex) of their
/// `state`.
#[async_trait]
pub trait OAuthStateStore: Send + Sync {
    /// Keeps a new attempt.
    async fn put(&self, hash: &str, attempt: &OAuthAttempt) -> Result<(), StoreError>;

    /// Binds an attempt to a browser; `None`, and nothing written, where it is unknown, taken or
    /// expired. An attempt that was opened twice belongs to the browser that opened it last.
    async fn bind_browser(
        &self,
        hash: &str,
        browser_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<OAuthAttempt>, StoreError>;

    /// Takes an attempt: of any number of takers one gets it, the others `None`. An expired one is
    /// deleted and not given.
    async fn take(
        &self,
        hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<OAuthAttempt>, StoreError>;

    /// Deletes expired attempts; says how many.
    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StoreError>;
}

/// A vendor's OAuth addresses and this installation's client, after configuration.
#[derive(Debug, Clone)]
pub struct OAuthEndpoints {
    /// Whose they are.
    pub provider: ProviderId,
    /// What they may be asked.
    pub limits: OutboundLimits,
    /// RFC 6749 3.1.
    pub authorize_url: Url,
    /// RFC 6749 3.2.
    pub token_url: Url,
    /// RFC 7009, where the vendor has it.
    pub revoke_url: Option<Url>,
    /// This installation's client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// How it is shown.
    pub client_auth: ClientAuth,
    /// How revocation is asked for.
    pub revoke_style: RevokeStyle,
    /// Between scopes.
    pub scope_separator: String,
    /// Further parameters of the authorize URL.
    pub extra_authorize_params: BTreeMap<String, String>,
    /// Fields of the token endpoint's answer that tell whose account it is.
    pub account_fields: Vec<String>,
}

/// What an authorize URL is made of.
#[derive(Debug, Clone)]
pub struct AuthorizeRequest<'a> {
    /// One-use, random.
    pub state: &'a str,
    /// Where the vendor sends the browser back to.
    pub redirect_uri: &'a str,
    /// The scopes to ask for.
    pub scopes: &'a [String],
    /// The PKCE verifier whose S256 challenge goes along.
    pub verifier: Option<&'a SecretString>,
}

/// A code to be exchanged.
#[derive(Debug, Clone)]
pub struct CodeExchange<'a> {
    /// From the callback.
    pub code: &'a SecretString,
    /// As at the authorize URL.
    pub redirect_uri: &'a str,
    /// The PKCE verifier.
    pub verifier: Option<&'a SecretString>,
}

/// Why a token endpoint gave no grant. Holds nothing of its answer but a known error code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// The code or refresh token is dead: the user must connect again.
    #[error("the vendor refused the grant ({code})")]
    InvalidGrant {
        /// `invalid_grant` and its kin.
        code: String,
    },
    /// The vendor refused for another reason: mostly client id, secret or redirect URI.
    #[error("the vendor refused the request ({code})")]
    Refused {
        /// RFC 6749 5.2 error code, or the status.
        code: String,
    },
    /// An answer that is neither a grant nor an error: empty, HTML, no `access_token`, cut off.
    #[error("the vendor's token endpoint answered with something else than a token")]
    BadAnswer,
    /// Rate limited or failing; nothing is known of the grant.
    #[error("the vendor's token endpoint is failing (status {status})")]
    Failing {
        /// HTTP status.
        status: u16,
    },
    /// No answer at all.
    #[error("the vendor's token endpoint: {0}")]
    Unreachable(#[from] OutboundError),
}

impl GrantError {
    /// Whether the same request may succeed later with nothing changed.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Failing { .. } | Self::Unreachable(_) | Self::BadAnswer)
    }
}

/// Speaks OAuth 2 with a vendor. Nothing is sent twice, and each exchange has the whole time of the
/// endpoints' limits: a refresh is for all who wait for it, not for the one who came first.
#[async_trait]
pub trait OAuthClient: Send + Sync {
    /// The address to send the browser to.
    fn authorize_url(&self, at: &OAuthEndpoints, request: &AuthorizeRequest<'_>) -> Url;

    /// Exchanges a code.
    ///
    /// # Errors
    /// See [`GrantError`].
    async fn exchange(
        &self,
        at: &OAuthEndpoints,
        code: &CodeExchange<'_>,
    ) -> Result<Grant, GrantError>;

    /// Exchanges a refresh token.
    ///
    /// # Errors
    /// See [`GrantError`].
    async fn refresh(
        &self,
        at: &OAuthEndpoints,
        refresh_token: &SecretString,
    ) -> Result<Grant, GrantError>;

    /// Revokes a token. A vendor that does not know it any more has it revoked. Without a
    /// `revoke_url` nothing is done.
    ///
    /// # Errors
    /// See [`GrantError`].
    async fn revoke(&self, at: &OAuthEndpoints, token: &SecretString) -> Result<(), GrantError>;
}
