use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::ids::IntegrationId;

/// Where the reading of a resource's changes stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncState {
    /// The vendor's cursor; `None` before the first full read and after it was lost.
    pub cursor: Option<String>,
    /// End of the last successful read.
    pub last_synced_at: Option<DateTime<Utc>>,
    /// `idle`, `running` or `error`.
    pub status: String,
    /// What went wrong last.
    pub error: Option<String>,
}

/// Sync states by connection and resource (`calendar:primary`).
#[async_trait]
pub trait SyncStateStore: Send + Sync {
    /// A state; `None` where the resource was never read.
    async fn load(
        &self,
        integration: IntegrationId,
        resource: &str,
    ) -> Result<Option<SyncState>, StoreError>;

    /// Keeps a state, over an older one; `false` where the connection does not exist.
    async fn save(
        &self,
        integration: IntegrationId,
        resource: &str,
        state: &SyncState,
    ) -> Result<bool, StoreError>;
}
