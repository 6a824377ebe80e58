//! The vendor, played from a script.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use mortise::ports::{OutboundError, OutboundHttp, OutboundRequest, OutboundResponse};
use mortise_plugin_api::Value;

/// What a request comes to.
#[derive(Clone)]
pub enum Play {
    Answer(u16, Value),
    Error(OutboundError),
    /// It never ends.
    Hang,
}

/// Answers requests in the script's order, then with `otherwise`; keeps what was asked.
pub struct ScriptedHttp {
    script: Mutex<VecDeque<Play>>,
    otherwise: Mutex<Play>,
    asked: Mutex<Vec<OutboundRequest>>,
    under_way: Mutex<(usize, usize)>,
}

impl Default for ScriptedHttp {
    fn default() -> Self {
        Self {
            script: Mutex::default(),
            otherwise: Mutex::new(Play::Error(OutboundError::Connect)),
            asked: Mutex::default(),
            under_way: Mutex::default(),
        }
    }
}

impl ScriptedHttp {
    pub fn then(&self, play: Play) -> &Self {
        lock(&self.script).push_back(play);
        self
    }

    pub fn otherwise(&self, play: Play) {
        *lock(&self.otherwise) = play;
    }

    /// The requests since the last look.
    pub fn asked(&self) -> Vec<OutboundRequest> {
        std::mem::take(&mut *lock(&self.asked))
    }

    /// The most requests that were under way at one moment.
    pub fn most_at_once(&self) -> usize {
        lock(&self.under_way).1
    }
}

#[async_trait]
impl OutboundHttp for ScriptedHttp {
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        lock(&self.asked).push(request);
        let play = lock(&self.script).pop_front().unwrap_or_else(|| lock(&self.otherwise).clone());
        {
            let mut under_way = lock(&self.under_way);
            under_way.0 += 1;
            under_way.1 = under_way.1.max(under_way.0);
        }
        tokio::task::yield_now().await;
        lock(&self.under_way).0 -= 1;
        match play {
            Play::Answer(status, body) => Ok(OutboundResponse {
                status,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: body.to_string().into_bytes(),
            }),
            Play::Error(error) => Err(error),
            Play::Hang => std::future::pending().await,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
