//! The machine's clock.

use chrono::{DateTime, SubsecRound as _, Utc};

use crate::ports::Clock;

/// The machine's time of day in whole milliseconds, as the database keeps it: what is answered at
/// once and what is read later are the same.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port's adapter")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(3)
    }
}
