use async_trait::async_trait;

use super::StoreError;

/// Whether the hub can serve.
#[async_trait]
pub trait Health: Send + Sync {
    /// Reaches the database.
    ///
    /// # Errors
    /// `Unavailable` where it does not answer.
    async fn check(&self) -> Result<(), StoreError>;
}
