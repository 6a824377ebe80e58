//! One user's connection to one provider, and its tokens as they are kept.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::ids::{IntegrationId, ProviderId, UserKey};

/// How a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntegrationStatus {
    /// Works, as far as is known.
    Active,
    /// The vendor refused the refresh token: the user must connect again.
    NeedsReauth,
    /// The user disconnected.
    Revoked,
    /// The stored tokens cannot be read: connect again, or give the right key back.
    Error,
}

impl IntegrationStatus {
    /// As in the database and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NeedsReauth => "needs_reauth",
            Self::Revoked => "revoked",
            Self::Error => "error",
        }
    }

    /// From the database; `None` for a word of a later version.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::NeedsReauth, Self::Revoked, Self::Error]
            .into_iter()
            .find(|status| status.as_str() == name)
    }
}

/// A row of `integrations`.
#[derive(Debug, Clone, PartialEq)]
pub struct Integration {
    /// Row.
    pub id: IntegrationId,
    /// Whose.
    pub user: UserKey,
    /// Which vendor.
    pub provider: ProviderId,
    /// How it stands.
    pub status: IntegrationStatus,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// The provider's account, as `identify` told.
    pub meta: Map<String, Value>,
    /// What went wrong last, for people; `None` once it works again.
    pub last_error: Option<String>,
    /// First connected.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// A row of `integration_tokens`: encrypted, with the version that guards its replacement.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// The access token's ciphertext.
    pub access_token_enc: String,
    /// The refresh token's ciphertext.
    pub refresh_token_enc: Option<String>,
    /// When it came.
    pub issued_at: DateTime<Utc>,
    /// When the access token ends; `None` where the vendor did not say.
    pub expires_at: Option<DateTime<Utc>>,
    /// `Bearer`.
    pub token_type: String,
    /// Grows with every replacement.
    pub version: i64,
}

// Even ciphertext has no business in a log.
impl std::fmt::Debug for StoredToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredToken")
            .field("expires_at", &self.expires_at)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Tokens to be kept, encrypted already; the version is the store's.
#[derive(Clone)]
pub struct SealedTokens {
    /// The access token's ciphertext.
    pub access_token_enc: String,
    /// The refresh token's ciphertext; `None` keeps the stored one on a refresh, and means that
    /// there is none on a connect.
    pub refresh_token_enc: Option<String>,
    /// When the access token ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// `Bearer`.
    pub token_type: String,
}

/// A connection with its token, as one statement reads them.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// The connection.
    pub integration: Integration,
    /// Its token; `None` after a disconnect.
    pub token: Option<StoredToken>,
}

/// What the vendor's token endpoint granted, in clear.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The access token.
    pub access_token: SecretString,
    /// The refresh token, where one came.
    pub refresh_token: Option<SecretString>,
    /// Seconds that the access token lives, where told.
    pub expires_in: Option<u64>,
    /// The granted scopes, where told.
    pub scopes: Option<Vec<String>>,
    /// `Bearer` in all known cases.
    pub token_type: String,
    /// What the answer said of the account, in the fields that were asked for.
    pub account: Map<String, Value>,
}
