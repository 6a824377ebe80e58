//! The part of RFC 5545 that the sandbox expands: `RRULE` with `FREQ`, `INTERVAL`, `COUNT`,
//! `UNTIL`, `WKST` and, for days and weeks, plain `BYDAY`; `EXDATE` and `RDATE`. Other rules are
//! refused rather than expanded wrongly.

use chrono::{
    DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday,
};
use chrono_tz::Tz;
use serde_json::Value;

use super::error::ApiError;
use super::time::{Moment, local_to_utc};

/// Periods looked at before a rule without end is given up: 50 years of days.
const PERIODS: u32 = 18_300;

/// The last year that can be written, 9999 in UTC, ends in this one east of Greenwich.
const LAST_LOCAL_YEAR: i32 = 10_000;

pub(super) struct Recurrence {
    rules: Vec<Rule>,
    excluded: Vec<Moment>,
    added: Vec<Moment>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

struct Rule {
    frequency: Frequency,
    interval: u32,
    count: Option<usize>,
    until: Option<Until>,
    days: Vec<Weekday>,
    week_start: Weekday,
}

#[derive(Clone, Copy)]
enum Until {
    Day(NaiveDate),
    Local(NaiveDateTime),
    Instant(DateTime<Utc>),
}

impl Recurrence {
    /// Reads the `recurrence` lines; `zone` is the event's.
    pub(super) fn read(lines: &Value, zone: Tz) -> Result<Self, ApiError> {
        let invalid = || ApiError::invalid("Invalid recurrence rule.");
        let mut recurrence = Self { rules: vec![], excluded: vec![], added: vec![] };
        for line in lines.as_array().ok_or_else(invalid)? {
            let line = line.as_str().ok_or_else(invalid)?;
            let (name, value) = line.split_once(':').ok_or_else(invalid)?;
            let mut parameters = name.split(';');
            match parameters.next() {
                Some("RRULE") => recurrence.rules.push(Rule::read(value)?),
                Some(kind @ ("EXDATE" | "RDATE")) => {
                    let named = parameters.find_map(|parameter| parameter.strip_prefix("TZID="));
                    let zone = named.map_or(Ok(zone), str::parse).map_err(|_| invalid())?;
                    let dates = value.split(',').map(|date| read_moment(date, zone));
                    let dates: Option<Vec<_>> = dates.collect();
                    let target = match kind {
                        "EXDATE" => &mut recurrence.excluded,
                        _ => &mut recurrence.added,
                    };
                    target.extend(dates.ok_or_else(invalid)?);
                }
                _ => return Err(invalid()),
            }
        }
        Ok(recurrence)
    }

    /// Starts of the instances before `horizon`, sorted and without repetition.
    pub(super) fn starts(&self, first: Moment, zone: Tz, horizon: DateTime<Utc>) -> Vec<Moment> {
        let moment = |local: NaiveDateTime| match first {
            Moment::Day(_) => Moment::Day(local.date()),
            Moment::Instant(_) => Moment::Instant(local_to_utc(local, zone)),
        };
        let mut starts = self.added.clone();
        if self.rules.is_empty() {
            starts.push(first);
        }
        for rule in &self.rules {
            let locals = rule.locals(first.local(zone)).map(moment);
            starts.extend(
                locals
                    .take(rule.count.unwrap_or(usize::MAX))
                    .take_while(|at| rule.until.is_none_or(|until| until.includes(*at, zone)))
                    .take_while(|at| at.instant(zone) < horizon),
            );
        }
        starts.retain(|at| !self.excluded.contains(at) && at.instant(zone) < horizon);
        starts.sort();
        starts.dedup();
        starts
    }
}

impl Until {
    fn includes(self, at: Moment, zone: Tz) -> bool {
        match self {
            Self::Day(day) => at.local(zone).date() <= day,
            Self::Local(local) => at.local(zone) <= local,
            Self::Instant(instant) => at.instant(zone) <= instant,
        }
    }
}

impl Rule {
    fn read(text: &str) -> Result<Self, ApiError> {
        let invalid = || ApiError::invalid("Invalid recurrence rule.");
        let mut frequency = None;
        let mut rule = Self {
            frequency: Frequency::Daily,
            interval: 1,
            count: None,
            until: None,
            days: vec![],
            week_start: Weekday::Mon,
        };
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(invalid)?;
            match name {
                "FREQ" => frequency = Some(read_frequency(value).ok_or_else(invalid)?),
                "INTERVAL" => {
                    rule.interval = value.parse().ok().filter(|n| *n > 0).ok_or_else(invalid)?;
                }
                "COUNT" => {
                    let count = value.parse().ok().filter(|n| *n > 0);
                    rule.count = Some(count.ok_or_else(invalid)?);
                }
                "UNTIL" => rule.until = Some(read_until(value).ok_or_else(invalid)?),
                "WKST" => rule.week_start = read_weekday(value).ok_or_else(invalid)?,
                "BYDAY" => {
                    let days: Option<_> = value.split(',').map(read_weekday).collect();
                    rule.days = days.ok_or_else(|| unsupported(part))?;
                }
                _ => return Err(unsupported(part)),
            }
        }
        rule.frequency = frequency.ok_or_else(invalid)?;
        if rule.count.is_some() && rule.until.is_some() {
            return Err(invalid());
        }
        let by_day = matches!(rule.frequency, Frequency::Daily | Frequency::Weekly);
        if !by_day && !rule.days.is_empty() {
            return Err(unsupported("BYDAY with months or years"));
        }
        Ok(rule)
    }

