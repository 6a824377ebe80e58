//! Graph's times: a local time without offset, and a zone.
//!
//! Written, a moment is told by the clocks of its own zone under Windows' name for it, so that
//! Outlook shows it there. Where that would not say the moment, it is told in UTC: a local time that
//! comes twice when clocks go back, a zone that Windows does not know, or one whose clocks showed
//! something else than those of the zone by which Windows knows it. Read, every moment is asked for
//! in UTC, and `originalStartTimeZone` and `originalEndTimeZone` say in which zone people think of it.
//!
//! All-day events are written as midnights in UTC; Outlook takes their dates as they are.

use chrono_tz::Tz;
use mortise_plugin_api::{
    Error, Result, Value,
    calendar::EventTime,
    chrono::{
        DateTime, Datelike as _, Days, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime,
        Offset as _, TimeZone as _, Timelike as _, Utc,
    },
    json,
};

use crate::{wire, zones};

const UTC: &str = "UTC";

/// Both ends of an event as they are written.
pub(crate) struct Written {
    pub(crate) all_day: bool,
    pub(crate) start: Placed,
    pub(crate) end: Placed,
}

/// A time on the clocks of a zone.
pub(crate) struct Placed {
    pub(crate) local: NaiveDateTime,
    /// Windows' name.
    pub(crate) windows: &'static str,
    pub(crate) zone: Tz,
    /// Whether it had to be told in UTC instead of its own zone.
    pub(crate) displaced: bool,
}

impl Placed {
    fn in_utc(local: NaiveDateTime, displaced: bool) -> Self {
        Self { local, windows: UTC, zone: Tz::UTC, displaced }
    }

    /// A `dateTimeTimeZone`.
    pub(crate) fn json(&self) -> Value {
        json!({"dateTime": digits(self.local), "timeZone": self.windows})
    }
}

/// A moment as a `dateTimeTimeZone` in UTC.
pub(crate) fn utc_json(moment: DateTime<Utc>) -> Value {
    Placed::in_utc(moment.naive_utc(), false).json()
}

/// Graph keeps ten-millionths of a second.
fn digits(local: NaiveDateTime) -> String {
    let format =
        if local.nanosecond() < 1000 { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%dT%H:%M:%S%.6f" };
    local.format(format).to_string()
}

/// Places a draft's times.
///
/// # Errors
/// `InvalidInput` for a zone that does not exist, for ends of two kinds, and for years that Graph
/// cannot write.
pub(crate) fn write(start: &EventTime, end: &EventTime) -> Result<Written> {
    for (time, field) in [(start, "event.start"), (end, "event.end")] {
        let year = match time {
            EventTime::Day { date } => date.year(),
            EventTime::Instant { date_time, .. } => date_time.to_utc().year(),
        };
        if !is_near(year) {
            return Err(Error::invalid(field, "Outlook has the years 1 to 9999 only"));
        }
    }
    match (start, end) {
        (EventTime::Day { date: first }, EventTime::Day { date: end }) => {
            let midnight = |date: &NaiveDate| Placed::in_utc(date.and_time(NaiveTime::MIN), false);
            Ok(Written { all_day: true, start: midnight(first), end: midnight(end) })
        }
        (EventTime::Instant { .. }, EventTime::Instant { .. }) => Ok(Written {
            all_day: false,
            start: place(start, "event.start.time_zone")?,
            end: place(end, "event.end.time_zone")?,
        }),
        _ => Err(Error::invalid("event.end", "start and end must both be days or both be times")),
    }
}

fn place(time: &EventTime, field: &str) -> Result<Placed> {
    let EventTime::Instant { date_time, time_zone } = time else {
        return Err(Error::invalid(field, "a time was expected"));
    };
    let own: Tz =
        time_zone.parse().map_err(|_| Error::invalid(field, "no IANA time zone has this name"))?;
    if let Some((windows, home)) = zones::windows(own) {
        let there = date_time.with_timezone(&home);
        let local = there.naive_local();
        let same_clocks = there.offset().fix() == date_time.with_timezone(&own).offset().fix();
        if same_clocks && matches!(home.from_local_datetime(&local), LocalResult::Single(_)) {
            return Ok(Placed { local, windows, zone: home, displaced: false });
        }
    }
    Ok(Placed::in_utc(date_time.naive_utc(), true))
}

/// What an event says of its times.
pub(crate) struct Raw {
    pub(crate) all_day: bool,
    pub(crate) start: wire::DateTimeTimeZone,
    pub(crate) end: wire::DateTimeTimeZone,
    pub(crate) start_zone: Option<String>,
    pub(crate) end_zone: Option<String>,
}

/// An event's times, and the zone of its start.
pub(crate) struct Times {
    pub(crate) start: EventTime,
    pub(crate) end: EventTime,
    pub(crate) zone: Tz,
}

/// Reads both ends.
///
/// # Errors
/// The name of the field that cannot be understood.
pub(crate) fn read(raw: &Raw) -> Result<Times, &'static str> {
    let start = moment(&raw.start).ok_or("start")?;
    let end = moment(&raw.end).ok_or("end")?;
    let (start_zone, end_zone) = own_zones(raw, start, end);
    if raw.all_day {
        let first = day(&raw.start, start, start_zone);
        let next = first.checked_add_days(Days::new(1)).ok_or("end")?;
        let end = day(&raw.end, end, end_zone).max(next);
        let (start, end) = (EventTime::Day { date: first }, EventTime::Day { date: end });
        return Ok(Times { start, end, zone: start_zone });
    }
    let instant = |moment: DateTime<Utc>, zone: Tz| EventTime::Instant {
        date_time: moment.with_timezone(&zone).fixed_offset(),
        time_zone: zone.name().to_owned(),
    };
    let (start, end) = (instant(start, start_zone), instant(end, end_zone));
    Ok(Times { start, end, zone: start_zone })
}

