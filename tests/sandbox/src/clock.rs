//! Real time. The sandbox plays the vendor, so it has a clock of its own.

use chrono::{DateTime, SubsecRound, Utc};

/// The present instant in whole milliseconds, as the vendors write it.
#[expect(clippy::disallowed_methods, reason = "the vendor's clock is not the host's Clock port")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}
