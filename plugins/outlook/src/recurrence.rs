//! RRULE (RFC 5545 3.3.10) to and from Graph's `patternedRecurrence`.
//!
//! Graph has six patterns and no exceptions. A line that none of them says is refused with the part
//! at fault, never narrowed. Days that a month does not have differ: the RFC skips such a month,
//! Outlook takes its last day. So day 31 of Outlook is `BYMONTHDAY=-1`, and days 29 and 30 are the
//! last of `BYMONTHDAY=28,29` and `28,29,30`.

mod read;
mod rule;
mod write;

use chrono_tz::Tz;
use mortise_plugin_api::chrono::NaiveDateTime;

pub(crate) use read::read;
pub(crate) use write::write;

/// What a recurrence starts from.
pub(crate) struct Series {
    /// The first start, on the clocks of the zone.
    pub(crate) first: NaiveDateTime,
    pub(crate) zone: Tz,
    pub(crate) all_day: bool,
}

/// RFC 5545's and Graph's days.
const DAYS: [(&str, &str); 7] = [
    ("MO", "monday"),
    ("TU", "tuesday"),
    ("WE", "wednesday"),
    ("TH", "thursday"),
    ("FR", "friday"),
    ("SA", "saturday"),
    ("SU", "sunday"),
];

/// The days of a list, by [`DAYS`]: in the order of the week and each once, as Graph keeps them as a
/// set. `None` where one is no day.
fn week<T>(
    names: impl IntoIterator<Item = T>,
    is: impl Fn(&(&str, &str), &T) -> bool,
) -> Option<Vec<(&'static str, &'static str)>> {
    let places = names.into_iter().map(|name| DAYS.iter().position(|day| is(day, &name)));
    let mut places = places.collect::<Option<Vec<_>>>()?;
    places.sort_unstable();
    places.dedup();
    Some(places.into_iter().map(|place| DAYS[place]).collect())
}

/// The places of a day in its month, RFC 5545's and Graph's.
const PLACES: [(i32, &str); 5] =
    [(1, "first"), (2, "second"), (3, "third"), (4, "fourth"), (-1, "last")];

/// Outlook's days beyond the shortest month's, and the days whose last one they are.
const LATE_DAYS: [(u32, &str); 3] = [(29, "28,29"), (30, "28,29,30"), (31, "28,29,30,31")];

/// The days of a month, in the shortest and the longest year.
const fn lengths(month: u32) -> (u32, u32) {
    match month {
        2 => (28, 29),
        4 | 6 | 9 | 11 => (30, 30),
        _ => (31, 31),
    }
}
