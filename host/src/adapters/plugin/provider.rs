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
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderName, HeaderValue};
use mortise_plugin_api::{
    Error, ErrorKind, HttpAnswer, HttpRequest, Manifest, TransportError, Value,
    abi::host::{Call, Instance},
    export::Step,
};
use serde_json::Map;
use tracing::Instrument;
use url::Url;

use super::{
    meter::CallMeter,
    refusal::one_line,
    target::{Addresses, TargetFault},
};
use crate::ports::{
    CallContext, CallError, Deadline, Egress, OutboundError, OutboundHttp, OutboundLimits,
    OutboundRequest, Owner, ProviderPort, Repeat, Service,
};

/// Steps with requests in one call; a plugin that wants more is in a loop.
pub const MAX_STEPS: usize = 100;
/// Requests in one step, of which as many are under way at once as one connection may have.
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
    /// Limits.
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

/// Limits of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// For requests to the vendor.
    pub requests: OutboundLimits,
    /// For a whole operation with all its requests.
    pub call: Duration,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self { requests: OutboundLimits::default(), call: Duration::from_secs(60) }
    }
}

/// A provider whose operations run in a plugin.
pub struct PluginProvider {
    provider: Arc<str>,
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
            provider: options.provider.as_str().into(),
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

    /// The same provider with other limits, which are known only once its manifest is.
    #[must_use]
    pub fn with_limits(self, limits: CallLimits) -> Self {
        Self { limits, ..self }
    }

    async fn drive(&self, mut call: Call, cx: &CallContext<'_>) -> Result<Vec<u8>, CallError> {
        let mut answers = Vec::new();
        let mut wrote = false;
        for step in 0..=MAX_STEPS {
            match call.resume(answers) {
                Step::NeedHttp(_) if step == MAX_STEPS => break,
                Step::NeedHttp(requests) => {
                    let writes = requests.iter().any(|request| !is_read(request));
                    let among_others = writes && requests.len() > 1;
                    let performed = self.perform(requests, cx).await;
                    // Work that is half done must not look as if the vendor had refused it all.
                    answers = performed.map_err(|error| half_done(error, wrote || among_others))?;
                    wrote |= writes;
                }
                Step::Done(output) => return Ok(output),
                Step::Failed(error) => return Err(error),
            }
        }
        Err(internal(format!("the plugin asked for more than {MAX_STEPS} steps")))
    }

    /// Performs a step's requests, as many at once as one connection may have under way: a call
    /// must not be in its own way. None is sent where one of them may not be.
    async fn perform(
        &self,
        requests: Vec<HttpRequest>,
        cx: &CallContext<'_>,
    ) -> Result<Vec<HttpAnswer>, CallError> {
        if requests.len() > MAX_REQUESTS_PER_STEP {
            return Err(internal(format!(
                "the plugin asked for more than {MAX_REQUESTS_PER_STEP} requests at once"
            )));
        }
        let requests = requests
            .into_iter()
            .map(|request| self.outbound(request, cx))
            .collect::<Result<Vec<_>, _>>()?;
        let limits = &self.limits.requests;
        let at_once = limits.concurrent_per_integration.min(limits.concurrent).max(1);
        let sending = requests.into_iter().map(|request| self.send(request));
        stream::iter(sending).buffered(at_once).try_collect().await
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
            // The plugin could only repeat it in its own words, and an old one does not know it.
            Err(reason @ (OutboundError::Busy { .. } | OutboundError::LeftAlone { .. })) => {
                let error = Error::new(ErrorKind::RateLimited, reason.to_string());
                let retry_after = reason.retry_after().map(|wait| wait.as_secs_f64());
                return Err(Error { retry_after, ..error });
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
        cx: &CallContext<'_>,
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
            bearer: Some(cx.token.clone()),
            body: request.body,
            egress: self.addresses.egress().clone(),
            owner: Owner {
                provider: Arc::clone(&self.provider),
                integration: cx.integration,
                service: Service::Api,
            },
            limits: self.limits.requests,
            repeat: if request.repeatable { Repeat::Marked } else { Repeat::ByMethod },
            repeats: cx.repeats.clone(),
            deadline: cx.deadline,
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
        context: &CallContext<'_>,
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
        let limit = self.limits.call.min(context.deadline.left());
        // A request ends before its call, so that the plugin is told and can say what is the matter.
        let end = Deadline::after(limit).less((limit / 20).min(Duration::from_millis(100)));
        let context = CallContext { deadline: end, ..context.clone() };
        let driven = async {
            let call = self.instance.start(operation, &input);
            drop(input);
            self.drive(call, &context).await
        };
        let result = tokio::time::timeout(limit, driven.instrument(span))
            .await
            .unwrap_or_else(|_| Err(unfinished(limit)))
            .map_err(presentable);
        meter.end(&result);
        if let Err(error) = &result {
            self.log_panic(operation, error);
        }
        result
    }
}

fn unfinished(limit: Duration) -> Error {
    let seconds = (limit.as_secs_f64() * 100.0).round() / 100.0;
    let message =
        format!("the operation was not finished within {seconds} s; part of it may be done");
    Error::new(ErrorKind::Timeout, message)
}

/// Whether a request changes nothing at the vendor, or nothing that a second one would change again.
fn is_read(request: &HttpRequest) -> bool {
    request.repeatable || ["GET", "HEAD"].iter().any(|m| request.method.eq_ignore_ascii_case(m))
}

/// A refusal of the hub's own, where the vendor may have done an earlier part of the work.
fn half_done(error: Error, wrote: bool) -> Error {
    match error.kind {
        ErrorKind::RateLimited if wrote => Error { kind: ErrorKind::Unavailable, ..error },
        _ => error,
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
