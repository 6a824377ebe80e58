//! The outermost layer: what can no longer be answered in time is not sent.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::ports::{OutboundError, OutboundHttp, OutboundRequest, OutboundResponse};

/// With less than this left a vendor is not asked: its answer would come too late.
const LEAST: Duration = Duration::from_millis(5);

/// Cuts a request's time to what its deadline leaves. The layers below wait no longer than that
/// either, so nothing has to be ended from outside and whoever ended says why.
pub(super) struct Budget {
    pub(super) inner: Arc<dyn OutboundHttp>,
}

/// Whether there is time for an answer after such a wait.
pub(super) fn leaves_time(request: &OutboundRequest, wait: Duration) -> bool {
    request.deadline.leaves(wait.saturating_add(LEAST))
}

#[async_trait]
impl OutboundHttp for Budget {
    async fn send(&self, mut request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        if !leaves_time(&request, Duration::ZERO) {
            return Err(OutboundError::Timeout);
        }
        request.limits.timeout = request.limits.timeout.min(request.deadline.left());
        self.inner.send(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adapters::http::script::{Script, request},
        ports::Deadline,
    };

    #[tokio::test]
    async fn a_request_takes_no_longer_than_is_left() {
        let script = Script::of([Ok(200)]);
        let budget = Budget { inner: script.clone() };
        let deadline = Deadline::after(Duration::from_secs(3));
        budget.send(OutboundRequest { deadline, ..request("GET") }).await.unwrap();
        assert!(script.asked()[0].limits.timeout <= Duration::from_secs(3));
    }

    #[tokio::test]
    async fn nothing_is_sent_after_the_deadline() {
        let script = Script::of([Ok(200)]);
        let budget = Budget { inner: script.clone() };
        let deadline = Deadline::after(Duration::ZERO);
        let late = OutboundRequest { deadline, ..request("GET") };
        assert_eq!(budget.send(late).await.unwrap_err(), OutboundError::Timeout);
        assert!(script.asked().is_empty());
    }
}
