use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::{Hub, HubError, Provider};
use crate::{
    domain::{
        connection::{Connection, Grant, IntegrationStatus, SealedTokens, StoredToken},
        ids::{IntegrationId, UserId},
    },
    ports::{GrantError, StoreError},
};

/// A token with less than this to live is refreshed before use.
pub const REFRESH_MARGIN: chrono::Duration = chrono::Duration::seconds(120);
/// Tries of one due refresh, while there is no valid token to go on with.
const TRIES: u32 = 3;
/// After a failed early refresh the still valid token is used this long before the next try.
const HOLD: chrono::Duration = chrono::Duration::seconds(15);
/// What an access token lives where the vendor does not say.
const DEFAULT_LIFE_SECONDS: i64 = 3600;
/// Nothing lives longer than this, whatever a vendor says.
const MAX_LIFE_SECONDS: i64 = 10 * 365 * 86_400;

/// A valid access token.
#[derive(Clone)]
pub struct AccessToken {
    /// The connection it belongs to.
    pub integration: IntegrationId,
    /// The token.
    pub token: SecretString,
    /// `Bearer`.
    pub token_type: String,
    /// Its end, where known.
    pub expires_at: Option<DateTime<Utc>>,
    /// The stored row's version.
    pub version: i64,
}

/// Until when a failing vendor is left alone.
#[derive(Clone, Copy)]
pub(super) struct RefreshHold {
    until: DateTime<Utc>,
}

pub(super) type RefreshOutcome = Result<AccessToken, RefreshError>;

/// Why there is no valid token. Shared by all who waited.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum RefreshError {
    #[error("disconnected meanwhile")]
    NotConnected,
    #[error("the vendor refused the refresh token")]
    NeedsReauth,
    #[error("no key decrypts the stored tokens")]
    Unreadable,
    #[error(transparent)]
    Grant(GrantError),
    #[error(transparent)]
    Store(StoreError),
}

impl RefreshError {
    fn at(self, provider: &Provider) -> HubError {
        let id = provider.id.clone();
        match self {
            Self::NotConnected => HubError::NotConnected(id),
            Self::NeedsReauth => HubError::NeedsReauth(id),
            Self::Unreadable => HubError::TokensUnreadable(id),
            Self::Grant(error) => HubError::RefreshFailed { provider: id, error },
            Self::Store(error) => HubError::Store(error),
        }
    }
}

impl From<StoreError> for RefreshError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Why a refresh is run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The token is near its end, or over it.
    Due,
    /// The vendor refused the token of this version.
    Refused(i64),
}

impl Hub {
    /// A user's connection that can be used: it exists, is active and has a token.
    ///
    /// # Errors
    /// `NotConnected`, `NeedsReauth`, `TokensUnreadable`.
    pub(super) async fn usable(
        &self,
        user: &UserId,
        provider: &Provider,
    ) -> Result<Connection, HubError> {
        let found = self.ports.connections.connection(user, &provider.id).await?;
        let Some(connection) = found else {
            return Err(HubError::NotConnected(provider.id.clone()));
        };
        match connection.integration.status {
            IntegrationStatus::Active => Ok(connection),
            IntegrationStatus::Error => self.healed(provider, connection).await,
            IntegrationStatus::Revoked => Err(HubError::NotConnected(provider.id.clone())),
            IntegrationStatus::NeedsReauth => Err(HubError::NeedsReauth(provider.id.clone())),
        }
    }

    /// A connection whose tokens could not be read may be readable again: the operator gave the
    /// key back.
    pub(super) async fn healed(
        &self,
        provider: &Provider,
        mut connection: Connection,
    ) -> Result<Connection, HubError> {
        let unreadable = || HubError::TokensUnreadable(provider.id.clone());
        let stored = connection.token.as_ref().ok_or_else(unreadable)?;
        let sealed = [Some(&stored.access_token_enc), stored.refresh_token_enc.as_ref()];
        if sealed.into_iter().flatten().any(|sealed| self.ports.cipher.decrypt(sealed).is_err()) {
            return Err(unreadable());
        }
        let (id, status) = (connection.integration.id, IntegrationStatus::Active);
        let (version, now) = (Some(stored.version), self.ports.clock.now());
        self.ports.connections.set_status(id, status, None, version, now).await?;
        connection.integration.status = status;
        connection.integration.last_error = None;
        Ok(connection)
    }

