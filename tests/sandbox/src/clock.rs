//! Real time. The sandbox plays the vendor, so it has a clock of its own.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// The present instant in whole milliseconds, as the vendors write it.
#[expect(clippy::disallowed_methods, reason = "the vendor's clock is not the host's Clock port")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

/// So many seconds from now; as late or as early as can be said where they are too many.
pub(crate) fn seconds_from_now(seconds: i64) -> DateTime<Utc> {
    let farthest = if seconds < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    let at = TimeDelta::try_seconds(seconds).and_then(|wait| now().checked_add_signed(wait));
    at.unwrap_or(farthest)
}
