//! Local times and spans of time, the same for every vendor's calendar.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// Whether it is in a year that the vendors' timestamps have: 0001 to 9999.
pub(crate) fn in_range(date: &impl Datelike) -> bool {
    (1..=9999).contains(&date.year())
}

/// The instant of a local time. In the hour that a zone skips it is as much later as the gap is
/// wide; in the hour that comes twice it is the first one.
pub(crate) fn local_to_utc(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let at = |local: NaiveDateTime| zone.from_local_datetime(&local).earliest();
    at(local)
        .or_else(|| {
            let before = at(local - TimeDelta::days(1))?;
            Some(before + TimeDelta::days(1))
        })
        .map_or_else(|| local.and_utc(), |found| found.to_utc())
}

/// Half-open: the end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
}

impl Span {
    /// Whether they have time in common; an empty one has its start.
    pub(crate) fn meets(self, other: Self) -> bool {
        let empty_within = other.start == other.end && other.start == self.start;
        other.start < self.end && (other.end > self.start || empty_within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_is_not_meeting() {
        let at = |hour: u32| Utc.with_ymd_and_hms(2026, 12, 1, hour, 0, 0).unwrap();
        let span = |start, end| Span { start: at(start), end: at(end) };
        assert!(!span(10, 12).meets(span(9, 10)));
        assert!(span(10, 12).meets(span(9, 11)));
        assert!(!span(10, 12).meets(span(12, 13)));
        assert!(span(10, 12).meets(span(10, 10)), "no time at all, but at its start");
        assert!(!span(10, 12).meets(span(12, 12)));
    }
}
