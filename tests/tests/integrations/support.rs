//! Words that several of these tests use.

use mortise_tests::{Answer, TestHub};
use serde_json::{Value, json};

pub const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
pub const READONLY: &str = "https://www.googleapis.com/auth/calendar.readonly";

pub const CALENDARS: &str = "/api/integrations/google-calendar/calendars";

/// `POST` requests that reached Google's token endpoint.
pub fn exchanges(hub: &TestHub) -> usize {
    count(hub, "/token")
}

/// Requests that reached one of Google's addresses.
pub fn count(hub: &TestHub, path: &str) -> usize {
    hub.sandbox.google().requests().iter().filter(|request| request.path == path).count()
}

/// What a stored token is in clear.
pub fn decrypted(hub: &TestHub, sealed: &str) -> String {
    let key = fernet::Fernet::new(&hub.fernet_keys).unwrap();
    String::from_utf8(key.decrypt(sealed).unwrap()).unwrap()
}

/// A page that says that nothing was connected, and why.
#[track_caller]
pub fn assert_refused(page: &Answer, status: u16, why: &str) {
    assert_eq!(page.status, status, "{}", page.text);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text.contains("<h1>Not connected</h1>"), "{}", page.text);
    assert!(page.text.contains(why), "{}", page.text);
    assert!(page.text.contains("connect again"), "it says what to do: {}", page.text);
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(page.header("cache-control"), "no-store");
}

/// The same URL with one parameter replaced, or removed for `None`.
pub fn with_parameter(url: &str, name: &str, value: Option<&str>) -> String {
    let mut url = url::Url::parse(url).unwrap();
    let kept: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(known, _)| known != name).collect();
    url.query_pairs_mut().clear().extend_pairs(kept);
    if let Some(value) = value {
        url.query_pairs_mut().append_pair(name, value);
    }
    url.into()
}

/// A parameter of a URL.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned())
}

/// The problem of a user who has no connection to Google.
pub fn not_connected() -> Value {
    json!({
        "type": "urn:problem-type:mortise:not-connected",
        "title": "Not connected",
        "status": 409,
        "detail": "The user is not connected to google_calendar. Let the user open a link from \
                   connect_url.",
        "code": "not-connected",
        "request_id": "[request id]",
        "provider": "google_calendar",
        "connect_url": "http://hub/api/integrations/google-calendar/connect",
    })
}

/// The problem of a provider that is not enabled.
pub fn unknown_provider(name: &str) -> Value {
    json!({
        "type": "urn:problem-type:mortise:unknown-provider",
        "title": "No such provider",
        "status": 404,
        "detail": format!("No provider {name:?} is enabled here. GET /api/integrations lists \
                           those that are."),
        "code": "unknown-provider",
        "request_id": "[request id]",
    })
}
