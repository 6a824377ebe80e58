use async_trait::async_trait;

use super::StoreError;

/// Whether the hub can serve.
#[async_trait]
pub trait Health: Send + Sync {
    /// Reaches the database and finds its tables.
    ///
    /// # Errors
    /// `Unavailable` where it does not answer, `Corrupt` where migrations are missing.
    async fn check(&self) -> Result<(), StoreError>;
}
