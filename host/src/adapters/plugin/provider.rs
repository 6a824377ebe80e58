//! A configured provider out of a plugin: drives its calls and performs their requests.

use std::{
    mem::ManuallyDrop,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::future::try_join_all;
use http::{HeaderName, HeaderValue};
use mortise_plugin_api::{
    Error, ErrorKind, HttpAnswer, HttpRequest, Manifest, TransportError, Value,
    abi::host::{Call, Instance},
    export::Step,
};
use secrecy::SecretString;
use serde_json::Map;
use tracing::Instrument;
use url::Url;

use super::{
    meter::CallMeter,
    refusal::one_line,
    target::{Addresses, TargetFault},
};
use crate::ports::{CallError, Egress, OutboundError, OutboundHttp, OutboundRequest, ProviderPort};

/// Steps with requests in one call; a plugin that wants more is in a loop.
pub const MAX_STEPS: usize = 100;
/// Requests in one step, all of them under way at once.
pub const MAX_REQUESTS_PER_STEP: usize = 64;
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/// The host's and the connection's own headers.
const NOT_THE_PLUGINS: [&str; 12] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// How a provider is set up, out of the operator's configuration.
#[derive(Debug, Clone, Default)]
pub struct ProviderOptions {
    /// The provider's name: `google_calendar`.
    pub provider: String,
    /// The plugin file's name without prefix and ending; most often the same.
    pub plugin: String,
    /// The `[providers.x.settings]` section.
    pub settings: Map<String, Value>,
    /// Addresses in place of the manifest's.
    pub urls: UrlOverrides,
    /// Time limits.
    pub limits: CallLimits,
}

/// Addresses that the operator gives in place of the manifest's: another tenant, a sandbox.
#[derive(Debug, Clone, Default)]
pub struct UrlOverrides {
    /// In place of `oauth.authorize_url`.
    pub authorize_url: Option<Url>,
    /// In place of `oauth.token_url`.
    pub token_url: Option<Url>,
    /// In place of `oauth.revoke_url`.
    pub revoke_url: Option<Url>,
    /// In place of `api_base`. Requests may then go to exactly this origin, and no longer to the
    /// host of the manifest's.
    pub api_base: Option<Url>,
}

/// Time limits of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// For one request to the vendor.
    pub request: Duration,
    /// For a whole operation with all its requests.
    pub call: Duration,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self { request: Duration::from_secs(20), call: Duration::from_secs(60) }
    }
}

/// A provider whose operations run in a plugin.
pub struct PluginProvider {
    provider: String,
    manifest: Manifest,
    // Never dropped: an instance lives as long as the process, as does its library.
    instance: ManuallyDrop<Instance>,
    addresses: Addresses,
    http: Arc<dyn OutboundHttp>,
    limits: CallLimits,
    panic_logged: AtomicBool,
}

impl PluginProvider {
    pub(super) fn new(
        options: &ProviderOptions,
        manifest: Manifest,
        instance: Instance,
        addresses: Addresses,
        http: Arc<dyn OutboundHttp>,
    ) -> Self {
        Self {
            provider: options.provider.clone(),
            manifest,
            instance: ManuallyDrop::new(instance),
            addresses,
            http,
            limits: options.limits,
            panic_logged: AtomicBool::new(false),
        }
    }

    /// The provider's name in the configuration.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Where its requests may go.
    #[must_use]
    pub fn egress(&self) -> &Egress {
        self.addresses.egress()
    }

    async fn drive(&self, mut call: Call, token: &SecretString) -> Result<Vec<u8>, CallError> {
        let mut answers = Vec::new();
        for step in 0..=MAX_STEPS {
            match call.resume(answers) {
                Step::NeedHttp(_) if step == MAX_STEPS => break,
                Step::NeedHttp(requests) => answers = self.perform(requests, token).await?,
                Step::Done(output) => return Ok(output),
                Step::Failed(error) => return Err(error),
            }
        }
        Err(internal(format!("the plugin asked for more than {MAX_STEPS} steps")))
    }

    /// Performs a step's requests, all at once; none is sent where one of them may not be.
    async fn perform(
        &self,
        requests: Vec<HttpRequest>,
        token: &SecretString,
    ) -> Result<Vec<HttpAnswer>, CallError> {
        if requests.len() > MAX_REQUESTS_PER_STEP {
            return Err(internal(format!(
                "the plugin asked for more than {MAX_REQUESTS_PER_STEP} requests at once"
            )));
        }
        let requests = requests
            .into_iter()
            .map(|request| self.outbound(request, token))
            .collect::<Result<Vec<_>, _>>()?;
        try_join_all(requests.into_iter().map(|request| self.send(request))).await
    }

