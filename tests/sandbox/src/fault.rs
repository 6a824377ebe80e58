//! Faults: ways in which a vendor misbehaves when told to.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What goes wrong. Unless said otherwise the request is **not** carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultKind {
    /// 429 with the vendor's own body.
    #[serde(rename = "429")]
    TooManyRequests,
    /// 403 that means "slow down", not "not allowed".
    #[serde(rename = "403_rate_limit")]
    ForbiddenRateLimit,
    #[serde(rename = "500")]
    InternalError,
    #[serde(rename = "503")]
    Unavailable,
    /// 504 with the vendor's body of a 503.
    #[serde(rename = "504")]
    GatewayTimeout,
    /// 509 with the vendor's body of a 429, as Graph answers where too many bytes were sent.
    #[serde(rename = "509")]
    BandwidthLimitExceeded,
    /// 502 with a web page, as a proxy in front of the vendor sends.
    #[serde(rename = "502")]
    BadGateway,
    /// The request is carried out at once and answered after `delay_ms` (5 s by default), so that
    /// a client that gives up leaves the work done.
    #[serde(rename = "slow")]
    Slow,
    /// The request is carried out and answered after `delay_ms` (5 s by default), so that a client
    /// that gives up before leaves nothing done.
    #[serde(rename = "late")]
    Late,
    /// The request is carried out; the connection closes in the middle of the answer's body.
    #[serde(rename = "cut")]
    Cut,
    /// 200 with a JSON body of more than 8 MiB, sent in pieces.
    #[serde(rename = "huge_body")]
    HugeBody,
    /// 200 with JSON that stops in the middle.
    #[serde(rename = "bad_json")]
    BadJson,
    /// 200 without a body.
    #[serde(rename = "empty")]
    Empty,
    /// 200 with a web page, as captive portals and proxies send.
    #[serde(rename = "html")]
    Html,
    /// 200 with a token answer that lacks `access_token`.
    #[serde(rename = "token_without_access_token")]
    TokenWithoutAccessToken,
    /// 200 whose JSON is an OAuth error.
    #[serde(rename = "200_with_error")]
    OkWithError,
    /// The vendor's refusal of a dead refresh token.
    #[serde(rename = "invalid_grant")]
    InvalidGrant,
    /// 410 in the vendor's words, for requests that carry a `syncToken` or `deltatoken` only.
    #[serde(rename = "410_sync")]
    SyncTokenExpired,
    /// The request is carried out; the connection closes before the first byte of the answer.
    #[serde(rename = "do_then_cut")]
    DoThenCut,
}

/// A fault and the requests it strikes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Prefix of the request's path, or `*` for any.
    pub path: String,
    /// Only requests with this method; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    pub kind: FaultKind,
    /// How often it strikes before it is gone; for ever when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// Milliseconds to wait before the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Seconds for the `Retry-After` header of the 403, 429, 503, 504 and 509 faults; may have a
    /// fraction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<f64>,
}

impl Fault {
    /// A fault for every request whose path begins with `path`, until it is cleared.
    pub fn on(path: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            path: path.into(),
            method: None,
            kind,
            times: None,
            delay_ms: None,
            retry_after: None,
        }
    }

    /// Strikes `times` requests, then is gone.
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Strikes requests with this method only.
    pub fn method(self, method: impl Into<String>) -> Self {
        Self { method: Some(method.into()), ..self }
    }

    /// Waits before the answer.
    pub fn delay(self, delay: Duration) -> Self {
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        Self { delay_ms: Some(delay_ms), ..self }
    }

    /// Sends `Retry-After` with these seconds.
    pub fn retry_after(self, seconds: f64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    pub(crate) fn wait(&self) -> Option<Duration> {
        let waits = matches!(self.kind, FaultKind::Slow | FaultKind::Late);
        let default = waits.then_some(5_000);
        self.delay_ms.or(default).map(Duration::from_millis)
    }

    fn strikes(&self, method: &str, path: &str, query: &str) -> bool {
        (self.path == "*" || path.starts_with(&self.path))
            && self.method.as_deref().is_none_or(|only| only.eq_ignore_ascii_case(method))
            && (self.kind != FaultKind::SyncTokenExpired || carries_sync_token(query))
    }
}

fn carries_sync_token(query: &str) -> bool {
    ["syncToken=", "deltatoken="].iter().any(|name| query.contains(name))
}

/// The faults that are switched on, in the order they were set.
#[derive(Default)]
pub(crate) struct FaultPlan(Mutex<Vec<Fault>>);

impl FaultPlan {
    pub(crate) fn set(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn all(&self) -> Vec<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the first fault that strikes this request, and one of its `times`.
    pub(crate) fn take(&self, method: &str, path: &str, query: &str) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = faults
            .iter()
            .position(|fault| fault.times != Some(0) && fault.strikes(method, path, query))?;
        let fault = faults[at].clone();
        if let Some(times) = faults[at].times.as_mut() {
            *times -= 1;
            if *times == 0 {
                faults.remove(at);
            }
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_as_often_as_it_says() {
        let plan = FaultPlan::default();
        plan.set(Fault::on("/calendar", FaultKind::Unavailable).times(2));
        assert!(plan.take("GET", "/token", "").is_none());
        assert!(plan.take("GET", "/calendar/v3", "").is_some());
        assert!(plan.take("GET", "/calendar/v3", "").is_some());
        assert!(plan.take("GET", "/calendar/v3", "").is_none());
    }

    #[test]
    fn the_sync_fault_waits_for_a_sync_token() {
        let plan = FaultPlan::default();
        plan.set(Fault::on("*", FaultKind::SyncTokenExpired));
        assert!(plan.take("GET", "/events", "timeMin=x").is_none());
        assert!(plan.take("GET", "/events", "syncToken=x").is_some());
        assert!(plan.take("GET", "/delta", "$deltatoken=x").is_some());
    }

    #[test]
    fn faults_read_the_names_of_the_control_endpoint() {
        let fault: Fault =
            serde_json::from_str(r#"{"path": "*", "kind": "403_rate_limit", "times": null}"#)
                .unwrap();
        assert_eq!(fault, Fault::on("*", FaultKind::ForbiddenRateLimit));
    }
}
