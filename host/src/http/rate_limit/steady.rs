use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};

use crate::ports::Clock;

/// The time since the start. A clock that is put back stands still here: nobody waits an hour for a
/// moment that came before.
pub(super) struct Steady {
    clock: Arc<dyn Clock>,
    seen: Mutex<(DateTime<Utc>, Duration)>,
}

impl Steady {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let seen = Mutex::new((clock.now(), Duration::ZERO));
        Self { clock, seen }
    }
}

impl governor::clock::Clock for Steady {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let now = self.clock.now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = (now - seen.0).to_std().unwrap_or_default();
        *seen = (now, seen.1 + passed);
        seen.1
    }
}
