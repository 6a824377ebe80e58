use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::domain::{
    ids::IntegrationId,
    links::{CrmObject, Entity},
};

/// Turns of those who write to a record's contact or deal.
pub(in crate::app) type ObjectTurns = Turns<(IntegrationId, CrmObject, Entity)>;

/// Lets one at a time have a key, in the order in which they came. It holds for this process alone:
/// what several do at once the links and the vendor have to bear.
pub(in crate::app) struct Turns<K> {
    taken: Mutex<HashMap<K, Weak<AsyncMutex<()>>>>,
}

/// The others wait as long as it lives.
pub(super) type Turn = OwnedMutexGuard<()>;

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self { taken: Mutex::default() }
    }
}

impl<K: Hash + Eq> Turns<K> {
    pub(super) async fn take(&self, key: K) -> Turn {
        let turn = {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.retain(|_, turn| turn.strong_count() > 0);
            let known = taken.get(&key).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let turn = Arc::default();
                taken.insert(key, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_key_is_had_by_one_at_a_time_and_others_are_free() {
        let turns: Turns<u8> = Turns::default();
        let first = turns.take(1).await;
        let mut second = Box::pin(turns.take(1));
        assert!((&mut second).now_or_never().is_none());
        let _other = turns.take(2).now_or_never().unwrap();
        drop(first);
        let second = second.now_or_never().unwrap();
        assert!(turns.take(1).now_or_never().is_none());
        drop(second);
        turns.take(1).now_or_never().unwrap();
    }

    #[tokio::test]
    async fn who_leaves_the_queue_is_skipped_and_nothing_is_kept() {
        let turns: Turns<u8> = Turns::default();
        let first = turns.take(1).await;
        assert!(turns.take(1).now_or_never().is_none());
        drop(first);
        drop(turns.take(1).now_or_never().unwrap());
        drop(turns.take(2).await);
        assert_eq!(turns.taken.lock().unwrap().len(), 1);
    }
}
