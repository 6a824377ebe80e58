//! `patternedRecurrence`: read, checked, and expanded.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc, Weekday};
use chrono_tz::Tz;
use serde_json::Value;

use super::error::GraphError;
use super::time::Moment;
use super::zones::zone;
use crate::local::local_to_utc;

/// A series from its first possible date on.
pub(super) struct Recurrence {
    pattern: Pattern,
    interval: u32,
    first: NaiveDateTime,
    zone: Tz,
    end: End,
}

enum Pattern {
    Daily,
    Weekly {
        days: Vec<Weekday>,
        week_start: Weekday,
    },
    MonthDay {
        day: u32,
        month: Option<u32>,
    },
    /// The first, second, third, fourth (0 to 3) or last of these weekdays in the month.
    MonthWeekday {
        days: Vec<Weekday>,
        index: Option<usize>,
        month: Option<u32>,
    },
}

enum End {
    Never,
    /// Inclusive.
    Date(NaiveDate),
    Count(usize),
}

/// Dates after this year are not expanded; the vendor's timestamps have four digits.
const LAST_YEAR: i32 = 9998;

impl Recurrence {
    /// Reads a recurrence of an event that starts at `start`.
    ///
    /// The range starts on the day of the event, in the zone of the range, which is the event's
    /// where it is not said.
    pub(super) fn read(value: &Value, start: &Moment, all_day: bool) -> Result<Self, GraphError> {
        let (pattern, range) = (&value["pattern"], &value["range"]);
        let zone = match range["recurrenceTimeZone"].as_str().filter(|name| !name.is_empty()) {
            None => start.zone,
            Some(name) => zone(name).ok_or_else(|| GraphError::unknown_zone(name))?,
        };
        let first = match all_day {
            true => start.local,
            false => start.instant().with_timezone(&zone).naive_local(),
        };
        let start_date = date(range, "startDate")?
            .ok_or_else(|| refused("range.startDate", "it is required"))?;
        if start_date != first.date() {
            return Err(refused("range.startDate", "it must be the day that the event starts"));
        }
        let interval = pattern["interval"].as_u64().and_then(|interval| interval.try_into().ok());
        let interval = interval.filter(|interval| *interval > 0);
        let recurrence = Self {
            pattern: read_pattern(pattern)?,
            interval: interval.ok_or_else(|| refused("pattern.interval", "it must be positive"))?,
            first,
            zone,
            end: read_end(range, start_date)?,
        };
        if recurrence.starts(DateTime::<Utc>::MAX_UTC).next().is_none() {
            return Err(refused("pattern", "no occurrence is in the range"));
        }
        Ok(recurrence)
    }

    /// Local starts in the zone of the series, in order, while they are before `horizon`.
    pub(super) fn starts(&self, horizon: DateTime<Utc>) -> impl Iterator<Item = NaiveDateTime> {
        let periods = (0_u32..).map_while(|period| period.checked_mul(self.interval));
        let dates = periods.map_while(|offset| self.dates(offset)).flatten();
        let first = self.first;
        let locals = dates.filter(move |date| *date >= first.date());
        let limit = match self.end {
            End::Count(count) => count,
            End::Never | End::Date(_) => usize::MAX,
        };
        locals
            .take_while(|date| match self.end {
                End::Date(last) => *date <= last,
                End::Never | End::Count(_) => true,
            })
            .take(limit)
            .map(move |date| date.and_time(first.time()))
            .take_while(move |local| self.instant(*local) < horizon)
    }

