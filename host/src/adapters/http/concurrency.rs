//! So many requests at once to one vendor, and for one connection of a user's; the others wait for
//! their turn, and beyond a number of them nobody waits in vain.

mod gate;
#[cfg(test)]
mod tests;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;

use self::gate::{Gates, Passage};
use super::deadline::leaves_time;
use crate::{
    domain::ids::IntegrationId,
    ports::{OutboundError, OutboundHttp, OutboundRequest, OutboundResponse, Service},
};

const WAITED: &str = "mortise_outbound_wait_seconds";
const BUSY: &str = "mortise_outbound_busy_total";
const UNDER_WAY: &str = "mortise_outbound_under_way";
/// When one who found too many may try again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Keeps to the limits of each request. A token endpoint has a gate of its own: an API that hangs
/// must not keep its tokens from being refreshed.
pub(super) struct Turns {
    inner: Arc<dyn OutboundHttp>,
    max_waiting: usize,
    vendors: Gates<(Arc<str>, Service)>,
    connections: Gates<IntegrationId>,
}

/// The turn of one request; it is over when this is dropped.
struct Turn<'t> {
    under_way: metrics::Gauge,
    _vendor: Passage<'t, (Arc<str>, Service)>,
    _connection: Option<Passage<'t, IntegrationId>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.under_way.decrement(1.0);
    }
}

impl Turns {
    /// So many may wait at each vendor, and for each connection.
    pub(super) fn new(inner: Arc<dyn OutboundHttp>, max_waiting: usize) -> Self {
        metrics::describe_histogram!(
            WAITED,
            metrics::Unit::Seconds,
            "Time that requests to vendors waited for their turn, of those that had to."
        );
        metrics::describe_counter!(BUSY, "Requests to vendors that got no turn.");
        metrics::describe_gauge!(UNDER_WAY, "Requests to vendors that are under way.");
        Self { inner, max_waiting, vendors: Gates::default(), connections: Gates::default() }
    }

    /// Waits at the connection's gate first: a user with many requests takes up no more places
    /// before the vendor's than he may have under way.
    async fn turn(&self, request: &OutboundRequest) -> Option<Turn<'_>> {
        let (owner, limits) = (&request.owner, &request.limits);
        let connection = match owner.integration {
            Some(id) => {
                let most = limits.concurrent_per_integration;
                Some(self.connections.pass(id, most, self.max_waiting, patience(request)).await?)
            }
            None => None,
        };
        let key = (Arc::clone(&owner.provider), owner.service);
        let (most, patience) = (limits.concurrent, patience(request));
        let vendor = self.vendors.pass(key, most, self.max_waiting, patience).await?;
        let under_way = metrics::gauge!(UNDER_WAY,
            "provider" => owner.provider.to_string(), "service" => owner.service.as_str());
        under_way.increment(1.0);
        Some(Turn { under_way, _vendor: vendor, _connection: connection })
    }
}

/// How long a request may wait: its own time, and less than all that is left, so that its caller can
/// still be told why.
fn patience(request: &OutboundRequest) -> Duration {
    let left = request.deadline.left();
    (left - left / 10).min(request.limits.timeout)
}

#[async_trait]
impl OutboundHttp for Turns {
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let begun = Instant::now();
        let turn = self.turn(&request).await;
        let provider = || request.owner.provider.to_string();
        let waited = begun.elapsed();
        if waited >= Duration::from_millis(1) {
            metrics::histogram!(WAITED, "provider" => provider()).record(waited);
        }
        match turn {
            Some(_turn) if leaves_time(&request, Duration::ZERO) => self.inner.send(request).await,
            _ => {
                metrics::counter!(BUSY, "provider" => provider()).increment(1);
                Err(OutboundError::Busy { retry_after: RETRY_AFTER })
            }
        }
    }
}
