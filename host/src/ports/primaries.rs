use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::ids::{IntegrationId, ProviderId, UserId};

/// The calendar that a user's events go to where a call names none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrimaryCalendar {
    /// Over which connection.
    pub integration: IntegrationId,
    /// That connection's provider.
    pub provider: ProviderId,
    /// The vendor's id of the calendar; absent: the account's main one.
    pub calendar_id: Option<String>,
}

/// Users' primary calendars, at most one each. One goes with its connection's row, not with the
/// connection's tokens: who connects again has it still.
#[async_trait]
pub trait PrimaryCalendarStore: Send + Sync {
    /// A user's; `None` where there is none, and for an unknown user.
    async fn primary(&self, user: &UserId) -> Result<Option<PrimaryCalendar>, StoreError>;

    /// Sets or replaces a user's. `false`, and nothing written, where the connection is not the
    /// user's.
    async fn set_primary(
        &self,
        user: &UserId,
        integration: IntegrationId,
        calendar_id: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Forgets a user's; `false` where there is none.
    async fn clear_primary(&self, user: &UserId) -> Result<bool, StoreError>;
}