    pub(super) fn instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        local_to_utc(local, self.zone)
    }

    /// The dates of the day, week, month or year that lies `offset` of them after the first;
    /// nothing after the last year.
    fn dates(&self, offset: u32) -> Option<Vec<NaiveDate>> {
        let first = self.first.date();
        let days_on = |date: NaiveDate, days: u32| {
            let date = date.checked_add_days(chrono::Days::new(days.into()))?;
            Some(date).filter(|date| date.year() <= LAST_YEAR)
        };
        match &self.pattern {
            Pattern::Daily => Some(vec![days_on(first, offset)?]),
            Pattern::Weekly { days, week_start } => {
                let week = first.week(*week_start).checked_first_day()?;
                let week = days_on(week, offset.checked_mul(7)?)?;
                let dates = (0..7).filter_map(|day| days_on(week, day));
                Some(dates.filter(|date| days.contains(&date.weekday())).collect())
            }
            Pattern::MonthDay { day, month } => {
                let month = self.month(offset, *month)?;
                // A shorter month has it on its last day, as in Outlook.
                let last = u32::from(month.num_days_in_month());
                Some(month.with_day((*day).min(last)).into_iter().collect())
            }
            Pattern::MonthWeekday { days, index, month } => {
                let month = self.month(offset, *month)?;
                let all: Vec<_> = month
                    .iter_days()
                    .take_while(|date| date.month() == month.month())
                    .filter(|date| days.contains(&date.weekday()))
                    .collect();
                let found = index.map_or(all.last(), |index| all.get(index));
                Some(found.copied().into_iter().collect())
            }
        }
    }

    /// First day of the month that lies `offset` months after the first one; where the pattern
    /// names a month, of that month and `offset` years after.
    fn month(&self, offset: u32, named: Option<u32>) -> Option<NaiveDate> {
        let first = self.first.date().with_day(1)?;
        let (first, months) = match named {
            Some(month) => (first.with_month(month)?, offset.checked_mul(12)?),
            None => (first, offset),
        };
        let month = first.checked_add_months(chrono::Months::new(months))?;
        Some(month).filter(|month| month.year() <= LAST_YEAR)
    }
}

fn refused(name: &str, why: &str) -> GraphError {
    GraphError::property(format!("Invalid value for property 'recurrence.{name}': {why}."))
}

fn read_pattern(pattern: &Value) -> Result<Pattern, GraphError> {
    let days = || {
        let days = pattern["daysOfWeek"].as_array().into_iter().flatten();
        let days: Vec<_> = days.filter_map(|day| day.as_str()?.parse().ok()).collect();
        match days.is_empty() {
            true => Err(refused("pattern.daysOfWeek", "it is required for this type")),
            false => Ok(days),
        }
    };
    let number = |name: &str, most: u64| {
        let number = pattern[name].as_u64().filter(|number| (1..=most).contains(number));
        let number = number.and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| {
            refused(&format!("pattern.{name}"), "it is required for this type and must exist")
        })
    };
    let index = || match pattern["index"].as_str() {
        None | Some("first") => Some(0),
        Some("second") => Some(1),
        Some("third") => Some(2),
        Some("fourth") => Some(3),
        Some(_) => None,
    };
    Ok(match pattern["type"].as_str() {
        Some("daily") => Pattern::Daily,
        Some("weekly") => Pattern::Weekly {
            days: days()?,
            week_start: match pattern["firstDayOfWeek"].as_str() {
                None => Weekday::Sun,
                Some(day) => {
                    day.parse().map_err(|_| refused("pattern.firstDayOfWeek", "it is not a day"))?
                }
            },
        },
        Some("absoluteMonthly") => {
            Pattern::MonthDay { day: number("dayOfMonth", 31)?, month: None }
        }
        Some("absoluteYearly") => {
            let (day, month) = (number("dayOfMonth", 31)?, number("month", 12)?);
            let leap = NaiveDate::from_ymd_opt(2024, month, day);
            leap.ok_or_else(|| refused("pattern.dayOfMonth", "the month has no such day"))?;
            Pattern::MonthDay { day, month: Some(month) }
        }
        Some("relativeMonthly") => {
            Pattern::MonthWeekday { days: days()?, index: index(), month: None }
        }
        Some("relativeYearly") => {
            let month = Some(number("month", 12)?);
            Pattern::MonthWeekday { days: days()?, index: index(), month }
        }
        _ => return Err(refused("pattern.type", "it is required")),
    })
}

fn read_end(range: &Value, start: NaiveDate) -> Result<End, GraphError> {
    match range["type"].as_str() {
        Some("noEnd") => Ok(End::Never),
        Some("endDate") => {
            let end = date(range, "endDate")?.filter(|end| *end >= start);
            let why = "it is required for this type and must not be before startDate";
            end.map(End::Date).ok_or_else(|| refused("range.endDate", why))
        }
        Some("numbered") => {
            let count = range["numberOfOccurrences"].as_u64().filter(|count| *count > 0);
            let count = count.and_then(|count| count.try_into().ok());
            let why = "it is required for this type and must be positive";
            count.map(End::Count).ok_or_else(|| refused("range.numberOfOccurrences", why))
        }
        _ => Err(refused("range.type", "it is required")),
    }
}

