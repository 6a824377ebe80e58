//! A vendor that fails again and again is left alone for a while: its callers are told at once, and
//! wait for nothing.

mod state;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;

use self::state::{Admitted, Breaker, Change, Sign};
use crate::ports::{OutboundError, OutboundHttp, OutboundRequest, OutboundResponse, Rng, Service};

const CHANGES: &str = "mortise_outbound_breaker_changes_total";
const OPEN: &str = "mortise_outbound_breaker_open";

/// Each provider's API and token endpoint have their own at each of their hosts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    provider: Arc<str>,
    service: Service,
    host: String,
}

impl Key {
    fn of(request: &OutboundRequest) -> Self {
        let host = request.url.host_str().unwrap_or_default();
        Self {
            provider: Arc::clone(&request.owner.provider),
            service: request.owner.service,
            host: match request.url.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            },
        }
    }
}

/// Refuses requests to hosts that failed so often in a row.
pub(super) struct Breakers {
    inner: Arc<dyn OutboundHttp>,
    rng: Arc<dyn Rng>,
    failures: u32,
    open: Duration,
    // Of hosts that failed at their last request; those where all is well are in nobody's memory.
    failing: Mutex<HashMap<Key, Breaker>>,
}

impl Breakers {
    /// Opens after so many failures in a row, for so long; zero failures: never.
    pub(super) fn new(
        inner: Arc<dyn OutboundHttp>,
        rng: Arc<dyn Rng>,
        failures: u32,
        open: Duration,
    ) -> Self {
        metrics::describe_counter!(
            CHANGES,
            "How often a vendor's host began and ceased to be left alone."
        );
        metrics::describe_gauge!(OPEN, "1 while a vendor's host is left alone.");
        Self { inner, rng, failures, open, failing: Mutex::default() }
    }

    fn failing(&self) -> MutexGuard<'_, HashMap<Key, Breaker>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self, key: &Key) -> Result<Admitted, OutboundError> {
        match self.failing().get_mut(key) {
            Some(breaker) => breaker
                .admit(Instant::now())
                .map_err(|retry_after| OutboundError::LeftAlone { retry_after }),
            None => Ok(Admitted::Usual),
        }
    }

    fn report(&self, key: &Key, admitted: Admitted, sign: Sign) {
        // A fifth more at most, so that not all hubs come back at the same moment.
        let share = f64::from(self.rng.bytes32()[0]) / 255.0;
        let open = self.open + (self.open / 5).mul_f64(share);
        let change = {
            let mut failing = self.failing();
            if sign == Sign::Bad && !failing.contains_key(key) {
                failing.insert(key.clone(), Breaker::new(self.failures));
            }
            let Some(breaker) = failing.get_mut(key) else { return };
            let change = breaker.report(admitted, sign, Instant::now(), open);
            if breaker.is_well() {
                failing.remove(key);
            }
            change
        };
        if let Some(change) = change {
            tell(key, change);
        }
    }
}

fn tell(key: &Key, change: Change) {
    let labels = [
        ("provider", key.provider.to_string()),
        ("service", key.service.as_str().to_owned()),
        ("host", key.host.clone()),
    ];
    let (provider, service, host) = (&*key.provider, key.service.as_str(), key.host.as_str());
    let open = change == Change::Opened;
    if open {
        tracing::warn!(provider, service, server.address = host, "vendor is left alone");
    } else {
        tracing::info!(provider, service, server.address = host, "vendor answers again");
    }
    metrics::gauge!(OPEN, &labels).set(if open { 1.0 } else { 0.0 });
    let to = ("to", if open { "open" } else { "closed" }.to_owned());
    let labels: Vec<_> = labels.into_iter().chain([to]).collect();
    metrics::counter!(CHANGES, &labels).increment(1);
}

fn sign(outcome: &Result<OutboundResponse, OutboundError>) -> Sign {
    match outcome {
        Ok(answer) if answer.status >= 500 => Sign::Bad,
        Ok(_) | Err(OutboundError::TooLarge) => Sign::Good,
        Err(OutboundError::Timeout | OutboundError::Connect | OutboundError::Cut) => Sign::Bad,
        // Nothing was sent.
        Err(
            OutboundError::Blocked | OutboundError::Busy { .. } | OutboundError::LeftAlone { .. },
        ) => Sign::None,
    }
}

/// Reports that nothing is known of a request that nobody waited for any more.
struct Watch<'b> {
    breakers: &'b Breakers,
    key: Key,
    admitted: Admitted,
    sign: Sign,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.breakers.report(&self.key, self.admitted, self.sign);
    }
}

#[async_trait]
impl OutboundHttp for Breakers {
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        if self.failures == 0 {
            return self.inner.send(request).await;
        }
        let key = Key::of(&request);
        let admitted = self.admit(&key)?;
        let mut watch = Watch { breakers: self, key, admitted, sign: Sign::None };
        let outcome = self.inner.send(request).await;
        watch.sign = sign(&outcome);
        outcome
    }
}
