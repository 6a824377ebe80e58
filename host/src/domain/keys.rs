//! Who may call: API keys and browser sessions.

use chrono::{DateTime, Utc};

use super::ids::{ProviderId, UserId};

/// A right beyond the ordinary calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// Reads access tokens.
    Tokens,
    /// Calls the vendor's API through the hub.
    Proxy,
    /// Erases users.
    Admin,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tokens, Self::Proxy, Self::Admin];

    /// As on the command line and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Proxy => "proxy",
            Self::Admin => "admin",
        }
    }

    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == name)
    }
}

/// An API key as it is kept: the key itself is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Row.
    pub id: i64,
    /// What the operator calls it; unique.
    pub name: String,
    /// What it may do beyond the ordinary.
    pub rights: Vec<Right>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Set once it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A browser's short-lived token for one user, as it is kept: the token itself is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub user: UserId,
    /// The providers it may use; `None`: all.
    pub providers: Option<Vec<ProviderId>>,
    /// The pages it may be used from; `None`: as configured.
    pub origins: Option<Vec<String>>,
    /// The key that minted it: a revoked key's sessions are over.
    pub api_key: i64,
    /// Its end.
    pub expires_at: DateTime<Utc>,
}
