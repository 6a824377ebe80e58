use std::sync::Arc;

use super::Hub;
use crate::ports::StoreError;

impl Hub {
    /// What is due in the background: revocations that a vendor did not take yet, and rows that
    /// are over. Meant to be called about every minute.
    ///
    /// # Errors
    /// The first failure of the store; the rest waits for the next turn.
    pub async fn maintain(self: &Arc<Self>) -> Result<(), StoreError> {
        let now = self.ports.clock.now();
        for pending in self.ports.revocations.due(now, 100).await? {
            match self.providers.get(&pending.provider) {
                Some(provider) => {
                    self.revoke(provider, &pending).await?;
                }
                // Not enabled at present: its client id and secret are not known.
                None => {
                    let tomorrow = now + chrono::Duration::days(1);
                    self.ports.revocations.retry_at(pending.id, tomorrow).await?;
                }
            }
        }
        self.ports.attempts.sweep(now).await?;
        self.ports.sessions.sweep(now).await?;
        self.ports.repeats.sweep(now).await?;
        Ok(())
    }
}
