use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::keys::{ApiKey, Right, Session};

/// API keys, found by the SHA-256 of the key (hex).
#[async_trait]
pub trait ApiKeyStore: Send + Sync {
    /// Keeps a new key; `None`, and nothing written, where the name is taken (also by a revoked
    /// key).
    async fn create(
        &self,
        name: &str,
        hash: &str,
        rights: &[Right],
        now: DateTime<Utc>,
    ) -> Result<Option<ApiKey>, StoreError>;

    /// A key that is not revoked.
    async fn find(&self, hash: &str) -> Result<Option<ApiKey>, StoreError>;

    /// All keys, revoked ones included, by name.
    async fn list(&self) -> Result<Vec<ApiKey>, StoreError>;

    /// Revokes by name; its sessions end with it. `false` where no live key has the name.
    async fn revoke(&self, name: &str, now: DateTime<Utc>) -> Result<bool, StoreError>;
}

/// Browser sessions, found by the SHA-256 of the token (hex).
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Keeps a new session. The user is made if missing.
    async fn put(
        &self,
        hash: &str,
        session: &Session,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// A session that has not ended and whose API key is not revoked.
    async fn find(&self, hash: &str, now: DateTime<Utc>) -> Result<Option<Session>, StoreError>;

    /// Deletes ended sessions; says how many.
    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StoreError>;
}
