//! Times as callers write them, checked: a zone that exists, a local time that exists in it, an
//! end after the start.

use chrono::{
    DateTime, Datelike as _, Duration, FixedOffset, LocalResult, NaiveDate, NaiveDateTime,
    TimeZone as _, Utc,
};
use chrono_tz::Tz;
use mortise_plugin_api::calendar::EventTime;

/// A fault in the input: which field, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct FieldError {
    /// Dotted name, `event.start.time_zone`.
    pub field: String,
    /// One sentence.
    pub message: String,
}

impl FieldError {
    /// A fault in a field.
    #[must_use]
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// A start or end as written: `date`, or `date_time` with or without offset and a `time_zone`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WrittenTime<'a> {
    /// `2026-12-24`.
    pub date: Option<&'a str>,
    /// `2026-12-01T10:00:00+01:00`, or without the offset.
    pub date_time: Option<&'a str>,
    /// `Europe/Berlin`.
    pub time_zone: Option<&'a str>,
}

/// Reads one time. `field` is its dotted name.
///
/// With an offset the moment is as written and the zone only says how people think of it; without
/// one the time is local to the zone. Of a local time that comes twice, when clocks go back, the
/// first is meant (RFC 5545 3.3.5).
///
/// # Errors
/// A [`FieldError`] for a zone or date that does not exist, for a local time in a gap, and for
/// anything unreadable.
pub fn read(field: &str, written: WrittenTime<'_>) -> Result<EventTime, FieldError> {
    match (written.date, written.date_time) {
        (Some(date), None) => {
            if written.time_zone.is_some() {
                return Err(FieldError::new(
                    format!("{field}.time_zone"),
                    "an all-day time has no zone: leave it out",
                ));
            }
            let at = format!("{field}.date");
            let Ok(date) = date.parse::<NaiveDate>() else {
                return Err(FieldError::new(at, "not a date such as 2026-12-24"));
            };
            check_year(&at, date)?;
            Ok(EventTime::Day { date })
        }
        (None, Some(date_time)) => read_instant(field, date_time, written.time_zone),
        (Some(_), Some(_)) => {
            Err(FieldError::new(field, "give either date or date_time, not both"))
        }
        (None, None) => Err(FieldError::new(field, "give date_time, or date for a whole day")),
    }
}

fn read_instant(field: &str, date_time: &str, zone: Option<&str>) -> Result<EventTime, FieldError> {
    let tz = zone.map(|name| zone_named(&format!("{field}.time_zone"), name)).transpose()?;
    let at = format!("{field}.date_time");
    if let Ok(moment) = DateTime::parse_from_rfc3339(date_time) {
        check_year(&at, moment.date_naive())?;
        let tz = tz.unwrap_or(Tz::UTC);
        return Ok(instant(moment.with_timezone(&tz)));
    }
    let Ok(local) = date_time.parse::<NaiveDateTime>() else {
        return Err(FieldError::new(at, "not a time such as 2026-12-01T10:00:00+01:00"));
    };
    check_year(&at, local.date())?;
    let Some(tz) = tz else {
        return Err(FieldError::new(
            format!("{field}.time_zone"),
            "a date_time without offset needs a time_zone such as Europe/Berlin",
        ));
    };
    match tz.from_local_datetime(&local) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => Ok(instant(moment)),
        LocalResult::None => Err(FieldError::new(
            at,
            format!("{date_time} does not exist in {tz}: clocks are put forward over it"),
        )),
    }
}

/// Calendars end somewhere, each elsewhere; what is far from these years is a slip.
fn check_year(field: &str, date: NaiveDate) -> Result<(), FieldError> {
    let known = (1900..3000).contains(&date.year());
    if known { Ok(()) } else { Err(FieldError::new(field, "the year must be from 1900 to 2999")) }
}

fn instant(moment: DateTime<Tz>) -> EventTime {
    EventTime::Instant {
        date_time: moment.fixed_offset(),
        time_zone: moment.timezone().name().to_owned(),
    }
}

/// An IANA zone by its name.
///
/// # Errors
/// A [`FieldError`] for `field` where there is none.
pub fn zone_named(field: &str, name: &str) -> Result<Tz, FieldError> {
    name.parse().map_err(|_| {
        FieldError::new(field, format!("no IANA time zone has the name {:?}", shorten(name)))
    })
}

fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

/// Checks that both ends are of one kind and in order. `field` is the event's dotted name.
///
/// # Errors
/// A [`FieldError`] that names the end.
pub fn check_span(field: &str, start: &EventTime, end: &EventTime) -> Result<(), FieldError> {
    let at = format!("{field}.end");
    match (start, end) {
        (EventTime::Instant { date_time: from, .. }, EventTime::Instant { date_time: to, .. }) => {
            if to < from {
                return Err(FieldError::new(at, "the end is before the start"));
            }
        }
        (EventTime::Day { date: from }, EventTime::Day { date: to }) => {
            if to <= from {
                return Err(FieldError::new(
                    at,
                    "the end of an all-day event is exclusive: it must be after the start",
                ));
            }
        }
        _ => {
            return Err(FieldError::new(at, "start and end must both be times or both be dates"));
        }
    }
    Ok(())
}

/// The half-open span of an event, all-day times read in `zone` (that of the calendar).
#[must_use]
pub fn span(start: &EventTime, end: &EventTime, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
    (moment(start, zone), moment(end, zone))
}

/// The same moment, written with the offset of its own zone: vendors write times in the calendar's.
/// A zone that is not known here leaves it as it is.
#[must_use]
pub fn in_own_zone(time: EventTime) -> EventTime {
    match time {
        EventTime::Instant { date_time, time_zone } => {
            let read = |tz: Tz| date_time.with_timezone(&tz).fixed_offset();
            let date_time = time_zone.parse().map_or(date_time, read);
            EventTime::Instant { date_time, time_zone }
        }
        day => day,
    }
}

