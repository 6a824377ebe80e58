use std::sync::Arc;

use chrono::{DateTime, Utc};
use mortise_plugin_api::calendar::CAPABILITY;

use crate::{
    app::{Caller, Hub, HubError, call::Target, targets::Targets},
    domain::event_time::read_moment,
};

/// A half-open span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First moment.
    pub start: DateTime<Utc>,
    /// First moment after it.
    pub end: DateTime<Utc>,
}

/// Vendors answer for about a year at a time at most.
const LONGEST_DAYS: i64 = 366;

impl Window {
    /// Reads a window from its two parameters.
    ///
    /// # Errors
    /// `Invalid` for a missing or unreadable one, an end that is not after the start, or more than
    /// 366 days.
    pub fn read(start: Option<&str>, end: Option<&str>) -> Result<Self, HubError> {
        let needed =
            |field: &str| HubError::invalid(field, "give a time such as 2026-12-01T10:00:00Z");
        let start = read_moment("start", start.ok_or_else(|| needed("start"))?)?;
        let end = read_moment("end", end.ok_or_else(|| needed("end"))?)?;
        if end <= start {
            return Err(HubError::invalid("end", "the end must be after the start"));
        }
        let window = Self { start, end };
        window.check_length("end")?;
        Ok(window)
    }

    /// # Errors
    /// `Invalid` with the field for more than 366 days.
    pub(super) fn check_length(&self, field: &str) -> Result<(), HubError> {
        if self.end - self.start > chrono::Duration::days(LONGEST_DAYS) {
            return Err(HubError::invalid(field, "at most 366 days after the start"));
        }
        Ok(())
    }

    /// Whether a half-open span has any moment in common with it. An empty span is where it is.
    #[must_use]
    pub fn overlaps(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> bool {
        if start == end || self.start == self.end {
            return start < self.end.max(self.start + chrono::Duration::nanoseconds(1))
                && self.start < end.max(start + chrono::Duration::nanoseconds(1));
        }
        start < self.end && self.start < end
    }
}

impl Hub {
    /// The connection that a calendar call is for: the named provider's, or the only one there is.
    ///
    /// # Errors
    /// `CapabilityNotSupported` for a provider without calendar; `Invalid` where several are
    /// connected and none is named; `NotConnected` and its kin.
    pub(super) async fn calendar_target(
        self: &Arc<Self>,
        caller: &Caller,
        provider: Option<&str>,
    ) -> Result<Target, HubError> {
        self.calendar_targets(caller, provider).await?.only("calendars")
    }

    /// All of the caller's calendar connections that can be used, or the named provider's.
    ///
    /// # Errors
    /// As [`calendar_target`](Self::calendar_target); where none can be used the error is that of
    /// the first.
    pub(super) async fn calendar_targets(
        self: &Arc<Self>,
        caller: &Caller,
        provider: Option<&str>,
    ) -> Result<Targets, HubError> {
        self.targets(caller, CAPABILITY, provider).await
    }
}

/// The calendar where none is named: the account's own, else the vendor's word for it.
pub(super) fn default_calendar(target: &Target) -> String {
    let own = target.connection.integration.meta.get("calendar_id");
    own.and_then(serde_json::Value::as_str).unwrap_or("primary").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_half_open() {
        let at = |text: &str| read_moment("x", text).unwrap();
        let window = Window { start: at("2026-12-01T10:00:00Z"), end: at("2026-12-01T11:00:00Z") };
        let overlaps = |start: &str, end: &str| window.overlaps(at(start), at(end));
        assert!(overlaps("2026-12-01T10:59:59Z", "2026-12-01T12:00:00Z"));
        assert!(!overlaps("2026-12-01T11:00:00Z", "2026-12-01T12:00:00Z"));
        assert!(!overlaps("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z"));
        assert!(overlaps("2026-12-01T10:30:00Z", "2026-12-01T10:30:00Z"));
        assert!(!overlaps("2026-12-01T11:00:00Z", "2026-12-01T11:00:00Z"));
    }

    #[test]
    fn a_window_names_the_parameter_that_is_wrong() {
        let field = |start, end| match Window::read(start, end).unwrap_err() {
            HubError::Invalid(faults) => faults[0].field.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(field(None, Some("2026-12-01T10:00:00Z")), "start");
        assert_eq!(field(Some("2026-12-01T10:00:00Z"), Some("soon")), "end");
        assert_eq!(field(Some("2026-12-01T10:00:00Z"), Some("2026-12-01T10:00:00Z")), "end");
        assert_eq!(field(Some("2026-12-01T10:00:00Z"), Some("2028-12-01T10:00:00Z")), "end");
    }
}
