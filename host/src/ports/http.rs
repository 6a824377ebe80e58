use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;

use super::Deadline;
use crate::domain::ids::IntegrationId;

/// Where a request may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Egress {
    /// Host names, without port, in lower case.
    pub hosts: Vec<String>,
    /// Exact origins (`http://127.0.0.1:9000`) that the operator configured. Only these may be
    /// plain http, and only on loopback.
    pub origins: Vec<String>,
}

/// Whose a request is: limits and breakers are kept apart by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    /// `google_calendar`.
    pub provider: Arc<str>,
    /// The user's connection, where the request is made for one.
    pub integration: Option<IntegrationId>,
    /// Which of the vendor's services is asked.
    pub service: Service,
}

/// The vendor's services fail apart from each other, even where they share a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Its API.
    Api,
    /// Its token endpoint, and that for revocations.
    Token,
}

impl Service {
    /// `api` or `token`, for metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Token => "token",
        }
    }
}

/// What a vendor may be asked, after configuration. The same for all requests of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboundLimits {
    /// For one exchange as a whole.
    pub timeout: Duration,
    /// How often a request that can be repeated is sent, at least 1.
    pub attempts: u32,
    /// Requests under way at once, at least 1.
    pub concurrent: usize,
    /// Requests under way at once for one connection of a user's, at least 1.
    pub concurrent_per_integration: usize,
    /// The largest body of an answer.
    pub answer_bytes: usize,
}

impl Default for OutboundLimits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            attempts: 1,
            concurrent: 32,
            concurrent_per_integration: 8,
            answer_bytes: 8 * 1024 * 1024,
        }
    }
}

/// Whether a request may be sent again where it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Not at all: a code or a refresh token is good once.
    Never,
    /// Where its method says so: GET, HEAD, PUT and DELETE (RFC 9110 9.2.2).
    ByMethod,
    /// Whatever its method: who made it knows that twice is as good as once.
    Marked,
}

/// Counts how often the requests of one piece of work were sent again. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Repeats(Arc<AtomicU32>);

impl Repeats {
    /// Notes one.
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether any request was sent again.
    #[must_use]
    pub fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

/// A request to a vendor.
#[derive(Clone)]
pub struct OutboundRequest {
    /// In capitals.
    pub method: String,
    /// Absolute.
    pub url: url::Url,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The bearer token, put into `Authorization` by the adapter.
    pub bearer: Option<secrecy::SecretString>,
    /// The body.
    pub body: Vec<u8>,
    /// Where it may go.
    pub egress: Egress,
    /// Whose it is.
    pub owner: Owner,
    /// What its vendor may be asked.
    pub limits: OutboundLimits,
    /// Whether it may be sent again.
    pub repeat: Repeat,
    /// Where that is noted.
    pub repeats: Repeats,
    /// When its answer is of use to nobody any more.
    pub deadline: Deadline,
}

// Path, query and body may hold what is nobody's business: vendors put addresses and ids there.
impl std::fmt::Debug for OutboundRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutboundRequest")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

/// A vendor's answer.
#[derive(Clone)]
pub struct OutboundResponse {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// At most as large as the request's limits say.
    pub body: Vec<u8>,
}

// A token endpoint's body is a token.
impl std::fmt::Debug for OutboundResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutboundResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// No whole answer in time; the work may have been done.
    #[error("no answer in time")]
    Timeout,
    /// Not reached.
    #[error("could not be reached")]
    Connect,
    /// The connection broke before the answer was whole; the work may have been done.
    #[error("the answer broke off")]
    Cut,
    /// More than the limits say.
    #[error("the answer is larger than this hub takes")]
    TooLarge,
    /// Not an address that this request may go to.
    #[error("the address is not among those that the provider names")]
    Blocked,
    /// Not sent: so many requests to this vendor are under way or waiting already.
    #[error("this hub has as many requests there as it may; ask again in {} s", whole(.retry_after))]
    Busy {
        /// When there may be room.
        retry_after: Duration,
    },
    /// Not sent: the vendor failed so often in a row that it is left alone.
    #[error(
        "it failed again and again, and is left alone for another {} s",
        whole(.retry_after)
    )]
    LeftAlone {
        /// For so long.
        retry_after: Duration,
    },
}

impl OutboundError {
    /// How long to wait before another try, where that is known. Nothing was sent then.
    #[must_use]
    pub fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after } | Self::LeftAlone { retry_after } => Some(retry_after),
            _ => None,
        }
    }
}

/// In seconds, as people wait.
fn whole(time: &Duration) -> u64 {
    time.as_secs_f64().ceil().max(1.0) as u64
}

/// Performs requests. Follows no redirects, sends no cookies.
#[async_trait]
pub trait OutboundHttp: Send + Sync {
    /// Any status is an answer. The address is checked against `egress` before anything is sent.
    /// Ends by the request's deadline. Dropping the future cancels.
    ///
    /// # Errors
    /// See [`OutboundError`].
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError>;
}