    /// A valid access token of a connection: the stored one where it lives long enough, which
    /// takes no lock and no further statement; else a refreshed one.
    ///
    /// # Errors
    /// `NeedsReauth`, `NotConnected`, `TokensUnreadable`, `RefreshFailed`.
    pub(super) async fn token_of(
        self: &Arc<Self>,
        provider: &Arc<Provider>,
        connection: &Connection,
    ) -> Result<AccessToken, HubError> {
        let Some(stored) = &connection.token else {
            return Err(HubError::NotConnected(provider.id.clone()));
        };
        let id = connection.integration.id;
        let now = self.ports.clock.now();
        if !is_due(stored, now) {
            return match self.open(id, stored) {
                Ok(token) => Ok(token),
                Err(error) => Err(self.unreadable(id, stored, error).await.at(provider)),
            };
        }
        if let Some(hold) = self.refresh_holds.get(&id).await
            && lives_at(stored, now)
            && now < hold.until
            // A clock that was put back must not keep a hold alive for an hour.
            && hold.until - now <= HOLD
        {
            return self.open(id, stored).map_err(|error| error.at(provider));
        }
        self.refresh(provider, id, Cause::Due).await
    }

    /// A token after the vendor refused the one of `version`: another caller's if it is newer
    /// already, else a refreshed one.
    ///
    /// # Errors
    /// As [`token_of`](Self::token_of).
    pub(super) async fn token_after_refusal(
        self: &Arc<Self>,
        provider: &Arc<Provider>,
        id: IntegrationId,
        version: i64,
    ) -> Result<AccessToken, HubError> {
        let token = self.refresh(provider, id, Cause::Refused(version)).await?;
        if token.version != version {
            return Ok(token);
        }
        // It joined a flight that had begun for another cause and knew nothing of the refusal.
        self.refresh(provider, id, Cause::Refused(version)).await
    }

    async fn refresh(
        self: &Arc<Self>,
        provider: &Arc<Provider>,
        id: IntegrationId,
        cause: Cause,
    ) -> Result<AccessToken, HubError> {
        let (hub, with) = (Arc::clone(self), Arc::clone(provider));
        let work = || async move { hub.refresh_alone(&with, id, cause).await };
        match self.refreshes.run(id, work).await {
            Some(outcome) => outcome.map_err(|error| error.at(provider)),
            None => Err(StoreError::Unavailable("the refresh was interrupted".to_owned()).into()),
        }
    }

    async fn refresh_alone(
        &self,
        provider: &Provider,
        id: IntegrationId,
        cause: Cause,
    ) -> RefreshOutcome {
        let stored = self.ports.tokens.load(id).await?.ok_or(RefreshError::NotConnected)?;
        let now = self.ports.clock.now();
        let served_already = match cause {
            Cause::Due => !is_due(&stored, now),
            Cause::Refused(version) => stored.version != version,
        };
        if served_already {
            return self.open(id, &stored);
        }
        let still_valid = cause == Cause::Due && lives_at(&stored, now);
        let Some(sealed) = &stored.refresh_token_enc else {
            // No way to a new one: the last seconds of this one are still good.
            return if still_valid {
                self.open(id, &stored)
            } else {
                self.give_up(id, &stored, "the vendor gave no refresh token").await
            };
        };
        let refresh_token = match self.ports.cipher.decrypt(sealed) {
            Ok(token) => token,
            Err(_) => return Err(self.unreadable(id, &stored, RefreshError::Unreadable).await),
        };
        match self.exchange(provider, &refresh_token, still_valid).await {
            Ok(grant) => self.keep(provider, id, &stored, grant).await,
            Err(GrantError::InvalidGrant { code }) => {
                let why = format!("the vendor refused the refresh token ({code})");
                self.give_up(id, &stored, &why).await
            }
            Err(error) if still_valid => {
                tracing::warn!(integration.id = %id, provider = %provider.id, %error,
                    "token refresh failed; the present token is still valid and is used");
                let until = self.ports.clock.now() + HOLD;
                self.refresh_holds.insert(id, RefreshHold { until }).await;
                self.open(id, &stored)
            }
            Err(error) => Err(RefreshError::Grant(error)),
        }
    }

