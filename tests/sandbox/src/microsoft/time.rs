//! Event times: a local time and the name of its zone, as Graph writes them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::error::GraphError;
use super::zones::zone;
use crate::clock::now;
use crate::local::{in_range, local_to_utc};

/// A `dateTimeTimeZone`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) local: NaiveDateTime,
    pub(super) zone: Tz,
    /// The zone as the client called it.
    pub(super) name: String,
}

impl Moment {
    /// Reads `{"dateTime", "timeZone"?}`. The date-time has no offset; without a zone it is UTC.
    pub(super) fn read(value: &Value, which: &str) -> Result<Self, GraphError> {
        let missing = || GraphError::property(format!("The property '{which}' is required."));
        let text = value["dateTime"].as_str().ok_or_else(missing)?;
        let local = text.parse::<NaiveDateTime>().ok().filter(in_range).ok_or_else(|| {
            let message = format!(
                "Invalid value for property '{which}.dateTime': a local date and time without an \
                 offset is expected."
            );
            GraphError::property(message)
        })?;
        let name = value["timeZone"].as_str().unwrap_or("UTC");
        let zone = zone(name).ok_or_else(|| GraphError::unknown_zone(name))?;
        Ok(Self { local, zone, name: name.to_owned() })
    }

    pub(super) fn instant(&self) -> DateTime<Utc> {
        local_to_utc(self.local, self.zone)
    }

    pub(super) fn is_midnight(&self) -> bool {
        self.local.time() == NaiveTime::MIN
    }

    /// The same zone at another instant.
    pub(super) fn at(&self, instant: DateTime<Utc>) -> Self {
        self.at_local(instant.with_timezone(&self.zone).naive_local())
    }

    pub(super) fn at_local(&self, local: NaiveDateTime) -> Self {
        Self { local, ..self.clone() }
    }

    pub(super) fn write(&self) -> Value {
        write(self.local, &self.name)
    }
}

/// `{"dateTime", "timeZone"}` with the seven fractional digits that Graph sends.
pub(super) fn write(local: NaiveDateTime, zone_name: &str) -> Value {
    let fraction = local.nanosecond() / 100 % 10_000_000;
    let text = format!("{}.{fraction:07}", local.format("%Y-%m-%dT%H:%M:%S"));
    json!({"dateTime": text, "timeZone": zone_name})
}

/// The present, as `createdDateTime` and the like show it.
pub(super) fn timestamp() -> String {
    now().format("%Y-%m-%dT%H:%M:%S%.3f0000Z").to_string()
}

/// A bound of a range: ISO 8601; UTC where it has no offset.
pub(super) fn read_bound(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc()).filter(in_range);
    }
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN);
    let local = text.parse().or_else(|_| text.parse().map(midnight)).ok()?;
    Some(local.and_utc()).filter(in_range)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No vendor writes five digits.
    const LATE: &str = "+10000-01-01T00:00:00";

    #[test]
    fn a_time_with_an_offset_or_of_another_age_is_refused() {
        for text in ["2026-12-01T09:00:00Z", "2026-12-01T09:00:00+01:00", "2026-12-01", LATE] {
            let value = json!({"dateTime": text, "timeZone": "UTC"});
            assert!(Moment::read(&value, "start").is_err(), "{text}");
        }
        let value = json!({"dateTime": "2026-12-01T09:00:00.5", "timeZone": "UTC"});
        let moment = Moment::read(&value, "start").unwrap();
        assert_eq!(moment.write()["dateTime"], "2026-12-01T09:00:00.5000000");
    }

    #[test]
    fn a_bound_reads_its_own_offset_and_else_utc() {
        let show = |text: &str| read_bound(text).unwrap().to_string();
        assert_eq!(show("2026-12-01T09:00:00+01:00"), "2026-12-01 08:00:00 UTC");
        assert_eq!(show("2026-12-01T09:00:00"), "2026-12-01 09:00:00 UTC");
        assert_eq!(show("2026-12-01"), "2026-12-01 00:00:00 UTC");
        assert_eq!(read_bound("tomorrow"), None);
        assert_eq!(read_bound(LATE), None);
    }
}
