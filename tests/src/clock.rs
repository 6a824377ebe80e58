use std::sync::Mutex;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use mortise::{adapters::clock::SystemClock, ports::Clock};

/// The hub's clock. It begins at the present moment and stands still until it is moved; the
/// vendors have the real time.
pub struct TestClock(Mutex<DateTime<Utc>>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Mutex::new(SystemClock.now().trunc_subsecs(0)))
    }
}

impl TestClock {
    /// Moves it by seconds, backwards where they are negative.
    pub fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }

    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap() = now;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}