/// The moments that an event covers. An all-day one covers the days of the zone in which it was
/// made.
pub(crate) fn span(raw: &Raw) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let times = read(raw).ok()?;
    let at = |time: &EventTime| match time {
        EventTime::Instant { date_time, .. } => Some(date_time.to_utc()),
        EventTime::Day { date } => {
            Some(earliest(times.zone, date.and_time(NaiveTime::MIN))?.to_utc())
        }
    };
    Some((at(&times.start)?, at(&times.end)?))
}

/// Whether Graph and RFC 3339 have a year. Sums with others would leave what can be counted.
pub(crate) fn is_near(year: i32) -> bool {
    (1..=9999).contains(&year)
}

/// A `dateTimeTimeZone`'s moment; of a local time that comes twice the first.
pub(crate) fn moment(raw: &wire::DateTimeTimeZone) -> Option<DateTime<Utc>> {
    any_moment(raw).filter(|moment| is_near(moment.year()))
}

fn any_moment(raw: &wire::DateTimeTimeZone) -> Option<DateTime<Utc>> {
    let text = raw.date_time.as_deref()?;
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    let zone = match raw.time_zone.as_deref() {
        None | Some("") => Tz::UTC,
        Some(name) => zones::zone(name)?,
    };
    earliest(zone, text.parse().ok()?).map(|moment| moment.to_utc())
}

/// A local time's first moment; one in a gap is as long after it as it is into the gap
/// (RFC 5545 3.3.5).
pub(crate) fn earliest(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Tz>> {
    zone.from_local_datetime(&local).earliest().or_else(|| {
        let before = local.checked_sub_signed(Duration::hours(3))?;
        zone.from_local_datetime(&before).latest()?.checked_add_signed(Duration::hours(3))
    })
}

/// The zones in which people think of both ends. An end that had to be told in UTC because its
/// local time comes twice has the other end's zone.
fn own_zones(raw: &Raw, start: DateTime<Utc>, end: DateTime<Utc>) -> (Tz, Tz) {
    let known = |name: &Option<String>| name.as_deref().and_then(zones::zone);
    let (of_start, of_end) = (known(&raw.start_zone), known(&raw.end_zone));
    let start_zone = of_start.or(of_end).unwrap_or(Tz::UTC);
    let end_zone = of_end.unwrap_or(start_zone);
    if start_zone == Tz::UTC && comes_twice(start, end_zone) {
        return (end_zone, end_zone);
    }
    if end_zone == Tz::UTC && comes_twice(end, start_zone) {
        return (start_zone, start_zone);
    }
    (start_zone, end_zone)
}

fn comes_twice(moment: DateTime<Utc>, zone: Tz) -> bool {
    let local = moment.with_timezone(&zone).naive_local();
    matches!(zone.from_local_datetime(&local), LocalResult::Ambiguous(..))
}

/// The date of an all-day event's end: a midnight as it is written, else as it is in its own zone.
fn day(raw: &wire::DateTimeTimeZone, moment: DateTime<Utc>, zone: Tz) -> NaiveDate {
    let written = raw.date_time.as_deref().and_then(|text| text.parse::<NaiveDateTime>().ok());
    match written {
        Some(local) if local.time() == NaiveTime::MIN => local.date(),
        _ => moment.with_timezone(&zone).date_naive(),
    }
}