    async fn send(&self, request: OutboundRequest) -> Result<HttpAnswer, CallError> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let error = match self.http.send(request).await {
            Ok(answer) => {
                return Ok(HttpAnswer {
                    status: answer.status,
                    headers: answer.headers,
                    body: answer.body,
                    error: None,
                });
            }
            Err(OutboundError::Blocked) => {
                return Err(internal(format!(
                    "the plugin asked for {host}, where this host sends no requests"
                )));
            }
            Err(OutboundError::Timeout) => TransportError::Timeout,
            Err(OutboundError::Connect) => TransportError::Connect,
            Err(OutboundError::Cut) => TransportError::Cut,
            Err(OutboundError::TooLarge) => TransportError::TooLarge,
        };
        Ok(HttpAnswer { error: Some(error), ..HttpAnswer::default() })
    }

    fn outbound(
        &self,
        request: HttpRequest,
        token: &SecretString,
    ) -> Result<OutboundRequest, CallError> {
        let method = request.method.to_ascii_uppercase();
        if !METHODS.contains(&method.as_str()) {
            return Err(internal("the plugin asked for a request with an unknown method"));
        }
        let url = self.addresses.resolve(&request.target, &request.query).map_err(|fault| {
            let kind = match fault {
                TargetFault::DotSegment => ErrorKind::InvalidInput,
                TargetFault::Foreign { .. } | TargetFault::Malformed(_) => ErrorKind::Internal,
            };
            Error::new(kind, one_line(&fault.to_string()))
        })?;
        Ok(OutboundRequest {
            method,
            url,
            headers: plugin_headers(request.headers)?,
            bearer: Some(token.clone()),
            body: request.body,
            egress: self.addresses.egress().clone(),
            timeout: self.limits.request.min(self.limits.call),
        })
    }

    /// The instance takes no more calls after a panic: one line says so, not one per call.
    fn log_panic(&self, operation: &str, error: &Error) {
        if error.kind == ErrorKind::Internal
            && error.message.starts_with("plugin panicked")
            && !self.panic_logged.swap(true, Ordering::Relaxed)
        {
            tracing::error!(
                provider.id = %self.provider,
                plugin.version = %self.manifest.version,
                plugin.operation = %operation,
                error = %error,
                "the plugin panicked and takes no more calls until this host is started again"
            );
        }
    }
}

#[async_trait]
impl ProviderPort for PluginProvider {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    async fn call(
        &self,
        operation: &str,
        input: Vec<u8>,
        token: &SecretString,
    ) -> Result<Vec<u8>, CallError> {
        if !self.manifest.has_operation(operation) {
            return Err(Error::not_supported(operation));
        }
        let meter = CallMeter::start(&self.provider, operation);
        let span = tracing::debug_span!(
            "plugin call",
            provider.id = %self.provider,
            plugin.operation = %operation
        );
        let driven = async {
            let call = self.instance.start(operation, &input);
            drop(input);
            self.drive(call, token).await
        };
        let result = tokio::time::timeout(self.limits.call, driven.instrument(span))
            .await
            .unwrap_or_else(|_| {
                let seconds = self.limits.call.as_secs_f64();
                Err(Error::new(
                    ErrorKind::Timeout,
                    format!(
                        "the operation was not finished within {seconds} s; part of it may be done"
                    ),
                ))
            })
            .map_err(presentable);
        meter.end(&result);
        if let Err(error) = &result {
            self.log_panic(operation, error);
        }
        result
    }
}

fn internal(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Internal, message)
}

/// A plugin's error as callers may see it: lines and lengths are the plugin's choice until here.
fn presentable(mut error: Error) -> Error {
    error.message = one_line(&error.message);
    error.retry_after = error.retry_after.filter(|wait| wait.is_finite() && *wait >= 0.0);
    error
}

fn plugin_headers(headers: Vec<(String, String)>) -> Result<Vec<(String, String)>, CallError> {
    let mut kept = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if NOT_THE_PLUGINS.contains(&name.as_str()) {
            continue;
        }
        let fits = HeaderName::from_bytes(name.as_bytes()).is_ok()
            && HeaderValue::from_str(&value).is_ok();
        if !fits {
            return Err(internal("the plugin asked for a header that HTTP cannot carry"));
        }
        kept.push((name, value));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_cannot_set_the_hosts_headers() {
        let headers = [
            ("Authorization", "Bearer stolen"),
            ("Cookie", "a=b"),
            ("Host", "evil.org"),
            ("Transfer-Encoding", "chunked"),
            ("If-Match", "\"1\""),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let kept = plugin_headers(headers.to_vec()).unwrap();
        assert_eq!(kept, [("if-match".to_owned(), "\"1\"".to_owned())]);
    }

    #[test]
    fn a_header_cannot_smuggle_another() {
        for (name, value) in [("x-a", "b\r\nauthorization: c"), ("x-a\r\nhost", "b"), ("", "b")] {
            let error = plugin_headers(vec![(name.to_owned(), value.to_owned())]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Internal);
        }
    }

    #[test]
    fn an_error_is_shown_in_one_line_and_with_a_wait_that_can_be_waited() {
        let error =
            Error { retry_after: Some(-1.0), ..Error::new(ErrorKind::RateLimited, "a\n\nb") };
        let shown = presentable(error);
        assert_eq!((shown.message.as_str(), shown.retry_after), ("a b", None));
    }
}
