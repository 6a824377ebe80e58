use std::time::Duration;

use crate::ports::{OutboundError, OutboundRequest, OutboundResponse, Repeat};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A failure that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// 429: the vendor did nothing.
    Limited,
    /// It was not reached, and did nothing.
    NotReached,
    /// 5xx: it may have done the work.
    Broken,
    /// The answer broke off: it may have done the work.
    Cut,
    /// It hung: it may have done the work.
    TimedOut,
}

impl Failure {
    pub(super) fn of(outcome: &Result<OutboundResponse, OutboundError>) -> Option<Self> {
        match outcome {
            Ok(answer) => match answer.status {
                429 => Some(Self::Limited),
                500 | 502 | 503 | 504 | 509 => Some(Self::Broken),
                _ => None,
            },
            Err(OutboundError::Connect) => Some(Self::NotReached),
            Err(OutboundError::Cut) => Some(Self::Cut),
            Err(OutboundError::Timeout) => Some(Self::TimedOut),
            // It waited already, or nothing would be different.
            Err(
                OutboundError::Busy { .. }
                | OutboundError::LeftAlone { .. }
                | OutboundError::TooLarge
                | OutboundError::Blocked,
            ) => None,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Limited => "limited",
            Self::NotReached => "connect",
            Self::Broken => "5xx",
            Self::Cut => "cut",
            Self::TimedOut => "timeout",
        }
    }

    fn did_nothing(self) -> bool {
        matches!(self, Self::Limited | Self::NotReached)
    }
}

/// Whether a request may be sent again after such a failure.
pub(super) fn may_repeat(request: &OutboundRequest, failure: Failure) -> bool {
    let allowed = match request.repeat {
        Repeat::Never => false,
        Repeat::ByMethod => ["GET", "HEAD", "PUT", "DELETE"].contains(&request.method.as_str()),
        Repeat::Marked => true,
    };
    // Had the first one come through, the second would find a new version, and our own success
    // would look like somebody else's change.
    let conditional = request.headers.iter().any(|(name, _)| name == "if-match");
    allowed && (!conditional || failure.did_nothing())
}

/// How long to wait before the next attempt. As long as the vendor says, and a tenth more at most,
/// so that not all come at the same moment; else any time up to a bound that doubles (full jitter).
pub(super) fn pause(attempt: u32, told: Option<Duration>, random: [u8; 32]) -> Duration {
    let share = f64::from(u16::from_be_bytes([random[0], random[1]])) / f64::from(u16::MAX);
    match told {
        Some(wait) => wait + (wait / 10).min(Duration::from_secs(1)).mul_f64(share),
        None => {
            let doubled = FIRST_PAUSE.saturating_mul(1 << attempt.saturating_sub(1).min(16));
            doubled.min(LONGEST_PAUSE).mul_f64(share)
        }
    }
}
