//! Event times: instants, days, and what a zone makes of them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::error::ApiError;
pub(super) use crate::local::{Span, in_range, local_to_utc};

/// RFC 3339 with a mandatory offset, in the vendor's range.
pub(super) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    Some(instant).filter(in_range)
}

/// RFC 3339 in the zone; in UTC where the zone's year has not four digits.
pub(super) fn show_instant(instant: DateTime<Utc>, zone: Tz) -> String {
    let local = instant.with_timezone(&zone);
    if in_range(&local) {
        return local.to_rfc3339_opts(SecondsFormat::Secs, true);
    }
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A start or an end without its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    Day(NaiveDate),
    Instant(DateTime<Utc>),
}

impl Moment {
    pub(super) fn instant(self, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Day(day) => local_to_utc(day.and_time(NaiveTime::MIN), zone),
            Self::Instant(instant) => instant,
        }
    }

    pub(super) fn local(self, zone: Tz) -> NaiveDateTime {
        match self {
            Self::Day(day) => day.and_time(NaiveTime::MIN),
            Self::Instant(instant) => instant.with_timezone(&zone).naive_local(),
        }
    }

    /// The ending of an instance's id.
    pub(super) fn id_suffix(self) -> String {
        match self {
            Self::Day(day) => day.format("%Y%m%d").to_string(),
            Self::Instant(instant) => instant.format("%Y%m%dT%H%M%SZ").to_string(),
        }
    }
}

/// A `start`, `end` or `originalStartTime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventTime {
    pub(super) moment: Moment,
    /// As the client gave it; an all-day time has none that matters.
    pub(super) zone: Option<Tz>,
}

impl EventTime {
    /// Reads `{"date"}` or `{"dateTime", "timeZone"?}`; `which` is `start` or `end`.
    pub(super) fn read(value: &Value, which: &str) -> Result<Self, ApiError> {
        let invalid = || ApiError::invalid(format!("Invalid {which} time."));
        let text = |name: &str| match &value[name] {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.as_str())),
            _ => Err(invalid()),
        };
        let zone = text("timeZone")?
            .map(|name| {
                name.parse::<Tz>().map_err(|_| {
                    ApiError::invalid(format!("Invalid time zone definition for {which} time."))
                })
            })
            .transpose()?;
        let moment = match (text("date")?, text("dateTime")?) {
            (Some(date), None) => {
                let day: NaiveDate = date.parse().map_err(|_| invalid())?;
                Moment::Day(Some(day).filter(in_range).ok_or_else(invalid)?)
            }
            (None, Some(at)) => Moment::Instant(read_date_time(at, zone, which)?),
            (Some(_), Some(_)) => return Err(invalid()),
            (None, None) => return Err(ApiError::required(format!("Missing {which} time."))),
        };
        Ok(Self { moment, zone })
    }

    /// The wire form with a date-time in `zone`; `default` names the zone where none was given.
    pub(super) fn write(self, zone: Tz, default: Tz) -> Value {
        match self.moment {
            Moment::Day(day) => json!({"date": day.to_string()}),
            Moment::Instant(instant) => json!({
                "dateTime": show_instant(instant, zone),
                "timeZone": self.zone.unwrap_or(default).name(),
            }),
        }
    }
}

fn read_date_time(text: &str, zone: Option<Tz>, which: &str) -> Result<DateTime<Utc>, ApiError> {
    if let Some(instant) = parse_instant(text) {
        return Ok(instant);
    }
    let invalid = || ApiError::invalid(format!("Invalid {which} time."));
    let local: NaiveDateTime = text.parse().map_err(|_| invalid())?;
    if !in_range(&local) {
        return Err(invalid());
    }
    let missing = format!("Missing time zone definition for {which} time.");
    let instant = local_to_utc(local, zone.ok_or_else(|| ApiError::required(missing))?);
    Some(instant).filter(in_range).ok_or_else(invalid)
}

/// `timeMin` bounds the end, `timeMax` the start, both exclusively.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) min: Option<DateTime<Utc>>,
    pub(super) max: Option<DateTime<Utc>>,
}

impl Window {
    pub(super) fn meets(self, span: Span) -> bool {
        self.min.is_none_or(|min| span.end > min) && self.max.is_none_or(|max| span.start < max)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_local_time_in_the_skipped_hour_moves_on_by_an_hour() {
        let local = "2026-03-29T02:30:00".parse().unwrap();
        let instant = local_to_utc(local, Tz::Europe__Berlin);
        assert_eq!(show_instant(instant, Tz::Europe__Berlin), "2026-03-29T03:30:00+02:00");
    }

    #[test]
    fn a_local_time_that_comes_twice_is_the_first_one() {
        let local = "2026-10-25T02:30:00".parse().unwrap();
        let instant = local_to_utc(local, Tz::Europe__Berlin);
        assert_eq!(show_instant(instant, Tz::Europe__Berlin), "2026-10-25T02:30:00+02:00");
    }

    #[test]
    fn a_year_of_five_digits_is_not_written() {
        let last = parse_instant("9999-12-31T23:30:00Z").unwrap();
        assert_eq!(show_instant(last, Tz::Europe__Berlin), "9999-12-31T23:30:00Z");
        assert_eq!(show_instant(last, Tz::America__New_York), "9999-12-31T18:30:00-05:00");
        assert_eq!(parse_instant("9999-12-31T23:30:00-01:00"), None);
        assert_eq!(parse_instant("0001-01-01T00:30:00+01:00"), None);
    }

    #[test]
    fn touching_a_bound_is_not_meeting_the_window() {
        let at = |hour: u32| Utc.with_ymd_and_hms(2026, 12, 1, hour, 0, 0).unwrap();
        let window = Window { min: Some(at(10)), max: Some(at(12)) };
        assert!(!window.meets(Span { start: at(9), end: at(10) }));
        assert!(window.meets(Span { start: at(9), end: at(11) }));
        assert!(!window.meets(Span { start: at(12), end: at(13) }));
    }
}
