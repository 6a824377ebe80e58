//! What failed and may be sent again is sent again, while that can still be of use.

mod decision;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;

use self::decision::{Failure, may_repeat, pause};
use super::{deadline::leaves_time, retry_after};
use crate::ports::{Clock, OutboundError, OutboundHttp, OutboundRequest, OutboundResponse, Rng};

const REPEATS: &str = "mortise_outbound_repeats_total";

/// Sends again up to the request's attempts. The last answer is handed on as it is, but for a
/// `Retry-After` with a date, which becomes seconds.
pub(super) struct Retry {
    inner: Arc<dyn OutboundHttp>,
    rng: Arc<dyn Rng>,
    clock: Arc<dyn Clock>,
}

impl Retry {
    pub(super) fn new(
        inner: Arc<dyn OutboundHttp>,
        rng: Arc<dyn Rng>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        metrics::describe_counter!(REPEATS, "Requests to vendors that were sent again, by reason.");
        Self { inner, rng, clock }
    }

    /// Waits for the next attempt; `false` where there shall be none.
    async fn another(
        &self,
        request: &OutboundRequest,
        attempt: u32,
        outcome: &Result<OutboundResponse, OutboundError>,
    ) -> bool {
        let Some(failure) = Failure::of(outcome) else { return false };
        if attempt >= request.limits.attempts || !may_repeat(request, failure) {
            return false;
        }
        let told = match outcome {
            Ok(answer) => retry_after::wait(&answer.headers, self.clock.now()),
            Err(_) => None,
        };
        let wait = pause(attempt, told, self.rng.bytes32());
        // A vendor that hung through all its time needs as much again to be of use.
        let time = if failure == Failure::TimedOut { wait + request.limits.timeout } else { wait };
        if !leaves_time(request, time) {
            return false;
        }
        let provider = request.owner.provider.to_string();
        metrics::counter!(REPEATS, "provider" => provider, "reason" => failure.as_str())
            .increment(1);
        request.repeats.count();
        tokio::time::sleep(wait).await;
        true
    }
}

#[async_trait]
impl OutboundHttp for Retry {
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let mut attempt = 1;
        loop {
            let mut outcome = self.inner.send(request.clone()).await;
            if self.another(&request, attempt, &outcome).await {
                attempt += 1;
                continue;
            }
            if let Ok(answer) = &mut outcome {
                retry_after::rewrite(&mut answer.headers, self.clock.now());
            }
            return outcome;
        }
    }
}
