//! Connections with fresh tokens, kept in memory for a few seconds.
//!
//! Laid over the stores it answers for them. What this process writes shows at once; what another
//! process on the same database writes shows when the entry is over. Only working connections are
//! kept: whoever has none, or must connect again, is looked up each time.

mod cipher;
mod stamps;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use moka::sync::Cache;

use self::{cipher::Opened, stamps::Stamps};
use crate::{
    domain::{
        connection::{Connection, Integration, IntegrationStatus, SealedTokens, StoredToken},
        ids::{IntegrationId, ProviderId, UserId},
    },
    ports::{
        Cipher, Claim, Clock, DueToken, IntegrationRepository, Lease, LeaseEnd, NewConnection,
        PendingRevocation, StoreError, TokenStore,
    },
};

/// Bytes that connections may take, and opened tokens once more.
const CAPACITY: u64 = 32 << 20;
/// What a connection takes beside its tokens, about.
const BESIDE_TOKENS: usize = 1024;

/// How long tokens are believed.
#[derive(Debug, Clone, Copy)]
pub struct HotTokenSettings {
    /// How long an entry lives.
    pub ttl: Duration,
    /// An access token with less than this to live is not taken from memory.
    pub margin: chrono::Duration,
}

/// The stores below.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is documented at its port")]
pub struct ColdStores {
    pub connections: Arc<dyn IntegrationRepository>,
    pub tokens: Arc<dyn TokenStore>,
    pub cipher: Arc<dyn Cipher>,
    pub clock: Arc<dyn Clock>,
}

/// The decorator of three ports: connections, tokens, cipher.
pub struct HotTokens {
    below: ColdStores,
    settings: HotTokenSettings,
    hot: Cache<(UserId, ProviderId), Arc<Hot>>,
    opened: Opened,
    stamps: Stamps,
}

/// A connection as it was read.
struct Hot {
    connection: Connection,
    read_at: DateTime<Utc>,
    as_of: u64,
}

impl HotTokens {
    /// Over these stores.
    #[must_use]
    pub fn new(below: ColdStores, settings: HotTokenSettings) -> Self {
        let weigh = |_: &(UserId, ProviderId), hot: &Arc<Hot>| weight(&hot.connection);
        let hot = Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(weigh)
            // By a clock that nobody puts back: memory is given up although nobody asks.
            .time_to_live(settings.ttl)
            .build();
        let opened = Opened::new(CAPACITY, settings.ttl);
        Self { below, settings, hot, opened, stamps: Stamps::default() }
    }

    fn is_good(&self, user: &UserId, hot: &Hot) -> bool {
        let now = self.below.clock.now();
        let age = (now - hot.read_at).to_std();
        age.is_ok_and(|age| age < self.settings.ttl)
            && self.is_fresh(&hot.connection, now)
            && self.stamps.untouched(user, hot.as_of)
            && self.stamps.untouched(hot.connection.integration.id, hot.as_of)
    }

    /// Whether it works, with a token that needs no refresh yet.
    fn is_fresh(&self, connection: &Connection, now: DateTime<Utc>) -> bool {
        let lives = |token: &StoredToken| {
            token.expires_at.is_none_or(|end| end - self.settings.margin > now)
        };
        connection.integration.status == IntegrationStatus::Active
            && connection.token.as_ref().is_some_and(lives)
    }
}

fn weight(connection: &Connection) -> u32 {
    let of = |token: &StoredToken| {
        token.access_token_enc.len() + token.refresh_token_enc.as_ref().map_or(0, String::len)
    };
    let tokens = connection.token.as_ref().map_or(0, of);
    u32::try_from(tokens + BESIDE_TOKENS).unwrap_or(u32::MAX)
}

#[async_trait]
impl IntegrationRepository for HotTokens {
    async fn connection(
        &self,
        user: &UserId,
        provider: &ProviderId,
    ) -> Result<Option<Connection>, StoreError> {
        let key = (user.clone(), provider.clone());
        if let Some(hot) = self.hot.get(&key).filter(|hot| self.is_good(user, hot)) {
            return Ok(Some(hot.connection.clone()));
        }
        let (as_of, read_at) = (self.stamps.now(), self.below.clock.now());
        let found = self.below.connections.connection(user, provider).await?;
        match &found {
            Some(connection) if self.is_fresh(connection, read_at) => {
                if let Some(token) = &connection.token {
                    self.opened.expect(&token.access_token_enc);
                }
                let connection = connection.clone();
                self.hot.insert(key, Arc::new(Hot { connection, read_at, as_of }));
            }
            _ => self.hot.invalidate(&key),
        }
        Ok(found)
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Integration>, StoreError> {
        self.below.connections.list(user).await
    }

    async fn connect(
        &self,
        user: &UserId,
        provider: &ProviderId,
        new: &NewConnection,
        now: DateTime<Utc>,
    ) -> Result<Integration, StoreError> {
        let _write = self.stamps.write(user);
        self.below.connections.connect(user, provider, new, now).await
    }

    async fn set_status(
        &self,
        id: IntegrationId,
        status: IntegrationStatus,
        last_error: Option<&str>,
        guard: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let _write = self.stamps.write(id);
        self.below.connections.set_status(id, status, last_error, guard, now).await
    }

    async fn disconnect(
        &self,
        id: IntegrationId,
        revoke: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<PendingRevocation>, StoreError> {
        let _write = self.stamps.write(id);
        self.below.connections.disconnect(id, revoke, now).await
    }

    async fn erase_user(&self, user: &UserId) -> Result<bool, StoreError> {
        let _write = self.stamps.write(user);
        self.below.connections.erase_user(user).await
    }
}

#[async_trait]
impl TokenStore for HotTokens {
    /// Always from the store: a refresh has to know what is there now.
    async fn load(&self, id: IntegrationId) -> Result<Option<StoredToken>, StoreError> {
        self.below.tokens.load(id).await
    }

    async fn store_if(
        &self,
        id: IntegrationId,
        version: i64,
        tokens: &SealedTokens,
        scopes: Option<&[String]>,
        now: DateTime<Utc>,
    ) -> Result<Option<i64>, StoreError> {
        let _write = self.stamps.write(id);
        self.below.tokens.store_if(id, version, tokens, scopes, now).await
    }

    async fn lease(
        &self,
        id: IntegrationId,
        version: i64,
        owner: &str,
        length: Duration,
    ) -> Result<Lease, StoreError> {
        self.below.tokens.lease(id, version, owner, length).await
    }

    async fn release(
        &self,
        id: IntegrationId,
        owner: &str,
        end: LeaseEnd,
    ) -> Result<bool, StoreError> {
        self.below.tokens.release(id, owner, end).await
    }

    async fn claim(
        &self,
        claim: &Claim<'_>,
        owner: &str,
        length: Duration,
    ) -> Result<Vec<DueToken>, StoreError> {
        self.below.tokens.claim(claim, owner, length).await
    }
}

#[cfg(test)]
mod tests;
