//! Looking at the requests that a plugin made.

use serde_json::Value;

use super::ScriptedHost;
use crate::http::HttpRequest;

/// The one request that was made since the last look.
///
/// # Panics
/// Where there is none, or another one.
#[must_use]
pub fn only_request(host: &ScriptedHost) -> HttpRequest {
    let mut requests = host.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    requests.remove(0)
}

/// The requests since the last look, each as a [`line`].
#[must_use]
pub fn lines(host: &ScriptedHost) -> Vec<String> {
    host.requests().iter().map(line).collect()
}

/// `GET /a/b?x=1&y=2`, query parameters in their order and not encoded.
#[must_use]
pub fn line(request: &HttpRequest) -> String {
    let query: Vec<_> =
        request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{} {}{mark}{}", request.method, request.target, query.join("&"))
}

/// A request's JSON body.
///
/// # Panics
/// Where it is not JSON.
#[must_use]
#[expect(clippy::expect_used, reason = "a body of another kind ends the test")]
pub fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).expect("the body is JSON")
}

/// A request's header, by its name in lower case.
#[must_use]
pub fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
