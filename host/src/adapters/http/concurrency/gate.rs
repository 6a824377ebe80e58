use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

struct Gate {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// Gates by name. One is there only while somebody is at it.
pub(super) struct Gates<K: Eq + Hash>(Mutex<HashMap<K, Arc<Gate>>>);

impl<K: Eq + Hash> Default for Gates<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// Somebody at a gate, before it or through it. The last to go takes the gate with him.
struct Visit<'g, K: Eq + Hash> {
    gates: &'g Gates<K>,
    key: K,
    gate: Arc<Gate>,
}

/// Somebody who is through; he makes room when this is dropped.
pub(super) struct Passage<'g, K: Eq + Hash> {
    // Before the visit: a gate that goes must have all its permits.
    _permit: OwnedSemaphorePermit,
    _visit: Visit<'g, K>,
}

/// One place before a gate.
struct Place<'g>(&'g AtomicUsize);

impl<K: Eq + Hash + Clone> Gates<K> {
    /// Goes through, in the order of coming. `None` where so many wait already, or patience ends.
    pub(super) async fn pass(
        &self,
        key: K,
        most: usize,
        max_waiting: usize,
        patience: Duration,
    ) -> Option<Passage<'_, K>> {
        let visit = self.visit(key, most);
        let permits = Arc::clone(&visit.gate.permits);
        if let Ok(permit) = Arc::clone(&permits).try_acquire_owned() {
            return Some(Passage { _permit: permit, _visit: visit });
        }
        let place = Place::take(&visit.gate.waiting, max_waiting)?;
        let permit = tokio::time::timeout(patience, permits.acquire_owned()).await.ok()?.ok()?;
        drop(place);
        Some(Passage { _permit: permit, _visit: visit })
    }

    fn visit(&self, key: K, most: usize) -> Visit<'_, K> {
        let gate = Arc::clone(self.known().entry(key.clone()).or_insert_with(|| {
            let permits = Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)));
            Arc::new(Gate { permits, waiting: AtomicUsize::new(0) })
        }));
        Visit { gates: self, key, gate }
    }
}

impl<K: Eq + Hash> Gates<K> {
    fn known(&self) -> MutexGuard<'_, HashMap<K, Arc<Gate>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gates that somebody is at.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.known().len()
    }
}

impl<K: Eq + Hash> Drop for Visit<'_, K> {
    fn drop(&mut self) {
        let mut known = self.gates.known();
        // The map's and ours; a new one is made under the lock alone.
        if Arc::strong_count(&self.gate) == 2 {
            known.remove(&self.key);
        }
    }
}

impl<'g> Place<'g> {
    fn take(waiting: &'g AtomicUsize, most: usize) -> Option<Self> {
        let more = |number| (number < most).then_some(number + 1);
        waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
