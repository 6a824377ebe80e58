//! Requests to vendors, with the guards that hold for all of them: a transport, and layers over it.

mod body;
mod breaker;
mod concurrency;
mod deadline;
mod egress;
mod headers;
mod layers;
mod retry;
mod retry_after;
#[cfg(test)]
mod script;
#[cfg(test)]
mod tests;

use std::{
    error::Error as _,
    fmt::Write as _,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use http::{HeaderMap, Method, header::CONTENT_LENGTH};
use tracing::{Instrument, field::Empty};

pub use self::layers::Resilience;
use crate::ports::{OutboundError, OutboundHttp, OutboundRequest, OutboundResponse};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUESTS: &str = "mortise_outbound_requests_total";
const SECONDS: &str = "mortise_outbound_request_seconds";

/// The TLS library could not be set up: mostly a system without trusted certificates.
#[derive(Debug, thiserror::Error)]
#[error("https cannot be used: {0} (install ca-certificates, or name a file in SSL_CERT_FILE)")]
pub struct HttpSetupError(String);

/// [`OutboundHttp`] over the network, with the system's trusted certificates. Connections are kept
/// and used again.
#[derive(Debug, Clone)]
pub struct ReqwestHttp {
    client: reqwest::Client,
}

impl ReqwestHttp {
    /// # Errors
    /// [`HttpSetupError`] where the system has no trusted certificates.
    pub fn new() -> Result<Self, HttpSetupError> {
        // Fails where one is installed already; that one serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        metrics::describe_counter!(REQUESTS, "Requests to vendors, by host and outcome.");
        metrics::describe_histogram!(
            SECONDS,
            metrics::Unit::Seconds,
            "Time that requests to vendors took, by host and outcome."
        );
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(Duration::from_secs(50))
            .build()
            .map_err(|error| HttpSetupError(chain(&error)))?;
        Ok(Self { client })
    }

    async fn perform(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        egress::check(&request.url, &request.egress)?;
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| {
            tracing::warn!("request refused: its method has no writing in HTTP");
            OutboundError::Blocked
        })?;
        let headers =
            headers::outgoing(&request.headers, request.bearer.as_ref()).map_err(|error| {
                tracing::warn!(%error, "request refused");
                OutboundError::Blocked
            })?;
        let timeout = request.limits.timeout.min(request.deadline.left());
        tokio::time::timeout(timeout, self.exchange(method, headers, request))
            .await
            .unwrap_or(Err(OutboundError::Timeout))
    }

    async fn exchange(
        &self,
        method: Method,
        headers: HeaderMap,
        request: OutboundRequest,
    ) -> Result<OutboundResponse, OutboundError> {
        let takes_body = [Method::POST, Method::PUT, Method::PATCH].contains(&method);
        let mut building = self.client.request(method, request.url).headers(headers);
        if !request.body.is_empty() {
            building = building.body(request.body);
        } else if takes_body {
            // The transport leaves it out, and Google then answers 411 (RFC 9110 8.6).
            building = building.header(CONTENT_LENGTH, 0);
        }
        let mut answer = building.send().await.map_err(|error| reason(&error))?;
        let body = body::read(&mut answer, request.limits.answer_bytes).await?;
        Ok(OutboundResponse {
            status: answer.status().as_u16(),
            headers: headers::incoming(answer.headers()),
            body,
        })
    }
}

#[async_trait]
impl OutboundHttp for ReqwestHttp {
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        // No path: a calendar's id is a person's address, and some vendors put tokens there.
        let span = tracing::info_span!(
            "outbound_request",
            http.request.method = request.method,
            server.address = host,
            http.response.status_code = Empty,
        );
        let begun = Instant::now();
        let outcome = self.perform(request).instrument(span.clone()).await;
        if let Ok(answer) = &outcome {
            span.record("http.response.status_code", answer.status);
        }
        count(host, &outcome, begun.elapsed());
        outcome
    }
}

fn count(host: String, outcome: &Result<OutboundResponse, OutboundError>, took: Duration) {
    let label = match outcome {
        Ok(answer) => match answer.status / 100 {
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            5 => "5xx",
            _ => "other",
        },
        Err(OutboundError::Timeout) => "timeout",
        Err(OutboundError::Connect) => "connect",
        Err(OutboundError::Cut) => "cut",
        Err(OutboundError::TooLarge) => "too_large",
        Err(OutboundError::Blocked) => "blocked",
        Err(OutboundError::Busy { .. }) => "busy",
        Err(OutboundError::LeftAlone { .. }) => "left_alone",
    };
    // A blocked host is any text at all: it must not become a label.
    let host = if label == "blocked" { String::new() } else { host };
    metrics::counter!(REQUESTS, "host" => host.clone(), "outcome" => label).increment(1);
    metrics::histogram!(SECONDS, "host" => host, "outcome" => label).record(took.as_secs_f64());
}

fn reason(error: &reqwest::Error) -> OutboundError {
    let kind = if error.is_builder() {
        OutboundError::Blocked
    } else if error.is_connect() {
        OutboundError::Connect
    } else if error.is_timeout() {
        OutboundError::Timeout
    } else {
        OutboundError::Cut
    };
    // The port's error has no room for it, and an operator needs to read of a refused certificate.
    tracing::warn!(error = chain(error), "no answer from the vendor");
    kind
}

/// The causes of an error. Its own text is left out, as it holds the URL.
fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, "{}{error}", if text.is_empty() { "" } else { ": " });
        cause = error.source();
    }
    text
}
