//! The machine's clock.

use chrono::{DateTime, Utc};

use crate::ports::Clock;

/// The machine's time of day.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port's adapter")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
