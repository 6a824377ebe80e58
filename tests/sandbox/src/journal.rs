//! What was asked of a vendor, for tests that count calls.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use axum::extract::Request;
use serde::Serialize;

use crate::params;

/// One answered request. Values of headers and of secret query parameters are never kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoggedRequest {
    pub method: String,
    /// The path as it was sent, still percent-encoded; a token in it is replaced by `hidden`.
    pub path: String,
    /// The query without its `?`; secret values are replaced by `hidden`.
    pub query: String,
    /// The status sent, or meant to be sent where a fault lost the answer.
    pub status: u16,
    /// Names of the request's headers, in lower case and sorted.
    pub header_names: Vec<String>,
}

impl LoggedRequest {
    pub(crate) fn received(request: &Request) -> Self {
        let mut header_names: Vec<_> =
            request.headers().keys().map(|name| name.as_str().to_owned()).collect();
        header_names.sort();
        Self {
            method: request.method().to_string(),
            path: params::path_without_secrets(request.uri().path()),
            query: params::without_secrets(request.uri().query().unwrap_or_default()),
            status: 0,
            header_names,
        }
    }
}

/// So many requests are kept; the oldest make room, since benches send millions.
const KEPT: usize = 10_000;

#[derive(Default)]
pub(crate) struct Journal {
    requests: Mutex<VecDeque<LoggedRequest>>,
    under_way: AtomicUsize,
    most_at_once: AtomicUsize,
}

/// A request under way, until it is dropped.
pub(crate) struct UnderWay<'j>(&'j AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Journal {
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        let number = self.under_way.fetch_add(1, Ordering::AcqRel) + 1;
        self.most_at_once.fetch_max(number, Ordering::AcqRel);
        UnderWay(&self.under_way)
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::Acquire)
    }

    pub(crate) fn record(&self, request: LoggedRequest) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == KEPT {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
