use super::{Caller, Hub, HubError, Provider};
use crate::{
    domain::connection::{IntegrationStatus, StoredToken},
    ports::{CipherError, PendingRevocation, StoreError},
};

/// What became of the vendor's side of a disconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VendorRevocation {
    /// The vendor revoked the grant.
    Done,
    /// The vendor did not answer; it is tried again in the background.
    Pending,
    /// The vendor has no way to revoke: the user removes the grant there.
    NotSupported,
    /// There was no token left to revoke.
    NothingToRevoke,
}

/// An ended connection.
#[derive(Debug, Clone)]
pub struct Disconnected {
    /// What became of the vendor's side.
    pub vendor: VendorRevocation,
    /// What the user still has to do at the vendor's.
    pub hint: Option<String>,
}

/// A revocation that failed this often is given up; with the growing pauses that is about five days.
const ATTEMPTS: i32 = 20;

impl Hub {
    /// Ends a connection here, then at the vendor. The local part does not depend on the vendor.
    /// Ending it again is no error.
    ///
    /// # Errors
    /// `NotConnected` where there never was one.
    pub async fn disconnect(
        &self,
        caller: &Caller,
        provider: &Provider,
    ) -> Result<Disconnected, HubError> {
        caller.check(provider)?;
        let connection = self
            .ports
            .connections
            .connection(&caller.user, &provider.id)
            .await?
            .ok_or_else(|| HubError::NotConnected(provider.id.clone()))?;
        let id = connection.integration.id;
        let revocable = provider.oauth.revoke_url.is_some();
        // Not the connection's own, which may be a few seconds old.
        let stored = self.ports.tokens.load(id).await?;
        let token = stored.as_ref().map(token_to_revoke).filter(|_| revocable);
        let now = self.ports.clock.now();
        let queued = self.ports.connections.disconnect(id, token, now).await?;
        self.calendars.forget(id).await;
        if connection.integration.status != IntegrationStatus::Revoked {
            tracing::info!(integration.id = %id, provider = %provider.id, "disconnected");
        }
        let vendor = match queued {
            Some(pending) => self.revoke(provider, &pending).await?,
            None if !revocable => VendorRevocation::NotSupported,
            None => VendorRevocation::NothingToRevoke,
        };
        let hint = provider.manifest().oauth.disconnect_hint.clone();
        Ok(Disconnected { vendor, hint })
    }

    /// Erases all that is kept of a user; grants are revoked at the vendors as far as possible.
    /// `false` for a user of whom nothing is kept.
    ///
    /// # Errors
    /// `Store`.
    pub async fn erase_user(&self, user: &crate::domain::ids::UserId) -> Result<bool, HubError> {
        let now = self.ports.clock.now();
        let mut pending = Vec::new();
        for integration in self.ports.connections.list(user).await? {
            self.calendars.forget(integration.id).await;
            let Some(provider) = self.providers.get(&integration.provider) else { continue };
            let Some(token) = self.ports.tokens.load(integration.id).await? else { continue };
            if provider.oauth.revoke_url.is_some() {
                let token = Some(token_to_revoke(&token));
                let queued = self.ports.connections.disconnect(integration.id, token, now).await?;
                pending.extend(queued.map(|queued| (provider, queued)));
            }
        }
        let erased = self.ports.connections.erase_user(user).await?;
        // Sessions of the user must not outlive the user.
        self.forget_access();
        for (provider, queued) in pending {
            self.revoke(provider, &queued).await?;
        }
        Ok(erased)
    }

    /// One try of a queued revocation.
    pub(super) async fn revoke(
        &self,
        provider: &Provider,
        pending: &PendingRevocation,
    ) -> Result<VendorRevocation, StoreError> {
        let why = match self.ports.cipher.decrypt(&pending.token_enc) {
            Ok(token) => match self.ports.oauth.revoke(&provider.oauth, &token).await {
                Ok(()) => {
                    self.ports.revocations.forget(pending.id).await?;
                    return Ok(VendorRevocation::Done);
                }
                Err(error) => error.to_string(),
            },
            // The key may be given back.
            Err(fault @ CipherError::NoKeyFits) => fault.to_string(),
            Err(CipherError::Damaged) => {
                self.ports.revocations.forget(pending.id).await?;
                return Ok(VendorRevocation::NothingToRevoke);
            }
        };
        self.put_off(provider, pending, &why).await?;
        Ok(VendorRevocation::Pending)
    }

    async fn put_off(
        &self,
        provider: &Provider,
        pending: &PendingRevocation,
        error: &str,
    ) -> Result<(), StoreError> {
        let last = pending.attempts + 1 >= ATTEMPTS;
        tracing::warn!(provider = %provider.id, attempts = pending.attempts + 1, error,
            given_up = last, "revocation at the vendor failed");
        if last {
            return self.ports.revocations.forget(pending.id).await;
        }
        let minutes = 1_i64 << pending.attempts.clamp(0, 10);
        let at = self.ports.clock.now() + chrono::Duration::minutes(minutes.min(720));
        self.ports.revocations.retry_at(pending.id, at).await
    }
}

/// The refresh token's end takes its access tokens along.
fn token_to_revoke(token: &StoredToken) -> &str {
    token.refresh_token_enc.as_deref().unwrap_or(&token.access_token_enc)
}
