use std::{sync::Arc, time::Duration};

use futures::future::join_all;

use super::{
    Hub, HubError,
    refresh::{Cause, lease_length},
};
use crate::{
    domain::ids::ProviderId,
    ports::{Claim, Deadline, DueToken, StoreError},
};

/// A token that ends within this time is refreshed, so that callers hardly ever meet one that is
/// due.
const AHEAD: chrono::Duration = chrono::Duration::minutes(5);
/// Refreshes at once, and tokens claimed at once: what is claimed is begun.
const AT_ONCE: u64 = 8;

impl Hub {
    /// Refreshes the tokens that end soon before anybody asks for them, and so finds grants that
    /// are dead. Several hubs share the work. Meant to be called about twice a minute; ends when
    /// nothing is left, and says how many tokens it took on.
    ///
    /// # Errors
    /// `Store`: the rest waits for the next turn.
    pub async fn refresh_ahead(self: &Arc<Self>) -> Result<u64, StoreError> {
        let providers: Vec<ProviderId> =
            self.providers.iter().map(|provider| provider.id.clone()).collect();
        let length = self.providers.iter().map(|provider| lease_length(provider)).max();
        let length = length.unwrap_or_default();
        let mut taken_on = 0;
        loop {
            let now = self.ports.clock.now();
            let claim = Claim {
                ends_before: now + AHEAD,
                // Tokens that live shorter than that would be refreshed without end.
                issued_before: now - AHEAD,
                providers: &providers,
                limit: AT_ONCE,
            };
            let due = self.ports.tokens.claim(&claim, &self.name, length).await?;
            if due.is_empty() {
                return Ok(taken_on);
            }
            taken_on += due.len() as u64;
            for outcome in join_all(due.iter().map(|due| self.refresh_one(due))).await {
                outcome?;
            }
        }
    }

    async fn refresh_one(self: &Arc<Self>, due: &DueToken) -> Result<(), StoreError> {
        let Some(provider) = self.providers.get(&due.provider) else { return Ok(()) };
        // Each try ends by itself; nobody waits for it.
        let deadline = Deadline::after(Duration::MAX);
        let ahead = self.refresh(provider, due.integration, Cause::Ahead(AHEAD), deadline).await;
        match ahead {
            Err(HubError::Store(error)) => Err(error),
            Err(error @ HubError::RefreshFailed { .. }) => {
                tracing::warn!(integration.id = %due.integration, %error,
                    "token refresh ahead of time failed; will retry");
                Ok(())
            }
            // A dead grant was told where it was found.
            _ => Ok(()),
        }
    }
}
