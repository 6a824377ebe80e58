//! Connections that the server ended: it was restarted, or an operator or a proxy cut them.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{ConnectOptions, DbErr, sqlx::Connection as _};

use super::{
    Database,
    error::{is_lost, store_error},
};
use crate::ports::StoreError;

/// When a connection was last found to be lost. Where one is lost the others that are idle may be
/// too, and one failed call is enough to find that out: each of them is tried before it is used.
#[derive(Clone)]
pub(super) struct Losses {
    start: Instant,
    /// Milliseconds since `start`; 0 for never.
    last: Arc<AtomicU64>,
}

impl Losses {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), last: Arc::default() }
    }

    /// Has a pool of `options` try its doubtful connections.
    pub(super) fn watch(&self, options: &mut ConnectOptions) {
        let of_postgres = self.clone();
        options.map_sqlx_postgres_before_acquire(move |connection, at| {
            let doubtful = of_postgres.doubts(at.idle_for);
            Box::pin(async move {
                if doubtful {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
        let of_mysql = self.clone();
        options.map_sqlx_mysql_before_acquire(move |connection, at| {
            let doubtful = of_mysql.doubts(at.idle_for);
            Box::pin(async move {
                if doubtful {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
    }

    pub(super) fn saw_one(&self) {
        self.last.fetch_max(self.now().max(1), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn doubts(&self, idle_for: Duration) -> bool {
        let last = self.last.load(Ordering::Relaxed);
        let idle_for = u64::try_from(idle_for.as_millis()).unwrap_or(u64::MAX);
        last > 0 && self.now().saturating_sub(idle_for) <= last
    }
}

impl Database {
    /// Runs a query outside of a transaction, and once more on another connection where its own
    /// was lost.
    pub(super) async fn read<T, F>(&self, query: impl Fn() -> F + Send) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, DbErr>> + Send,
    {
        match query().await {
            Err(error) if is_lost(&error) => {
                self.losses.saw_one();
                query().await.map_err(store_error)
            }
            done => done.map_err(store_error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_idle_when_a_connection_was_lost_is_doubtful_and_what_was_used_since_is_not() {
        let start = Instant::now().checked_sub(Duration::from_secs(100)).unwrap();
        let losses = Losses { start, last: Arc::default() };
        assert!(!losses.doubts(Duration::from_secs(50)));
        losses.last.store(60_000, Ordering::Relaxed);
        assert!(losses.doubts(Duration::from_secs(50)));
        assert!(!losses.doubts(Duration::from_secs(30)));
        losses.saw_one();
        assert!(losses.doubts(Duration::from_secs(30)));
    }
}
