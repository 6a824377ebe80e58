use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::time::Instant;

use super::{
    Hub, HubError, Provider,
    call::Target,
    refresh::{Cause, RefreshError, RefreshOutcome},
};
use crate::{
    domain::{
        connection::{Connection, Grant, IntegrationStatus, SealedTokens, StoredToken},
        ids::{IntegrationId, UserId},
    },
    ports::{CipherError, Deadline},
};

/// A token with less than this to live is refreshed before use.
pub const REFRESH_MARGIN: chrono::Duration = chrono::Duration::seconds(120);
/// How long a caller waits for a refresh while the token is still valid.
const PATIENCE: Duration = Duration::from_secs(2);
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
        let id = connection.integration.id;
        let Some(stored) = connection.token.as_ref() else {
            return Err(RefreshError::Unreadable(CipherError::Damaged).at(provider));
        };
        let sealed = [Some(&stored.access_token_enc), stored.refresh_token_enc.as_ref()];
        let cipher = &self.ports.cipher;
        if let Some(fault) = sealed.into_iter().flatten().find_map(|s| cipher.decrypt(s).err()) {
            let told = connection.integration.last_error.as_deref() == Some(advice(fault));
            let error = if told {
                RefreshError::Unreadable(fault)
            } else {
                self.unreadable(id, stored, fault).await
            };
            return Err(error.at(provider));
        }
        let status = IntegrationStatus::Active;
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
    /// `NeedsReauth`, `NotConnected`, `TokensUnreadable`, `RefreshFailed`, `RefreshResting`;
    /// `RefreshInProgress` where the deadline comes first.
    pub(super) async fn token_of(
        self: &Arc<Self>,
        provider: &Arc<Provider>,
        connection: &Connection,
        deadline: Deadline,
    ) -> Result<AccessToken, HubError> {
        let Some(stored) = &connection.token else {
            return Err(HubError::NotConnected(provider.id.clone()));
        };
        let id = connection.integration.id;
        let now = self.ports.clock.now();
        if !is_due(stored, now) {
            return match self.open(id, stored) {
                Ok(token) => Ok(token),
                Err(RefreshError::Unreadable(fault)) => {
                    Err(self.unreadable(id, stored, fault).await.at(provider))
                }
                Err(error) => Err(error.at(provider)),
            };
        }
        if !lives_at(stored, now) {
            return self.refresh(provider, id, Cause::Due, deadline).await;
        }
        let hold = self.refresh_holds.get(&id).await;
        if hold.is_some_and(|hold| hold.version == stored.version && Instant::now() < hold.until) {
            return self.open(id, stored).map_err(|error| error.at(provider));
        }
        let patience = deadline.min(Deadline::after(PATIENCE));
        match self.refresh(provider, id, Cause::Due, patience).await {
            Err(HubError::RefreshInProgress { .. }) => {
                self.open(id, stored).map_err(|error| error.at(provider))
            }
            refreshed => refreshed,
        }
    }

    /// A token after the vendor refused the one of `version`: another caller's if it is newer
    /// already, else a refreshed one.
    ///
    /// # Errors
    /// As [`token_of`](Self::token_of).
    pub(super) async fn token_after_refusal(
        self: &Arc<Self>,
        target: &Target,
        version: i64,
    ) -> Result<AccessToken, HubError> {
        let (id, cause) = (target.connection.integration.id, Cause::Refused(version));
        let token = self.refresh(&target.provider, id, cause, target.deadline).await?;
        if token.version != version {
            return Ok(token);
        }
        // It joined a flight that had begun for another cause and knew nothing of the refusal.
        self.refresh(&target.provider, id, cause, target.deadline).await
    }

    pub(super) async fn unreadable(
        &self,
        id: IntegrationId,
        stored: &StoredToken,
        fault: CipherError,
    ) -> RefreshError {
        let (status, now) = (IntegrationStatus::Error, self.ports.clock.now());
        let (why, version) = (Some(advice(fault)), Some(stored.version));
        tracing::warn!(integration.id = %id, reason = %fault, "the stored tokens cannot be read");
        match self.ports.connections.set_status(id, status, why, version, now).await {
            Ok(_) => RefreshError::Unreadable(fault),
            Err(store) => store.into(),
        }
    }

    pub(super) fn open(&self, id: IntegrationId, stored: &StoredToken) -> RefreshOutcome {
        let token = self
            .ports
            .cipher
            .decrypt(&stored.access_token_enc)
            .map_err(RefreshError::Unreadable)?;
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

/// What the status tells of tokens that cannot be read.
fn advice(fault: CipherError) -> &'static str {
    match fault {
        CipherError::NoKeyFits => {
            "no configured key opens the stored tokens: give the missing key back to the hub, or \
             connect again"
        }
        CipherError::Damaged => "the stored tokens are damaged: connect again",
    }
}

/// Whether a token is near its end, or its end cannot be trusted: one that came in the future came
/// before the clock was put back, and its end is as far off.
pub(super) fn is_due(stored: &StoredToken, now: DateTime<Utc>) -> bool {
    !lives_at(stored, now + REFRESH_MARGIN) || stored.issued_at > now + REFRESH_MARGIN
}

pub(super) fn lives_at(stored: &StoredToken, moment: DateTime<Utc>) -> bool {
    stored.expires_at.is_none_or(|end| end > moment)
}
