use chrono::Duration;
use mortise_plugin_api::ErrorKind;

use crate::app::HubError;

/// As often as this a vendor that failed is asked again, so that a link is settled soon after the
/// vendor is back.
const PASSING: (Duration, Duration) = (Duration::seconds(15), Duration::minutes(1));
/// What somebody has to change first.
const LASTING: (Duration, Duration) = (Duration::minutes(1), Duration::hours(1));

/// Why a link could not be settled, as far as anything depends on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Trouble {
    /// The vendor or the database failed; it may have said how long to wait (seconds).
    Passing { retry_after: Option<f64> },
    /// The connection does not work: the user or the operator has to act.
    Connection,
    /// Something about this link.
    Link,
    /// The vendor that an event left does not work; the connection is that of the new one.
    Elsewhere,
}

impl Trouble {
    pub(super) fn of(error: &HubError) -> Self {
        match error {
            HubError::Store(_) | HubError::RefreshFailed { .. } => {
                Self::Passing { retry_after: None }
            }
            HubError::NotConnected(_)
            | HubError::NeedsReauth(_)
            | HubError::TokensUnreadable { .. }
            | HubError::UnknownProvider(_)
            | HubError::ProviderUnavailable(_) => Self::Connection,
            HubError::Vendor { error, .. } => match error.kind {
                ErrorKind::Unavailable
                | ErrorKind::Timeout
                | ErrorKind::RateLimited
                | ErrorKind::BadAnswer
                | ErrorKind::Internal => Self::Passing { retry_after: error.retry_after },
                _ => Self::Link,
            },
            HubError::MoveUnfinished { error, .. } => match Self::of(error) {
                Self::Passing { .. } => Self::Elsewhere,
                _ => Self::Link,
            },
            _ => Self::Link,
        }
    }

    /// Whether the connection's other links would meet the same.
    pub(super) fn stops_all(self, again_and_again: bool) -> bool {
        match self {
            Self::Passing { .. } => again_and_again,
            Self::Connection => true,
            Self::Link | Self::Elsewhere => false,
        }
    }

    /// Whether it is no failure but something that a user left undone.
    pub(super) fn is_the_users(self) -> bool {
        self == Self::Connection
    }

    /// How long a link waits that was handed out so many times before.
    pub(super) fn pause(self, attempts: u32) -> Duration {
        let (first, longest) = match self {
            Self::Passing { .. } | Self::Elsewhere => PASSING,
            Self::Connection | Self::Link => LASTING,
        };
        let grown = (first * (1 << attempts.min(10))).min(longest);
        match self {
            Self::Passing { retry_after: Some(seconds) } => {
                let told = Duration::seconds(seconds.clamp(0.0, 3600.0).ceil() as i64);
                grown.max(told)
            }
            _ => grown,
        }
    }
}

#[cfg(test)]
mod tests {
    use mortise_plugin_api::Error as ProviderError;

    use super::*;
    use crate::domain::ids::ProviderId;

    fn outlook() -> ProviderId {
        ProviderId::new("outlook").unwrap()
    }

    fn vendor(kind: ErrorKind) -> HubError {
        HubError::Vendor { provider: outlook(), error: ProviderError::new(kind, "") }
    }

    #[test]
    fn a_vendor_that_fails_is_asked_every_minute_and_not_before_it_said() {
        let passing = Trouble::of(&vendor(ErrorKind::Unavailable));
        let seconds = |attempts| passing.pause(attempts).num_seconds();
        assert_eq!([0, 1, 2, 3, 99].map(seconds), [15, 30, 60, 60, 60]);
        let told = |seconds| Trouble::Passing { retry_after: Some(seconds) }.pause(0).num_seconds();
        assert_eq!([0.2, 90.5, 1e300, -1.0, f64::NAN].map(told), [15, 91, 3600, 15, 15]);
    }

    #[test]
    fn what_somebody_has_to_change_is_looked_at_ever_less_often() {
        let gone = Trouble::of(&HubError::NotConnected(outlook()));
        let minutes = |attempts| gone.pause(attempts).num_minutes();
        assert_eq!([0, 1, 2, 5, 6, 99].map(minutes), [1, 2, 4, 32, 60, 60]);
        assert_eq!(Trouble::of(&vendor(ErrorKind::Forbidden)).pause(0).num_minutes(), 1);
    }

    #[test]
    fn a_connection_is_given_up_at_once_a_vendor_after_some_tries_and_a_link_alone() {
        assert!(Trouble::of(&HubError::NeedsReauth(outlook())).stops_all(false));
        let passing = Trouble::of(&vendor(ErrorKind::Timeout));
        assert_eq!([passing.stops_all(false), passing.stops_all(true)], [false, true]);
        assert!(!Trouble::of(&vendor(ErrorKind::InvalidInput)).stops_all(true));
    }
}