    /// Local starts from `first` on, in order.
    fn locals(&self, first: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
        let periods = (0..PERIODS).map_while(|period| period.checked_mul(self.interval));
        let dates = periods.flat_map(move |offset| self.dates(first.date(), offset));
        let dates = dates.take_while(|date| date.year() <= LAST_LOCAL_YEAR);
        dates.map(move |date| date.and_time(first.time())).filter(move |local| *local >= first)
    }

    /// The dates of the period that lies `offset` days, weeks, months or years after the first.
    fn dates(&self, first: NaiveDate, offset: u32) -> Vec<NaiveDate> {
        let days_on =
            |date: NaiveDate, days: i64| date.checked_add_signed(TimeDelta::try_days(days)?);
        let offset = i64::from(offset);
        let months_on = |months: i64| {
            let month =
                first.with_day(1)?.checked_add_months(Months::new(months.try_into().ok()?))?;
            // A month without that day is left out (RFC 5545, 3.3.10).
            month.with_day(first.day())
        };
        match self.frequency {
            Frequency::Daily => days_on(first, offset)
                .filter(|date| self.days.is_empty() || self.days.contains(&date.weekday()))
                .into_iter()
                .collect(),
            Frequency::Weekly => {
                let monday = first.week(self.week_start).first_day();
                let Some(week) = days_on(monday, offset * 7) else { return vec![] };
                let days = if self.days.is_empty() { &[first.weekday()][..] } else { &self.days };
                let mut dates: Vec<_> = (0..7)
                    .filter_map(|day| days_on(week, day))
                    .filter(|date| days.contains(&date.weekday()))
                    .collect();
                dates.sort();
                dates
            }
            Frequency::Monthly => months_on(offset).into_iter().collect(),
            Frequency::Yearly => months_on(offset * 12).into_iter().collect(),
        }
    }
}

fn unsupported(part: &str) -> ApiError {
    ApiError::invalid(format!("Invalid recurrence rule: the sandbox does not expand {part}."))
}

fn read_frequency(text: &str) -> Option<Frequency> {
    Some(match text {
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        _ => return None,
    })
}

fn read_weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

fn read_until(text: &str) -> Option<Until> {
    if let Some(utc) = text.strip_suffix('Z') {
        return Some(Until::Instant(read_local(utc)?.and_utc()));
    }
    read_local(text).map(Until::Local).or_else(|| read_day(text).map(Until::Day))
}

fn read_moment(text: &str, zone: Tz) -> Option<Moment> {
    if let Some(utc) = text.strip_suffix('Z') {
        return Some(Moment::Instant(read_local(utc)?.and_utc()));
    }
    let timed = read_local(text).map(|local| Moment::Instant(local_to_utc(local, zone)));
    timed.or_else(|| read_day(text).map(Moment::Day))
}

fn read_local(text: &str) -> Option<NaiveDateTime> {
    let (day, time) = text.split_once('T')?;
    let time = NaiveTime::parse_from_str(time, "%H%M%S").ok().filter(|_| time.len() == 6)?;
    Some(read_day(day)?.and_time(time))
}

fn read_day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y%m%d").ok().filter(|_| text.len() == 8)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn starts(first: &str, lines: Value) -> Vec<String> {
        let zone = Tz::Europe__Berlin;
        let first = Moment::Instant(local_to_utc(first.parse().unwrap(), zone));
        let horizon = local_to_utc("2028-01-01T00:00:00".parse().unwrap(), zone);
        let recurrence = Recurrence::read(&lines, zone).unwrap();
        let starts = recurrence.starts(first, zone, horizon);
        starts.iter().map(|at| at.local(zone).format("%m-%dT%H").to_string()).collect()
    }

    #[test]
    fn days_keep_their_local_hour_when_the_clocks_change() {
        let days = starts("2026-10-24T09:00:00", json!(["RRULE:FREQ=DAILY;COUNT=3"]));
        assert_eq!(days, ["10-24T09", "10-25T09", "10-26T09"]);
    }

    #[test]
    fn every_other_week_on_two_days_begins_with_the_first_event() {
        let rule = json!(["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=4"]);
        let days = starts("2026-12-02T10:00:00", rule);
        assert_eq!(days, ["12-02T10", "12-14T10", "12-16T10", "12-28T10"]);
    }

    #[test]
    fn until_is_inclusive_and_an_excluded_date_still_counts() {
        let lines = json!([
            "RRULE:FREQ=DAILY;UNTIL=20261203T090000Z",
            "EXDATE;TZID=Europe/Berlin:20261202T100000"
        ]);
        assert_eq!(starts("2026-12-01T10:00:00", lines), ["12-01T10", "12-03T10"]);
    }

    #[test]
    fn a_month_without_the_day_is_left_out() {
        let days = starts("2026-12-31T10:00:00", json!(["RRULE:FREQ=MONTHLY;COUNT=3"]));
        assert_eq!(days, ["12-31T10", "01-31T10", "03-31T10"]);
    }

    #[test]
    fn a_rule_without_end_stops_after_the_last_year() {
        let first = Moment::Day("9998-12-31".parse().unwrap());
        for (interval, count) in [(1, 3), (250_000, 1), (u32::MAX, 1)] {
            let lines = json!([format!("RRULE:FREQ=YEARLY;INTERVAL={interval}")]);
            let recurrence = Recurrence::read(&lines, Tz::UTC).unwrap();
            let starts = recurrence.starts(first, Tz::UTC, DateTime::<Utc>::MAX_UTC);
            assert_eq!(starts.len(), count, "{interval}");
        }
    }

    #[test]
    fn what_is_not_expanded_is_refused() {
        for rule in ["RRULE:FREQ=MONTHLY;BYSETPOS=1", "RRULE:INTERVAL=1", "RULE:FREQ=DAILY", "x"] {
            assert!(Recurrence::read(&json!([rule]), Tz::UTC).is_err(), "{rule}");
        }
    }
}
