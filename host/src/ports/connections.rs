use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Claim, DueToken, Lease, LeaseEnd, StoreError};
use crate::domain::{
    connection::{Connection, Integration, IntegrationStatus, SealedTokens, StoredToken},
    ids::{IntegrationId, ProviderId, UserId},
};

/// What a finished OAuth flow leaves behind.
#[derive(Clone)]
pub struct NewConnection {
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// The account.
    pub meta: Map<String, Value>,
    /// The fields of `meta` that tell one account from another.
    pub identity: Vec<String>,
    /// The tokens, encrypted.
    pub tokens: SealedTokens,
}

/// Connections of users to providers. Users come into being with their first row.
#[async_trait]
pub trait IntegrationRepository: Send + Sync {
    /// A user's connection with its token, in one statement; `None` where the user or the
    /// connection does not exist. While a token is fresh it may be told as it was a few seconds ago,
    /// but never as it was before a write through this port or the token store.
    async fn connection(
        &self,
        user: &UserId,
        provider: &ProviderId,
    ) -> Result<Option<Connection>, StoreError>;

    /// All of a user's connections, by provider name; empty for an unknown user.
    async fn list(&self, user: &UserId) -> Result<Vec<Integration>, StoreError>;

    /// Makes or renews a connection: status `active`, no last error, the given scopes, meta and
    /// tokens, with a token version above any that it had before. One transaction. Two at once for
    /// the same user and provider both succeed; the later one stays. The user is made if missing.
    /// Where one of the identity's fields was known and is another now, it is another account: the
    /// links to contacts and deals go, because another account may have objects with the same ids.
    /// Links that wait to be settled, because the connection did not work, become due.
    async fn connect(
        &self,
        user: &UserId,
        provider: &ProviderId,
        new: &NewConnection,
        now: DateTime<Utc>,
    ) -> Result<Integration, StoreError>;

    /// Sets status and last error; `false` where there is no such connection. `guard`: only while
    /// the stored token has this version (a user who just connected again must not be marked by
    /// what an older token did).
    async fn set_status(
        &self,
        id: IntegrationId,
        status: IntegrationStatus,
        last_error: Option<&str>,
        guard: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Ends a connection: status `revoked`, tokens deleted, and `revoke` (the ciphertext of a token
    /// to revoke at the vendor) queued, in one transaction. Ending it again changes nothing.
    /// Answers with the queued revocation, if one was queued.
    async fn disconnect(
        &self,
        id: IntegrationId,
        revoke: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRevocation>, StoreError>;

    /// Erases a user and all that is kept of them (connections, tokens, links, sync states,
    /// sessions, OAuth attempts, idempotency keys), in one transaction; pending revocations stay.
    /// `false` for an unknown user.
    async fn erase_user(&self, user: &UserId) -> Result<bool, StoreError>;
}

/// The tokens of connections.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// A connection's token; `None` after a disconnect.
    async fn load(&self, id: IntegrationId) -> Result<Option<StoredToken>, StoreError>;

    /// Replaces a token if its version is still `version`, and adds one to it. A refresh token of
    /// `None` keeps the stored one. `scopes`, where given, replaces the connection's. Status becomes
    /// `active` and the last error is cleared. One transaction. `None`, and nothing written, where
    /// the version is another or the token is gone; the new version otherwise. Ends any lease or
    /// rest of the old token, and its failures are forgotten.
    async fn store_if(
        &self,
        id: IntegrationId,
        version: i64,
        tokens: &SealedTokens,
        scopes: Option<&[String]>,
        now: DateTime<Utc>,
    ) -> Result<Option<i64>, StoreError>;

    /// Asks for the right to refresh a token, as long as it has this version. Of any number who ask
    /// at once, on whatever hub, one gets it. `owner` (at most 64 characters) may ask again: its
    /// lease then lasts `length` from now. A lease of no length is over at once. Times are the
    /// database's, because hubs' clocks differ; what would end later than any lease or rest can
    /// was made before that clock was put back, and is over. After `Overtaken`, [`load`](Self::load)
    /// answers with the token that overtook.
    async fn lease(
        &self,
        id: IntegrationId,
        version: i64,
        owner: &str,
        length: Duration,
    ) -> Result<Lease, StoreError>;

    /// Ends `owner`'s lease. `false`, and nothing written, where it has none: it took too long and
    /// another has it, or the token was replaced.
    async fn release(
        &self,
        id: IntegrationId,
        owner: &str,
        end: LeaseEnd,
    ) -> Result<bool, StoreError>;

    /// Leases tokens to `owner`, those that end first before others: of active connections, with
    /// a refresh token, neither leased nor resting. Several hubs at once get different ones; one
    /// may get fewer than there are, or none, while another is choosing.
    async fn claim(
        &self,
        claim: &Claim<'_>,
        owner: &str,
        length: Duration,
    ) -> Result<Vec<DueToken>, StoreError>;
}

/// A token that the vendor shall be told to forget.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingRevocation {
    /// Row.
    pub id: i64,
    /// Which vendor.
    pub provider: ProviderId,
    /// The token's ciphertext.
    pub token_enc: String,
    /// How often it was tried.
    pub attempts: i32,
}

/// Revocations that the vendor has not confirmed yet. They outlive their connection.
#[async_trait]
pub trait RevocationQueue: Send + Sync {
    /// Those that are due, the longest due first, at most `limit`; each is put off by a minute as it is
    /// handed out, so that two workers seldom get the same.
    async fn due(
        &self,
        now: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<PendingRevocation>, StoreError>;

    /// Forgets one: done, or given up. Forgetting it twice is no error.
    async fn forget(&self, id: i64) -> Result<(), StoreError>;

    /// Puts one off, and counts the attempt.
    async fn retry_at(&self, id: i64, at: DateTime<Utc>) -> Result<(), StoreError>;
}