fn date(range: &Value, name: &str) -> Result<Option<NaiveDate>, GraphError> {
    let Some(text) = range[name].as_str() else { return Ok(None) };
    let not_a_date = || refused(&format!("range.{name}"), "a date is expected");
    text.parse().map(Some).map_err(|_| not_a_date())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(start: &str, pattern: Value, mut range: Value) -> Result<Recurrence, GraphError> {
        let local: NaiveDateTime = start.parse().unwrap();
        let start = Moment { local, zone: Tz::Europe__Berlin, name: "Europe/Berlin".to_owned() };
        range["startDate"] = json!(local.date());
        Recurrence::read(&json!({"pattern": pattern, "range": range}), &start, false)
    }

    fn starts(start: &str, pattern: Value, count: usize) -> Vec<String> {
        let range = json!({"type": "numbered", "numberOfOccurrences": count});
        let recurrence = read(start, pattern, range).unwrap();
        let starts = recurrence.starts(DateTime::<Utc>::MAX_UTC);
        starts.map(|at| at.format("%y-%m-%d").to_string()).collect()
    }

    #[test]
    fn every_other_week_on_two_days_begins_with_the_first_event() {
        let pattern = json!({"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "wednesday"],
            "firstDayOfWeek": "monday"});
        let days = starts("2026-12-02T10:00:00", pattern, 4);
        assert_eq!(days, ["26-12-02", "26-12-14", "26-12-16", "26-12-28"]);
    }

    #[test]
    fn the_week_begins_on_sunday_where_it_is_not_said() {
        let pattern = json!({"type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "monday"]});
        let days = starts("2026-11-29T10:00:00", pattern, 3);
        assert_eq!(days, ["26-11-29", "26-11-30", "26-12-13"]);
    }

    #[test]
    fn a_shorter_month_has_the_last_day() {
        let pattern = json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31});
        assert_eq!(starts("2026-12-31T10:00:00", pattern, 3), ["26-12-31", "27-01-31", "27-02-28"]);
        let pattern =
            json!({"type": "absoluteYearly", "interval": 4, "dayOfMonth": 29, "month": 2});
        assert_eq!(starts("2024-02-29T10:00:00", pattern, 2), ["24-02-29", "28-02-29"]);
    }

    #[test]
    fn weekdays_are_counted_in_the_month() {
        let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"];
        let pattern = json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": weekdays, "index": "last"});
        assert_eq!(starts("2026-10-30T10:00:00", pattern, 3), ["26-10-30", "26-11-30", "26-12-31"]);
        let pattern = json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["thursday"],
            "index": "fourth", "month": 11});
        assert_eq!(starts("2026-11-26T10:00:00", pattern, 2), ["26-11-26", "27-11-25"]);
    }

    #[test]
    fn the_end_date_is_part_of_the_series_and_the_local_hour_stays() {
        let pattern = json!({"type": "daily", "interval": 1});
        let range = json!({"type": "endDate", "endDate": "2026-10-26"});
        let recurrence = read("2026-10-24T09:00:00", pattern, range).unwrap();
        let starts = recurrence.starts(DateTime::<Utc>::MAX_UTC);
        let hours: Vec<_> =
            starts.map(|at| recurrence.instant(at).format("%dT%H").to_string()).collect();
        assert_eq!(hours, ["24T07", "25T08", "26T08"]);
    }

    #[test]
    fn a_series_without_end_stops_after_the_last_year() {
        let pattern =
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 31, "month": 12});
        let recurrence = read("9997-12-31T10:00:00", pattern, json!({"type": "noEnd"})).unwrap();
        assert_eq!(recurrence.starts(DateTime::<Utc>::MAX_UTC).count(), 2);
    }

    #[test]
    fn what_a_type_needs_is_required() {
        let no_end = json!({"type": "noEnd"});
        let daily = json!({"type": "daily", "interval": 1});
        for pattern in [
            json!({"type": "daily"}),
            json!({"type": "daily", "interval": 0}),
            json!({"type": "weekly", "interval": 1}),
            json!({"type": "absoluteMonthly", "interval": 1}),
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 30, "month": 2}),
            json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["monday"]}),
            json!({"interval": 1}),
        ] {
            assert!(
                read("2026-12-01T10:00:00", pattern.clone(), no_end.clone()).is_err(),
                "{pattern}"
            );
        }
        for range in [
            json!({}),
            json!({"type": "endDate"}),
            json!({"type": "endDate", "endDate": "2026-11-30"}),
            json!({"type": "numbered", "numberOfOccurrences": 0}),
            json!({"type": "noEnd", "recurrenceTimeZone": "Nowhere"}),
        ] {
            assert!(read("2026-12-01T10:00:00", daily.clone(), range.clone()).is_err(), "{range}");
        }
    }
}
