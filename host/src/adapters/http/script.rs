//! A vendor for tests of the layers, played from a script.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use url::Url;

use crate::ports::{
    Deadline, Egress, OutboundError, OutboundHttp, OutboundLimits, OutboundRequest,
    OutboundResponse, Owner, Repeat, Repeats, Rng, Service,
};

/// A status, or no answer.
pub(super) type Play = Result<u16, OutboundError>;

/// Answers in the script's order, then with 200; keeps what was asked.
pub(super) struct Script {
    plays: Mutex<VecDeque<Play>>,
    headers: Mutex<Vec<(String, String)>>,
    asked: Mutex<Vec<OutboundRequest>>,
    /// Each answer takes one.
    pub(super) permits: Semaphore,
}

impl Script {
    pub(super) fn of(plays: impl IntoIterator<Item = Play>) -> Arc<Self> {
        Arc::new(Self {
            plays: Mutex::new(plays.into_iter().collect()),
            headers: Mutex::default(),
            asked: Mutex::default(),
            permits: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    /// One that answers only what the test lets it.
    pub(super) fn held() -> Arc<Self> {
        let script = Self::of([]);
        script.permits.forget_permits(Semaphore::MAX_PERMITS);
        script
    }

    /// Puts a header into every answer.
    pub(super) fn with_header(self: Arc<Self>, name: &str, value: &str) -> Arc<Self> {
        self.headers.lock().unwrap().push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn asked(&self) -> Vec<OutboundRequest> {
        self.asked.lock().unwrap().clone()
    }

    /// Waits until so many requests have come.
    pub(super) async fn has_been_asked(&self, times: usize) {
        while self.asked.lock().unwrap().len() < times {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl OutboundHttp for Script {
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        self.asked.lock().unwrap().push(request);
        self.permits.acquire().await.unwrap().forget();
        let status = self.plays.lock().unwrap().pop_front().unwrap_or(Ok(200))?;
        let headers = self.headers.lock().unwrap().clone();
        Ok(OutboundResponse { status, headers, body: Vec::new() })
    }
}

/// A request that has a minute, may be sent three times and belongs to nobody.
pub(super) fn request(method: &str) -> OutboundRequest {
    OutboundRequest {
        method: method.into(),
        url: Url::parse("https://api.vendor.test/a").unwrap(),
        headers: Vec::new(),
        bearer: None,
        body: Vec::new(),
        egress: Egress { hosts: vec!["api.vendor.test".into()], origins: Vec::new() },
        owner: Owner { provider: "vendor".into(), integration: None, service: Service::Api },
        limits: OutboundLimits { attempts: 3, ..OutboundLimits::default() },
        repeat: Repeat::ByMethod,
        repeats: Repeats::default(),
        deadline: Deadline::after(Duration::from_secs(60)),
    }
}

/// A generator that always draws the same.
pub(super) struct Fixed(pub(super) u8);

impl Rng for Fixed {
    fn bytes32(&self) -> [u8; 32] {
        [self.0; 32]
    }
}