    /// One exchange, repeated where the vendor is failing and there is no token to go on with.
    async fn exchange(
        &self,
        provider: &Provider,
        refresh_token: &SecretString,
        still_valid: bool,
    ) -> Result<Grant, GrantError> {
        let mut tries = 1;
        loop {
            let result = self.ports.oauth.refresh(&provider.oauth, refresh_token).await;
            metrics::counter!("mortise_token_refreshes_total",
                "provider" => provider.id.to_string(),
                "outcome" => if result.is_ok() { "ok" } else { "failed" })
            .increment(1);
            match result {
                // A rotated refresh token may be spent although the answer was lost: repeating is
                // the only way to find out.
                Err(error) if error.is_temporary() && !still_valid && tries < TRIES => {
                    tokio::time::sleep(backoff(tries, self.ports.rng.bytes32()[0])).await;
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    async fn keep(
        &self,
        provider: &Provider,
        id: IntegrationId,
        stored: &StoredToken,
        grant: Grant,
    ) -> RefreshOutcome {
        let now = self.ports.clock.now();
        let sealed = self.seal(&grant, now);
        let scopes = grant.scopes.as_deref();
        let kept = self.ports.tokens.store_if(id, stored.version, &sealed, scopes, now).await?;
        self.refresh_holds.invalidate(&id).await;
        match kept {
            Some(version) => {
                tracing::debug!(integration.id = %id, provider = %provider.id, "token refreshed");
                Ok(AccessToken {
                    integration: id,
                    token: grant.access_token,
                    token_type: sealed.token_type,
                    expires_at: sealed.expires_at,
                    version,
                })
            }
            // Somebody connected again or disconnected meanwhile: theirs counts.
            None => {
                let newer = self.ports.tokens.load(id).await?.ok_or(RefreshError::NotConnected)?;
                self.open(id, &newer)
            }
        }
    }

    /// Marks the connection dead, unless its tokens were replaced meanwhile.
    async fn give_up(&self, id: IntegrationId, stored: &StoredToken, why: &str) -> RefreshOutcome {
        let (status, now) = (IntegrationStatus::NeedsReauth, self.ports.clock.now());
        let version = Some(stored.version);
        if self.ports.connections.set_status(id, status, Some(why), version, now).await? {
            tracing::warn!(integration.id = %id, reason = why, "connection needs a new consent");
            return Err(RefreshError::NeedsReauth);
        }
        let newer = self.ports.tokens.load(id).await?.ok_or(RefreshError::NotConnected)?;
        self.open(id, &newer)
    }

    async fn unreadable(
        &self,
        id: IntegrationId,
        stored: &StoredToken,
        error: RefreshError,
    ) -> RefreshError {
        let why =
            "no configured key decrypts the stored tokens: give the key back, or connect again";
        let (status, now) = (IntegrationStatus::Error, self.ports.clock.now());
        let version = Some(stored.version);
        match self.ports.connections.set_status(id, status, Some(why), version, now).await {
            Ok(_) => error,
            Err(store) => store.into(),
        }
    }

    fn open(&self, id: IntegrationId, stored: &StoredToken) -> RefreshOutcome {
        let token = self
            .ports
            .cipher
            .decrypt(&stored.access_token_enc)
            .map_err(|_| RefreshError::Unreadable)?;
        Ok(AccessToken {
            integration: id,
            token,
            token_type: stored.token_type.clone(),
            expires_at: stored.expires_at,
            version: stored.version,
        })
    }

    /// Encrypts a grant and turns its life into a moment.
    pub(super) fn seal(&self, grant: &Grant, now: DateTime<Utc>) -> SealedTokens {
        let life = grant.expires_in.map_or(DEFAULT_LIFE_SECONDS, |seconds| {
            i64::try_from(seconds).unwrap_or(MAX_LIFE_SECONDS).min(MAX_LIFE_SECONDS)
        });
        SealedTokens {
            access_token_enc: self.ports.cipher.encrypt(&grant.access_token),
            refresh_token_enc: grant.refresh_token.as_ref().map(|t| self.ports.cipher.encrypt(t)),
            expires_at: Some(now + chrono::Duration::seconds(life)),
            token_type: grant.token_type.clone(),
        }
    }
}

/// Whether a token is near its end, or its end cannot be trusted: one that came in the future came
/// before the clock was put back, and its end is as far off.
fn is_due(stored: &StoredToken, now: DateTime<Utc>) -> bool {
    !lives_at(stored, now + REFRESH_MARGIN) || stored.issued_at > now + REFRESH_MARGIN
}

fn lives_at(stored: &StoredToken, moment: DateTime<Utc>) -> bool {
    stored.expires_at.is_none_or(|end| end > moment)
}

/// 100 ms, 400 ms, ..., each between half and the whole of it.
fn backoff(tries: u32, random: u8) -> Duration {
    let whole = 100 * 4_u64.pow(tries - 1);
    Duration::from_millis(whole / 2 + whole / 2 * u64::from(random) / 255)
}
