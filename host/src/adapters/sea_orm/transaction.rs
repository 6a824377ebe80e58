use std::{future::Future, sync::Arc, time::Duration};

use sea_orm::{
    DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};
use tokio::sync::SemaphorePermit;

use super::{
    Database,
    error::{is_conflict, is_lost, store_error},
};
use crate::ports::StoreError;

/// Of any number that conflict at once one commits, so this many can start at the same moment.
const ATTEMPTS: u32 = 40;
/// A defect looks like a conflict that never ends; so much of it is enough.
const LONGEST_PAUSE: u32 = 8;

/// What a transaction is run in.
pub(super) type Tx = Arc<DatabaseTransaction>;

/// Why a transaction was given up.
pub(super) enum Abort {
    Database(DbErr),
    /// At the commit: whether it was done is not known where the connection was lost.
    Commit(DbErr),
    Store(StoreError),
}

impl From<DbErr> for Abort {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Abort {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Abort> for StoreError {
    fn from(abort: Abort) -> Self {
        match abort {
            Abort::Database(error) | Abort::Commit(error) => store_error(error),
            Abort::Store(error) => error,
        }
    }
}

/// What becomes of a transaction that went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Commit,
    /// For a rehearsal.
    RollBack,
}

impl Database {
    /// Runs `work` in a transaction, and again from its start where another transaction was
    /// faster: it broke a constraint, a deadlock or the serialization. Where the connection was
    /// lost before the commit, once more on another one.
    pub(super) async fn write<T, F>(
        &self,
        work: impl FnMut(Tx) -> F + Send,
    ) -> Result<T, StoreError>
    where
        T: Send,
        F: Future<Output = Result<T, Abort>> + Send,
    {
        self.transact(Ending::Commit, work).await
    }

    /// [`Database::write`], to either end.
    pub(super) async fn transact<T, F>(
        &self,
        ending: Ending,
        mut work: impl FnMut(Tx) -> F + Send,
    ) -> Result<T, StoreError>
    where
        T: Send,
        F: Future<Output = Result<T, Abort>> + Send,
    {
        let mut attempt = 0;
        let mut lost_before = false;
        loop {
            let (error, undone) = match self.attempt(ending, &mut work).await {
                Ok(done) => return Ok(done),
                Err(Abort::Store(error)) => return Err(error),
                Err(Abort::Database(error)) => (error, true),
                Err(Abort::Commit(error)) => (error, false),
            };
            attempt += 1;
            let lost = is_lost(&error);
            if lost {
                self.losses.saw_one();
            }
            let again = is_conflict(&error) || (lost && undone && !lost_before);
            if attempt == ATTEMPTS || !again {
                return Err(store_error(error));
            }
            lost_before |= lost;
            let pause = attempt.min(LONGEST_PAUSE);
            tokio::time::sleep(Duration::from_millis(u64::from(pause))).await;
        }
    }

    async fn attempt<T, F>(
        &self,
        ending: Ending,
        work: &mut (impl FnMut(Tx) -> F + Send),
    ) -> Result<T, Abort>
    where
        T: Send,
        F: Future<Output = Result<T, Abort>> + Send,
    {
        let _turn = self.turn().await?;
        // A deferred transaction of SQLite that read first cannot wait for another one that
        // writes: it fails at once.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = Arc::new(self.pool.begin_with_options(options).await?);
        let result = work(tx.clone()).await;
        let Some(tx) = Arc::into_inner(tx) else {
            return Err(StoreError::Unusable("a transaction was kept beyond its end".into()).into());
        };
        match (result, ending) {
            (Ok(done), Ending::Commit) => tx.commit().await.map(|()| done).map_err(Abort::Commit),
            (Ok(done), Ending::RollBack) => tx.rollback().await.map(|()| done).map_err(Abort::from),
            (Err(abort), _) => {
                // The connection may be lost: then this fails too, and says less.
                let _ = tx.rollback().await;
                Err(abort)
            }
        }
    }

    /// Waits for the turn to write on SQLite.
    pub(super) async fn turn(&self) -> Result<Option<SemaphorePermit<'_>>, StoreError> {
        let Some(writer) = &self.writer else { return Ok(None) };
        match tokio::time::timeout(self.acquire_timeout, writer.acquire()).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            Ok(Err(_)) => Err(StoreError::Unavailable("the pool is closed".into())),
            Err(_) => Err(StoreError::Unavailable("other writes took too long".into())),
        }
    }
}
