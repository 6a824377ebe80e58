use async_trait::async_trait;

use super::StoreError;

/// The database connections of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolFigures {
    /// All of them.
    pub open: usize,
    /// Those that wait for work.
    pub idle: usize,
}

/// Whether the hub can serve.
#[async_trait]
pub trait Health: Send + Sync {
    /// Reaches the database.
    ///
    /// # Errors
    /// `Unavailable` where it does not answer.
    async fn check(&self) -> Result<(), StoreError>;

    /// How the pool of connections stands now.
    fn pool(&self) -> PoolFigures;
}
