//! A connect attempt that waits for its callback.

use chrono::{DateTime, Utc};

use super::ids::{ProviderId, UserId};

/// What is kept between the connect link and the callback. It can be taken once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthAttempt {
    /// Who connects.
    pub user: UserId,
    /// To what.
    pub provider: ProviderId,
    /// SHA-256 of the browser's cookie, hex; `None` until the connect page was opened.
    pub browser_hash: Option<String>,
    /// The PKCE verifier's ciphertext, where the provider uses PKCE.
    pub verifier_enc: Option<String>,
    /// The callback address that the vendor was given.
    pub redirect_uri: String,
    /// The scopes asked for.
    pub scopes: Vec<String>,
    /// Where the browser goes afterwards; on the allowlist.
    pub return_to: Option<String>,
    /// The exact origin of the page that opened the window; on the allowlist.
    pub opener_origin: Option<String>,
    /// No callback is taken after it.
    pub expires_at: DateTime<Utc>,
}
