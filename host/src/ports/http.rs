use std::time::Duration;

use async_trait::async_trait;

/// Where a request may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Egress {
    /// Host names, without port, in lower case.
    pub hosts: Vec<String>,
    /// Exact origins (`http://127.0.0.1:9000`) that the operator configured. Only these may be
    /// plain http, and only on loopback.
    pub origins: Vec<String>,
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
    /// Time for the whole exchange.
    pub timeout: Duration,
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
    /// At most 8 MiB.
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
    /// More than 8 MiB.
    #[error("the answer is larger than 8 MiB")]
    TooLarge,
    /// Not an address that this request may go to.
    #[error("the address is not among those that the provider names")]
    Blocked,
}

/// Performs requests. Follows no redirects, sends no cookies, repeats nothing.
#[async_trait]
pub trait OutboundHttp: Send + Sync {
    /// Any status is an answer. The address is checked against `egress` first.
    ///
    /// # Errors
    /// See [`OutboundError`].
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError>;
}
