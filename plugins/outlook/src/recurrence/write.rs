use mortise_plugin_api::{
    Result, Value,
    chrono::{Datelike as _, NaiveDate, NaiveDateTime, TimeZone as _, Timelike as _},
    json,
};

use super::{DAYS, LATE_DAYS, PLACES, Series, lengths, rule::Rule, week};
use crate::times;

/// Graph's recurrence for a draft's lines; `None` where there are none. `windows` is the name of
/// the series' zone.
///
/// # Errors
/// `InvalidInput` with the line (`event.recurrence.0`) and the part that does not map.
pub(crate) fn write(lines: &[String], series: &Series, windows: &str) -> Result<Option<Value>> {
    if lines.is_empty() {
        return Ok(None);
    }
    let mut rule = Rule::read(lines)?;
    let interval = rule.count("INTERVAL")?.unwrap_or(1);
    let week_start = match rule.take("WKST") {
        None => "monday",
        Some(day) => day_name(day).ok_or_else(|| rule.refuse(&format!("WKST={day}")))?,
    };
    let frequency = rule.take("FREQ").unwrap_or_default();
    let mut pattern = match frequency {
        // Every day, but only these days of the week: each of those weeks has them.
        "DAILY" if interval == 1 && rule.has("BYDAY") => weekly(&mut rule, series)?,
        "DAILY" => json!({"type": "daily"}),
        "WEEKLY" => weekly(&mut rule, series)?,
        "MONTHLY" => monthly(&mut rule, series)?,
        "YEARLY" => yearly(&mut rule, series)?,
        other => return Err(rule.refuse(&format!("FREQ={other}"))),
    };
    pattern["interval"] = json!(interval);
    if pattern["type"] == "weekly" {
        pattern["firstDayOfWeek"] = json!(week_start);
    }
    let range = range(&mut rule, series, windows)?;
    rule.finish()?;
    Ok(Some(json!({"pattern": pattern, "range": range})))
}

fn weekly(rule: &mut Rule<'_>, series: &Series) -> Result<Value> {
    let days = match rule.take("BYDAY") {
        Some(text) => plain_days(text).ok_or_else(|| rule.refuse(&format!("BYDAY={text}")))?,
        None => vec![DAYS[series.first.weekday().num_days_from_monday() as usize].1],
    };
    Ok(json!({"type": "weekly", "daysOfWeek": days}))
}

fn monthly(rule: &mut Rule<'_>, series: &Series) -> Result<Value> {
    if let Some((place, days)) = relative(rule)? {
        return Ok(json!({"type": "relativeMonthly", "index": place, "daysOfWeek": days}));
    }
    let Some(text) = rule.take("BYMONTHDAY") else {
        let day = series.first.day();
        if day > 28 {
            return Err(late_day(rule, &format!("the start on day {day}")));
        }
        return Ok(json!({"type": "absoluteMonthly", "dayOfMonth": day}));
    };
    let last_of = match rule.take("BYSETPOS") {
        Some("-1") => LATE_DAYS.iter().find(|(_, days)| *days == text).map(|(day, _)| *day),
        Some(other) => return Err(rule.refuse(&format!("BYSETPOS={other}"))),
        None => None,
    };
    let day = match (last_of, text.parse::<i32>()) {
        (Some(day), _) => day,
        (None, Ok(-1)) => 31,
        (None, Ok(day @ 1..=28)) => day.unsigned_abs(),
        (None, Ok(29..=31)) => return Err(late_day(rule, &format!("BYMONTHDAY={text}"))),
        _ => return Err(rule.refuse(&format!("BYMONTHDAY={text}"))),
    };
    Ok(json!({"type": "absoluteMonthly", "dayOfMonth": day}))
}

