use mortise_plugin_api::chrono::{NaiveDate, TimeZone as _};

use super::{DAYS, LATE_DAYS, PLACES, Series, lengths, week};
use crate::{times, wire, zones};

/// The RRULE line of a series; `None` where Graph's pattern cannot be understood.
pub(crate) fn read(raw: &wire::PatternedRecurrence, series: &Series) -> Option<String> {
    let pattern = &raw.pattern;
    let day = || pattern.day_of_month.filter(|day| (1..=31).contains(day));
    let month = || pattern.month.filter(|month| (1..=12).contains(month));
    let (frequency, by) = match pattern.r#type.as_str() {
        "daily" => ("DAILY", String::new()),
        "weekly" => ("WEEKLY", format!(";BYDAY={}", days(pattern)?.join(","))),
        "absoluteMonthly" => ("MONTHLY", by_month_day(day()?)),
        "relativeMonthly" => ("MONTHLY", relative(pattern)?),
        "absoluteYearly" => {
            let (month, day) = (month()?, day()?);
            let (shortest, _) = lengths(month);
            let day = if day > shortest { "-1".to_owned() } else { day.to_string() };
            ("YEARLY", format!(";BYMONTH={month};BYMONTHDAY={day}"))
        }
        "relativeYearly" => ("YEARLY", format!(";BYMONTH={}{}", month()?, relative(pattern)?)),
        _ => return None,
    };
    let interval = match pattern.interval {
        None | Some(0 | 1) => String::new(),
        Some(interval) => format!(";INTERVAL={interval}"),
    };
    let end = match raw.range.r#type.as_str() {
        "noEnd" => String::new(),
        "numbered" => format!(";COUNT={}", raw.range.number_of_occurrences.filter(|n| *n > 0)?),
        "endDate" => format!(";UNTIL={}", until(&raw.range, series)?),
        _ => return None,
    };
    let week_start = week_start(pattern).unwrap_or_default();
    Some(format!("RRULE:FREQ={frequency}{interval}{end}{by}{week_start}"))
}

/// A month without the day has the occurrence on its last one.
fn by_month_day(day: u32) -> String {
    match LATE_DAYS.iter().find(|(late, _)| *late == day) {
        Some((31, _)) => ";BYMONTHDAY=-1".to_owned(),
        Some((_, days)) => format!(";BYMONTHDAY={days};BYSETPOS=-1"),
        None => format!(";BYMONTHDAY={day}"),
    }
}

fn relative(pattern: &wire::RecurrencePattern) -> Option<String> {
    let index = pattern.index.as_deref().unwrap_or("first");
    let place = PLACES.iter().find(|(_, name)| *name == index)?.0;
    let days = days(pattern)?;
    Some(match &days[..] {
        [day] => format!(";BYDAY={place}{day}"),
        _ => format!(";BYDAY={};BYSETPOS={place}", days.join(",")),
    })
}

fn days(pattern: &wire::RecurrencePattern) -> Option<Vec<&'static str>> {
    let names = pattern.days_of_week.as_ref().filter(|names| !names.is_empty())?;
    let days = week(names, |(_, day), name| day.eq_ignore_ascii_case(name))?;
    Some(days.into_iter().map(|(short, _)| short).collect())
}

fn short_day(name: &str) -> Option<&'static str> {
    DAYS.iter().find(|(_, day)| day.eq_ignore_ascii_case(name)).map(|(short, _)| *short)
}

/// Where weeks begin matters only where some are left out; RFC 5545's own beginning is Monday.
fn week_start(pattern: &wire::RecurrencePattern) -> Option<String> {
    if pattern.r#type != "weekly" || pattern.interval.unwrap_or(1) < 2 {
        return None;
    }
    let day = pattern.first_day_of_week.as_deref().map_or(Some("SU"), short_day)?;
    (day != "MO").then(|| format!(";WKST={day}"))
}

/// The last possible start as RFC 5545 has it: a date for all-day series, else a moment in UTC.
fn until(range: &wire::RecurrenceRange, series: &Series) -> Option<String> {
    let date: NaiveDate = range.end_date.as_deref()?.get(..10)?.parse().ok()?;
    if series.all_day {
        return Some(date.format("%Y%m%d").to_string());
    }
    let zone = range.recurrence_time_zone.as_deref().and_then(zones::zone).unwrap_or(series.zone);
    let first = times::earliest(series.zone, series.first)?.with_timezone(&zone);
    let local = date.and_time(first.time());
    let last =
        zone.from_local_datetime(&local).latest().or_else(|| times::earliest(zone, local))?;
    Some(last.to_utc().format("%Y%m%dT%H%M%SZ").to_string())
}