/// The first moment of a time, an all-day one read in `zone`.
#[must_use]
pub fn moment(time: &EventTime, zone: Tz) -> DateTime<Utc> {
    match time {
        EventTime::Instant { date_time, .. } => date_time.to_utc(),
        EventTime::Day { date } => day_start(*date, zone),
    }
}

/// Midnight, or the first moment after it where clocks are put forward over midnight.
fn day_start(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    for minutes in (0..=180).step_by(15) {
        let local = midnight + Duration::minutes(minutes);
        if let Some(moment) = zone.from_local_datetime(&local).earliest() {
            return moment.to_utc();
        }
    }
    // A whole day is missing only where a zone crossed the date line.
    DateTime::from_naive_utc_and_offset(midnight, Utc)
}

/// A moment as an API parameter: RFC 3339 with offset.
///
/// # Errors
/// A [`FieldError`] for `field`.
pub fn read_moment(field: &str, text: &str) -> Result<DateTime<Utc>, FieldError> {
    // A plus sign that was not encoded in a query arrives as a space.
    let text = text.replacen(' ', "+", usize::from(text.len() > 19 && text.contains('T')));
    let Ok(moment) = DateTime::<FixedOffset>::parse_from_rfc3339(&text) else {
        return Err(FieldError::new(field, "not a time with offset such as 2026-12-01T10:00:00Z"));
    };
    check_year(field, moment.date_naive())?;
    Ok(moment.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed<'a>(date_time: &'a str, zone: Option<&'a str>) -> WrittenTime<'a> {
        WrittenTime { date_time: Some(date_time), time_zone: zone, date: None }
    }

    #[test]
    fn an_offset_fixes_the_moment_and_the_zone_its_reading() {
        let time = read("start", timed("2026-12-01T09:00:00Z", Some("Europe/Berlin"))).unwrap();
        let json = serde_json::to_value(&time).unwrap();
        assert_eq!(json["date_time"], "2026-12-01T10:00:00+01:00");
        assert_eq!(json["time_zone"], "Europe/Berlin");
    }

    #[test]
    fn a_time_is_written_with_the_offset_of_its_own_zone() {
        let time = EventTime::Instant {
            date_time: DateTime::parse_from_rfc3339("2026-12-01T16:00:00+01:00").unwrap(),
            time_zone: "America/New_York".into(),
        };
        let json = serde_json::to_value(in_own_zone(time)).unwrap();
        assert_eq!(json["date_time"], "2026-12-01T10:00:00-05:00");
    }

    #[test]
    fn a_local_time_in_a_gap_is_refused_and_named() {
        let error = read("event.start", timed("2026-03-29T02:30:00", Some("Europe/Berlin")));
        let error = error.unwrap_err();
        assert_eq!(error.field, "event.start.date_time");
        assert!(error.message.contains("does not exist in Europe/Berlin"), "{error}");
    }

    #[test]
    fn a_local_time_that_comes_twice_is_the_first() {
        let time = read("start", timed("2026-10-25T02:30:00", Some("Europe/Berlin"))).unwrap();
        assert_eq!(moment(&time, Tz::UTC).to_rfc3339(), "2026-10-25T00:30:00+00:00");
    }

    #[test]
    fn unreadable_times_name_their_field() {
        for (written, field) in [
            (timed("2026-12-01T10:00:00", None), "start.time_zone"),
            (timed("2026-12-01T10:00:00Z", Some("Mars/Base")), "start.time_zone"),
            (timed("tomorrow", Some("Europe/Berlin")), "start.date_time"),
            (timed("+262142-12-31T23:59:59", Some("UTC")), "start.date_time"),
            (timed("9999-12-31T23:59:59Z", None), "start.date_time"),
            (WrittenTime { date: Some("0000-01-01"), ..Default::default() }, "start.date"),
            (WrittenTime::default(), "start"),
            (WrittenTime { date: Some("2026-02-30"), ..Default::default() }, "start.date"),
        ] {
            assert_eq!(read("start", written).unwrap_err().field, field, "{written:?}");
        }
    }

    #[test]
    fn an_end_must_follow_its_start_and_be_of_its_kind() {
        let day = |text: &str| EventTime::Day { date: text.parse().unwrap() };
        let time = |text| read("x", timed(text, None)).unwrap();
        assert!(check_span("event", &day("2026-12-24"), &day("2026-12-25")).is_ok());
        assert!(check_span("event", &day("2026-12-24"), &day("2026-12-24")).is_err());
        let (ten, nine) = (time("2026-12-01T10:00:00Z"), time("2026-12-01T09:00:00Z"));
        assert_eq!(check_span("event", &ten, &nine).unwrap_err().field, "event.end");
        assert!(check_span("event", &ten, &day("2026-12-24")).is_err());
    }

    #[test]
    fn a_day_without_midnight_starts_at_its_first_moment() {
        let day = EventTime::Day { date: "2024-03-10".parse().unwrap() };
        let havana: Tz = "America/Havana".parse().unwrap();
        assert_eq!(moment(&day, havana).to_rfc3339(), "2024-03-10T05:00:00+00:00");
    }

    #[test]
    fn a_query_may_have_lost_its_plus_sign() {
        let moment = read_moment("start", "2026-12-01T10:00:00 01:00").unwrap();
        assert_eq!(moment.to_rfc3339(), "2026-12-01T09:00:00+00:00");
        assert!(read_moment("start", "2026-12-01").is_err());
    }
}