fn yearly(rule: &mut Rule<'_>, series: &Series) -> Result<Value> {
    let month = match rule.take("BYMONTH") {
        Some(text) => match text.parse() {
            Ok(month @ 1..=12) => month,
            _ => return Err(rule.refuse(&format!("BYMONTH={text}"))),
        },
        None => {
            // Without a month they mean other days of the year.
            for name in ["BYDAY", "BYMONTHDAY"] {
                if let Some(value) = rule.take(name) {
                    return Err(rule.refuse(&format!("{name}={value} without BYMONTH")));
                }
            }
            series.first.month()
        }
    };
    if let Some((place, days)) = relative(rule)? {
        return Ok(json!({
            "type": "relativeYearly", "month": month, "index": place, "daysOfWeek": days,
        }));
    }
    let (shortest, longest) = lengths(month);
    let day = match rule.take("BYMONTHDAY") {
        None => series.first.day(),
        Some("-1") => return Ok(absolute_yearly(month, longest)),
        Some(text) => match text.parse() {
            Ok(day @ 1..=31) if day <= longest => day,
            _ => return Err(rule.refuse(&format!("BYMONTHDAY={text}"))),
        },
    };
    if day > shortest {
        return Err(late_day(rule, &format!("day {day} of month {month}")));
    }
    Ok(absolute_yearly(month, day))
}

fn absolute_yearly(month: u32, day: u32) -> Value {
    json!({"type": "absoluteYearly", "month": month, "dayOfMonth": day})
}

fn late_day(rule: &Rule<'_>, part: &str) -> mortise_plugin_api::Error {
    rule.refuse_because(
        part,
        "a month without this day is skipped by this rule, Outlook would take its last day; say \
         BYMONTHDAY=-1 for the last day of each month",
    )
}

/// `BYDAY=2TU`, or `BYDAY=MO,TU,...` with `BYSETPOS`: Graph's index and days.
fn relative(rule: &mut Rule<'_>) -> Result<Option<(&'static str, Vec<&'static str>)>> {
    let Some(text) = rule.take("BYDAY") else { return Ok(None) };
    let position = rule.take("BYSETPOS");
    let refused = match position {
        Some(position) => format!("BYSETPOS={position}"),
        None => format!("BYDAY={text}"),
    };
    let place = |number: &str| {
        let number: i32 = number.parse().ok()?;
        PLACES.iter().find(|(n, _)| *n == number).map(|(_, place)| *place)
    };
    let found = match position {
        Some(position) => place(position).zip(plain_days(text)),
        None => text
            .split_at_checked(text.len().saturating_sub(2))
            .and_then(|(number, day)| place(number).zip(day_name(day).map(|day| vec![day]))),
    };
    found.map(Some).ok_or_else(|| rule.refuse(&refused))
}

fn plain_days(text: &str) -> Option<Vec<&'static str>> {
    let days = week(text.split(','), |(short, _), name| short == name)?;
    Some(days.into_iter().map(|(_, name)| name).collect())
}

fn day_name(day: &str) -> Option<&'static str> {
    DAYS.iter().find(|(short, _)| *short == day).map(|(_, name)| *name)
}

fn range(rule: &mut Rule<'_>, series: &Series, windows: &str) -> Result<Value> {
    let first = series.first.date();
    let mut range = json!({
        "type": "noEnd",
        "startDate": first.to_string(),
        "recurrenceTimeZone": windows,
    });
    match (rule.count("COUNT")?, rule.take("UNTIL")) {
        (None, None) => {}
        (Some(count), None) => {
            range["type"] = json!("numbered");
            range["numberOfOccurrences"] = json!(count);
        }
        (None, Some(text)) => {
            let part = format!("UNTIL={text}");
            let last = last_day(text, series)
                .ok_or_else(|| rule.refuse_because(&part, "not a date or time of RFC 5545"))?;
            if last < first {
                return Err(rule.refuse_because(&part, "the series would end before it starts"));
            }
            range["type"] = json!("endDate");
            range["endDate"] = json!(last.to_string());
        }
        (Some(_), Some(text)) => {
            return Err(rule.refuse_because(&format!("UNTIL={text}"), "give it or COUNT, not both"));
        }
    }
    Ok(range)
}

/// The last date on which an occurrence may start: that of the moment, or the day before where the
/// series starts later in the day.
fn last_day(text: &str, series: &Series) -> Option<NaiveDate> {
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y%m%d") {
        return Some(date).filter(|date| times::is_near(date.year()));
    }
    let until = NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y%m%dT%H%M%S").ok()?;
    if !times::is_near(until.year()) {
        return None;
    }
    if series.all_day {
        return Some(until.date());
    }
    let until = if text.ends_with('Z') {
        series.zone.from_utc_datetime(&until).naive_local()
    } else {
        until
    };
    let starts = series.first.time().with_nanosecond(0)?;
    if until.time() < starts { until.date().pred_opt() } else { Some(until.date()) }
}
