//! What a call is lent: the way to the vendor.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use crate::{
    error::Error,
    http::{HttpAnswer, HttpRequest, RequestBuilder, Response},
};

/// Lent to every operation. Requests go through it; the host performs them with the user's token.
///
/// It is valid for one call: do not keep it.
#[derive(Clone)]
pub struct Context {
    exchange: Arc<Exchange>,
}

pub(crate) struct Exchange {
    state: Mutex<State>,
    vendor_error: fn(&Response) -> Error,
}

#[derive(Default)]
struct State {
    next: u64,
    asked: Vec<(u64, HttpRequest)>,
    answered: HashMap<u64, HttpAnswer>,
}

impl Exchange {
    pub(crate) fn new(vendor_error: fn(&Response) -> Error) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State::default()), vendor_error })
    }

    // A panic while the lock is held poisons the whole call elsewhere; the data is still sound.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take_asked(&self) -> Vec<(u64, HttpRequest)> {
        std::mem::take(&mut self.state().asked)
    }

    pub(crate) fn answer(&self, id: u64, answer: HttpAnswer) {
        self.state().answered.insert(id, answer);
    }
}

impl Context {
    pub(crate) fn new(exchange: Arc<Exchange>) -> Self {
        Self { exchange }
    }

    /// Starts a `GET`. `target` is a path below the manifest's `api_base` (see
    /// [`path!`](crate::path)) or an absolute URL on one of its hosts.
    pub fn get(&self, target: impl Into<String>) -> RequestBuilder<'_> {
        self.request("GET", target)
    }

    /// Starts a `POST`.
    pub fn post(&self, target: impl Into<String>) -> RequestBuilder<'_> {
        self.request("POST", target)
    }

    /// Starts a `PUT`.
    pub fn put(&self, target: impl Into<String>) -> RequestBuilder<'_> {
        self.request("PUT", target)
    }

    /// Starts a `PATCH`.
    pub fn patch(&self, target: impl Into<String>) -> RequestBuilder<'_> {
        self.request("PATCH", target)
    }

    /// Starts a `DELETE`.
    pub fn delete(&self, target: impl Into<String>) -> RequestBuilder<'_> {
        self.request("DELETE", target)
    }

    /// Starts a request with another method.
    pub fn request(&self, method: &str, target: impl Into<String>) -> RequestBuilder<'_> {
        RequestBuilder::new(self, method, target.into())
    }

    /// Runs several operations at once; their requests go out together and in order.
    ///
    /// The answers come in the order of the futures.
    pub async fn join<F: Future>(&self, futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
        let mut running: Vec<Joined<F>> =
            futures.into_iter().map(|future| Joined::Running(Box::pin(future))).collect();
        std::future::poll_fn(|task| {
            let mut waiting = false;
            for joined in &mut running {
                let Joined::Running(future) = joined else { continue };
                match future.as_mut().poll(task) {
                    Poll::Ready(value) => *joined = Joined::Done(value),
                    Poll::Pending => waiting = true,
                }
            }
            if waiting { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        let done = |joined| match joined {
            Joined::Done(value) => Some(value),
            Joined::Running(_) => None,
        };
        running.into_iter().filter_map(done).collect()
    }

    pub(crate) fn vendor_error(&self, answer: &Response) -> Error {
        (self.exchange.vendor_error)(answer)
    }

    pub(crate) fn perform(&self, request: HttpRequest) -> impl Future<Output = HttpAnswer> + Send {
        let exchange = Arc::clone(&self.exchange);
        let mut unsent = Some(request);
        let mut ticket = 0;
        std::future::poll_fn(move |_| {
            let mut state = exchange.state();
            if let Some(request) = unsent.take() {
                ticket = state.next;
                state.next += 1;
                state.asked.push((ticket, request));
                return Poll::Pending;
            }
            match state.answered.remove(&ticket) {
                Some(answer) => Poll::Ready(answer),
                None => Poll::Pending,
            }
        })
    }
}

enum Joined<F: Future> {
    Running(Pin<Box<F>>),
    Done(F::Output),
}

/// Polls once with a waker that does nothing: a plugin waits for the host alone.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(Waker::noop()))
}
