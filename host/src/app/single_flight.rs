use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};

use super::work::Work;

type Flight<T> = Shared<BoxFuture<'static, Option<T>>>;

/// Runs one task per key at a time; whoever comes meanwhile waits for its result.
///
/// The task runs on its own: a caller who goes away does not stop it. That matters where a vendor
/// gives a refresh token out once.
pub(super) struct SingleFlight<K, T> {
    flying: Arc<Mutex<HashMap<K, Flight<T>>>>,
    work: Work,
}

impl<K, T> SingleFlight<K, T> {
    pub(super) fn new(work: Work) -> Self {
        Self { flying: Arc::default(), work }
    }
}

impl<K, T> SingleFlight<K, T>
where
    K: Hash + Eq + Clone + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// The result of the task under way, or of a new one made by `start`. `None` where the task
    /// was torn down, at shutdown or by a panic.
    pub(super) async fn run<F>(&self, key: K, start: impl FnOnce() -> F) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let flight = {
            let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
            match flying.get(&key) {
                Some(flight) => flight.clone(),
                None => {
                    let landed = Landed { flying: Arc::clone(&self.flying), key: key.clone() };
                    let work = start();
                    let task = self.work.start(async move {
                        let _landed = landed;
                        work.await
                    });
                    let flight = task.map(Result::ok).boxed().shared();
                    flying.insert(key, flight.clone());
                    flight
                }
            }
        };
        flight.await
    }
}

/// Takes the flight off the board, also when its task panics.
struct Landed<K: Hash + Eq, T> {
    flying: Arc<Mutex<HashMap<K, Flight<T>>>>,
    key: K,
}

impl<K: Hash + Eq, T> Drop for Landed<K, T> {
    fn drop(&mut self) {
        let _gone = self.flying.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn those_who_come_meanwhile_get_the_one_result() {
        let flights: SingleFlight<u8, u32> = SingleFlight::new(Work::default());
        let runs = Arc::new(AtomicU32::new(0));
        let (open, gate) = tokio::sync::watch::channel(false);
        let work = || {
            let (runs, mut gate) = (Arc::clone(&runs), gate.clone());
            async move {
                gate.wait_for(|open| *open).await.unwrap();
                runs.fetch_add(1, Ordering::SeqCst) + 1
            }
        };
        let all = futures::future::join_all((0..100).map(|_| flights.run(7, work)));
        let (answers, ()) = tokio::join!(all, async { open.send(true).unwrap() });
        assert!(answers.iter().all(|answer| *answer == Some(1)));
        assert_eq!(flights.run(7, work).await, Some(2), "a later one runs anew");
    }

    #[tokio::test]
    async fn a_caller_who_leaves_does_not_stop_the_work() {
        let flights: SingleFlight<u8, ()> = SingleFlight::new(Work::default());
        let (done, finished) = tokio::sync::oneshot::channel();
        let (open, gate) = tokio::sync::oneshot::channel::<()>();
        let leaver = flights.run(1, || async move {
            gate.await.unwrap();
            done.send(()).unwrap();
        });
        assert!(leaver.now_or_never().is_none());
        open.send(()).unwrap();
        finished.await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_told_to_all_and_does_not_block_the_key() {
        let flights: SingleFlight<u8, u32> = SingleFlight::new(Work::default());
        assert_eq!(flights.run(1, || async { panic!("torn") }).await, None);
        assert_eq!(flights.run(1, || async { 5 }).await, Some(5));
    }
}
