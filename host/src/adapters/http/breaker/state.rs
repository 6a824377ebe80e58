use std::time::{Duration, Instant};

/// One who asks while the probe is out is told to come back after this.
const PROBING: Duration = Duration::from_secs(1);

/// What a request says of the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// It answers, whatever it says.
    Good,
    /// It fails.
    Bad,
    /// Nothing.
    None,
}

/// A request that may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admitted {
    /// As all do.
    Usual,
    /// Alone, to see whether the vendor is well again.
    Probe,
}

/// What is worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Opened,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    Probing,
}

/// Closed until so many failures in a row, then open for a time, then closed again where one probe
/// succeeds. Time comes from outside.
#[derive(Debug)]
pub(super) struct Breaker {
    most: u32,
    state: State,
}

impl Breaker {
    pub(super) fn new(most: u32) -> Self {
        Self { most, state: State::Closed { failures: 0 } }
    }

    /// # Errors
    /// How long to wait, where the vendor is left alone.
    pub(super) fn admit(&mut self, now: Instant) -> Result<Admitted, Duration> {
        match self.state {
            State::Closed { .. } => Ok(Admitted::Usual),
            State::Open { until } if now < until => Err(until - now),
            State::Open { .. } => {
                self.state = State::Probing;
                Ok(Admitted::Probe)
            }
            State::Probing => Err(PROBING),
        }
    }

    /// Takes note of how an admitted request ended. `open` is for how long the vendor is left alone
    /// where that begins now.
    pub(super) fn report(
        &mut self,
        admitted: Admitted,
        sign: Sign,
        now: Instant,
        open: Duration,
    ) -> Option<Change> {
        let (next, change) = match (self.state, admitted, sign) {
            (State::Closed { .. }, _, Sign::Good) => (State::Closed { failures: 0 }, None),
            (State::Closed { failures }, _, Sign::Bad) if failures + 1 >= self.most => {
                (State::Open { until: now + open }, Some(Change::Opened))
            }
            (State::Closed { failures }, _, Sign::Bad) => {
                (State::Closed { failures: failures + 1 }, None)
            }
            (State::Probing, Admitted::Probe, Sign::Good) => {
                (State::Closed { failures: 0 }, Some(Change::Closed))
            }
            (State::Probing, Admitted::Probe, Sign::Bad) => {
                (State::Open { until: now + open }, None)
            }
            // The next one is the probe.
            (State::Probing, Admitted::Probe, Sign::None) => (State::Open { until: now }, None),
            // Sent before it opened: old news.
            (state, ..) => (state, None),
        };
        self.state = next;
        change
    }

    /// Whether there is nothing to remember.
    pub(super) fn is_well(&self) -> bool {
        self.state == State::Closed { failures: 0 }
    }
}
