use std::time::Duration;

use tokio::time::Instant;

/// The moment by which somebody must have an answer, on a clock that nobody puts back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// So long from now. A time that no clock reaches is cut to a hundred years.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);
        Self(Instant::now() + time.min(LONGEST))
    }

    /// The time left; zero where it is over.
    #[must_use]
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether so much time is left.
    #[must_use]
    pub fn leaves(self, time: Duration) -> bool {
        self.left() > time
    }

    /// This one or one so long before it: whoever works for somebody else needs time to tell him.
    #[must_use]
    pub fn less(self, margin: Duration) -> Self {
        Self(self.0.checked_sub(margin).unwrap_or(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_out_and_stays_out() {
        let deadline = Deadline::after(Duration::from_secs(60));
        assert!(deadline.leaves(Duration::from_secs(50)));
        assert!(!deadline.leaves(Duration::from_secs(60)));
        let over = deadline.less(Duration::from_secs(61));
        assert_eq!(over.left(), Duration::ZERO);
        assert!(!over.leaves(Duration::ZERO));
    }

    #[test]
    fn a_time_without_end_has_a_deadline_too() {
        assert!(Deadline::after(Duration::MAX).leaves(Duration::from_secs(86_400)));
    }
}
