use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{
    app::{Caller, Hub, HubError, Provider, call::Target},
    domain::{connection::IntegrationStatus, event_time::read_moment},
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
        if end - start > chrono::Duration::days(LONGEST_DAYS) {
            return Err(HubError::invalid("end", "at most 366 days after the start"));
        }
        Ok(Self { start, end })
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

const CALENDAR: &str = mortise_plugin_api::calendar::CAPABILITY;

/// A user's calendar connections.
pub(super) struct Targets {
    /// At least one.
    pub(super) usable: Vec<Target>,
    /// Those that wait for a new consent or a lost key: what is in these calendars is not known.
    pub(super) unusable: Vec<HubError>,
}

impl Targets {
    /// What is not known, one sentence each.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.unusable.iter().map(ToString::to_string)
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
        let mut targets = self.calendar_targets(caller, provider).await?.usable;
        match targets.len() {
            1 => Ok(targets.remove(0)),
            _ => {
                let names: Vec<&str> = targets.iter().map(|t| t.provider.id.as_str()).collect();
                let message = format!("several calendars are connected; name one of {names:?}");
                Err(HubError::invalid("provider", message))
            }
        }
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
        if let Some(name) = provider {
            let provider = self.providers.by_name(name)?;
            if !provider.has_capability(CALENDAR) {
                return Err(no_calendar(provider));
            }
            let usable = vec![self.target(caller, provider).await?];
            return Ok(Targets { usable, unusable: Vec::new() });
        }
        let rows = self.ports.connections.list(&caller.user).await?;
        let mut targets = Targets { usable: Vec::new(), unusable: Vec::new() };
        for row in rows {
            let Some(provider) = self.providers.get(&row.provider) else { continue };
            if !provider.has_capability(CALENDAR) || !caller.may_use(provider) {
                continue;
            }
            if row.status == IntegrationStatus::Revoked {
                continue;
            }
            match self.target(caller, provider).await {
                Ok(target) => targets.usable.push(target),
                Err(error @ HubError::Store(_)) => return Err(error),
                Err(error) => targets.unusable.push(error),
            }
        }
        if !targets.usable.is_empty() {
            return Ok(targets);
        }
        let first = targets.unusable.into_iter().next();
        Err(first.unwrap_or_else(|| self.nothing_connected(caller)))
    }

    fn nothing_connected(&self, caller: &Caller) -> HubError {
        let calendars: Vec<_> =
            self.providers.iter().filter(|p| p.has_capability(CALENDAR)).collect();
        match (calendars.iter().find(|p| caller.may_use(p)), calendars.first()) {
            (Some(usable), _) => HubError::NotConnected(usable.id.clone()),
            (None, Some(other)) => HubError::ProviderNotAllowed(other.id.clone()),
            (None, None) => HubError::invalid("provider", "no calendar provider is enabled here"),
        }
    }
}

fn no_calendar(provider: &Provider) -> HubError {
    HubError::CapabilityNotSupported {
        provider: provider.id.clone(),
        operation: CALENDAR.to_owned(),
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
