//! Who is let in: so many requests at once, and none once the hub stops.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// What is answered whatever the load.
const PROBES: [&str; 3] = ["/livez", "/readyz", "/metrics"];

/// How far a hub is on its way to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It serves.
    Open,
    /// It finishes what is under way and takes nothing new.
    Stopping,
    /// All is finished: kept connections are closed.
    Closing,
}

/// Counts requests and connections, and knows whether the hub stops.
pub struct Gate {
    stage: watch::Sender<Stage>,
    requests: Arc<Semaphore>,
    connections: Arc<Semaphore>,
    most: [usize; 2],
}

/// A place of a request or a connection, until it is dropped.
pub type Place = OwnedSemaphorePermit;

/// How a request is let in.
pub(super) enum Entry {
    /// It takes no place.
    Probe,
    /// It has one.
    Taken(Place),
    /// It is not.
    Refused(Refusal),
}

/// Why a request is not let in.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    /// All places are taken.
    Overloaded,
    /// The hub stops.
    Stopping,
}

impl Gate {
    /// For so many requests at work, and so many open connections, at once.
    #[must_use]
    pub fn new(requests: usize, connections: usize) -> Self {
        Self {
            stage: watch::Sender::new(Stage::Open),
            requests: Arc::new(Semaphore::new(requests)),
            connections: Arc::new(Semaphore::new(connections)),
            most: [requests, connections],
        }
    }

    /// How far the hub is on its way to its end.
    #[must_use]
    pub fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Takes one step towards the end; there is no way back.
    pub fn advance(&self, to: Stage) {
        self.stage.send_if_modified(|stage| {
            let is_later = to > *stage;
            *stage = to.max(*stage);
            is_later
        });
    }

    /// Waits until it is so far.
    pub async fn reached(&self, stage: Stage) {
        // The sender lives as long as the gate.
        let _ = self.stage.subscribe().wait_for(|now| *now >= stage).await;
    }

    /// Waits until no request is at work. Meant for a hub that takes no new ones.
    pub async fn idle(&self) {
        let all = u32::try_from(self.most[0]).unwrap_or(u32::MAX);
        // Nobody closes the semaphore.
        let _ = self.requests.acquire_many(all).await;
    }

    /// A connection's place; waits for one.
    pub(super) async fn connection(&self) -> Option<Place> {
        Arc::clone(&self.connections).acquire_owned().await.ok()
    }

    /// Requests at work.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.most[0].saturating_sub(self.requests.available_permits())
    }

    /// Open connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.most[1].saturating_sub(self.connections.available_permits())
    }

    /// Takes a place for a request, without waiting for one.
    pub(super) fn enter(&self, path: &str) -> Entry {
        if PROBES.contains(&path) {
            Entry::Probe
        } else if self.stage() > Stage::Open {
            Entry::Refused(Refusal::Stopping)
        } else {
            let place = Arc::clone(&self.requests).try_acquire_owned();
            place.map_or(Entry::Refused(Refusal::Overloaded), Entry::Taken)
        }
    }
}
