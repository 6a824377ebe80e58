use tokio_util::task::TaskTracker;

use super::{Hub, HubError};
use crate::ports::StoreError;

/// Work that goes on when its caller is gone: writes, refreshes, grants to be kept. A hub that stops
/// waits for it.
#[derive(Clone, Default)]
pub(super) struct Work(TaskTracker);

impl Work {
    /// Runs it on its own. `None` where it was torn down, at shutdown or by a panic.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        self.start(work).await.ok()
    }

    /// Starts it, whether or not somebody waits for its result.
    pub(super) fn start<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.0.spawn(work)
    }
}

impl Hub {
    /// Runs a write that a caller who goes away must not cut short.
    ///
    /// # Errors
    /// Those of the work; `Store` where it was torn down.
    pub async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, HubError>> + Send + 'static,
    ) -> Result<T, HubError> {
        match self.work.start(work).await {
            Ok(done) => done,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(StoreError::Unavailable("the write was interrupted".to_owned()).into()),
        }
    }

    /// Waits until no work is under way that outlives its caller. What begins meanwhile is waited
    /// for too: nothing may call any more.
    pub async fn finish_work(&self) {
        self.work.0.close();
        self.work.0.wait().await;
    }
}
