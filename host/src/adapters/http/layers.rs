//! The layers over the transport, from outside: time, repeats, breakers, turns.

use std::{sync::Arc, time::Duration};

use super::{breaker::Breakers, concurrency::Turns, deadline::Budget, retry::Retry};
use crate::ports::{Clock, OutboundHttp, Rng};

/// What holds for all vendors; the rest comes with each request.
#[derive(Debug, Clone, Copy)]
pub struct Resilience {
    /// How many requests may wait for their turn, at one vendor and for one connection.
    pub max_waiting: usize,
    /// Failures in a row before a vendor's host is left alone; zero: never.
    pub breaker_failures: u32,
    /// How long it is left alone.
    pub breaker_open: Duration,
}

impl Resilience {
    /// Lays the layers over a transport. A pause between two attempts holds no turn, and each
    /// attempt counts for the breaker.
    #[must_use]
    pub fn over(
        &self,
        transport: Arc<dyn OutboundHttp>,
        rng: &Arc<dyn Rng>,
        clock: Arc<dyn Clock>,
    ) -> Arc<dyn OutboundHttp> {
        let turns = Turns::new(transport, self.max_waiting);
        let (failures, open) = (self.breaker_failures, self.breaker_open);
        let breakers = Breakers::new(Arc::new(turns), Arc::clone(rng), failures, open);
        let retry = Retry::new(Arc::new(breakers), Arc::clone(rng), clock);
        Arc::new(Budget { inner: Arc::new(retry) })
    }
}
