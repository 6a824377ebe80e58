//! The few pages that a browser sees while it connects, and the cookie that binds it.

use std::time::Duration;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::AppState;
use crate::{
    app::{CallbackFailure, Connected, Provider},
    domain::oauth::OAuthAttempt,
};

const PAGE: &str = include_str!("../ui/connect.html");

/// The cookie that binds a connect attempt to a browser.
///
/// Over https it has the `__Host-` prefix, which no other site and no subdomain can set. Over
/// loopback http browsers do not agree on secure cookies, so it has neither there.
pub struct BrowserCookie {
    secure: bool,
}

impl BrowserCookie {
    /// The cookie of a hub at this address.
    #[must_use]
    pub fn for_hub(public_url: &Url) -> Self {
        Self { secure: public_url.scheme() == "https" }
    }

    fn name(&self) -> &'static str {
        if self.secure { "__Host-mortise-browser" } else { "mortise-browser" }
    }

    /// The browser's value, where it has one of the right shape.
    #[must_use]
    pub fn read(&self, headers: &HeaderMap) -> Option<SecretString> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, value)| {
                let shaped = value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit());
                *name == self.name() && shaped
            })
            .map(|(_, value)| SecretString::from(value.to_owned()))
    }

    /// As `Set-Cookie`, for as long as a user may take to consent.
    #[must_use]
    pub fn write(&self, value: &str, lives: Duration) -> String {
        let seconds = lives.as_secs();
        let secure = if self.secure { "; Secure" } else { "" };
        format!(
            "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
            self.name()
        )
    }
}

/// What is shown, and told to the page that opened the window.
struct Page<'a> {
    status: StatusCode,
    heading: String,
    text: String,
    back: Option<String>,
    /// Whether a browser without opener goes back by itself.
    leads_on: bool,
    message: Value,
    opener: Option<&'a str>,
}

/// After a connection was made: back to the application, or a page that says so.
pub fn connected(state: &AppState, provider: &Provider, connected: Connected) -> Response {
    let slug = provider.id.slug();
    let back = connected.return_to.map(|back| way_back(back, &slug, "connected", None));
    // A page that wants to be told needs a page that tells it; it leads on from there.
    if let (Some(back), None) = (&back, &connected.opener_origin) {
        let mut response = StatusCode::SEE_OTHER.into_response();
        if let Ok(to) = HeaderValue::from_str(back.as_str()) {
            response.headers_mut().insert(header::LOCATION, to);
        }
        return response;
    }
    let name = &provider.manifest().name;
    let whose = connected.account.email.or(connected.account.name);
    let mut text = match whose {
        Some(whose) => format!("{name} is connected as {whose}."),
        None => format!("{name} is connected."),
    };
    if !connected.missing_scopes.is_empty() {
        text.push_str(" Some permissions were not granted; what needs them will not work.");
    }
    text.push_str(" You can close this window.");
    let page = Page {
        status: StatusCode::OK,
        heading: "Connected".to_owned(),
        text,
        back: back.map(String::from),
        leads_on: true,
        message: json!({
            "source": "mortise", "type": "connected", "provider": slug,
            "missing_scopes": connected.missing_scopes,
        }),
        opener: connected.opener_origin.as_deref(),
    };
    page.show(state)
}

/// After a connect attempt was refused: a page that says why and what to do.
pub fn failed(state: &AppState, provider: &Provider, failure: &CallbackFailure) -> Response {
    let name = &provider.manifest().name;
    let again = "Go back to the application and connect again.";
    let (status, code, text) = match failure {
        CallbackFailure::UnknownAttempt => (
            StatusCode::BAD_REQUEST,
            "expired",
            format!("This link has expired or was used already. {again}"),
        ),
        CallbackFailure::OtherProvider => (
            StatusCode::BAD_REQUEST,
            "other_provider",
            format!("This answer belongs to another provider than {name}. {again}"),
        ),
        CallbackFailure::OtherBrowser => (
            StatusCode::FORBIDDEN,
            "other_browser",
            format!(
                "This connection was begun in another browser, or cookies are blocked. {again}"
            ),
        ),
        CallbackFailure::WrongIssuer => (
            StatusCode::BAD_REQUEST,
            "wrong_issuer",
            format!("The answer does not come from {name}. Nothing was connected. {again}"),
        ),
        CallbackFailure::Denied { code, .. } => (
            StatusCode::BAD_REQUEST,
            "denied",
            format!("{name} did not grant access ({code}). Nothing was connected. {again}"),
        ),
        CallbackFailure::NoCode => (
            StatusCode::BAD_REQUEST,
            "no_code",
            format!("{name} sent an answer without a code. {again}"),
        ),
        CallbackFailure::Exchange { error, .. } => (
            StatusCode::BAD_GATEWAY,
            "exchange_failed",
            format!("{name} could not be connected: {error}. Nothing was kept. {again}"),
        ),
        CallbackFailure::KeyChanged => (
            StatusCode::BAD_REQUEST,
            "expired",
            format!("The hub was set up anew meanwhile. {again}"),
        ),
        CallbackFailure::Store(error) => {
            tracing::error!(%error, "the database failed");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                format!("The hub's database does not answer. {again}"),
            )
        }
    };
    let attempt: Option<&OAuthAttempt> = match failure {
        CallbackFailure::Denied { attempt, .. } | CallbackFailure::Exchange { attempt, .. } => {
            Some(attempt)
        }
        _ => None,
    };
    let page = Page {
        status,
        heading: "Not connected".to_owned(),
        text,
        back: attempt
            .and_then(|attempt| Url::parse(attempt.return_to.as_deref()?).ok())
            .map(|back| way_back(back, &provider.id.slug(), "failed", Some(code)).into()),
        leads_on: false,
        message: json!({
            "source": "mortise", "type": "failed", "provider": provider.id.slug(), "error": code,
        }),
        opener: attempt.and_then(|attempt| attempt.opener_origin.as_deref()),
    };
    page.show(state)
}

/// The application's page, told in its query how it went.
fn way_back(mut back: Url, slug: &str, status: &str, error: Option<&str>) -> Url {
    back.query_pairs_mut()
        .append_pair("mortise_provider", slug)
        .append_pair("mortise_status", status)
        .extend_pairs(error.map(|error| ("mortise_error", error)));
    back
}

impl Page<'_> {
    fn show(self, state: &AppState) -> Response {
        let nonce = hex::encode(&state.rng.bytes32()[..16]);
        let html = self.html(&nonce);
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8");
        let mut response = (self.status, [kind], html).into_response();
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }

    fn html(&self, nonce: &str) -> String {
        let back = self.back.as_ref().map_or_else(String::new, |address| {
            format!("<p><a href=\"{}\">Back to the application</a></p>", escape(address))
        });
        let next = self.back.as_ref().filter(|_| self.leads_on);
        // Inside a script element only `<` can end it; JSON may write it as an escape.
        let script = |value: &Value| value.to_string().replace('<', "\\u003c");
        fill(
            PAGE,
            &[
                ("nonce", nonce),
                ("heading", &escape(&self.heading)),
                ("text", &escape(&self.text)),
                ("back", &back),
                ("message", &script(&self.message)),
                ("opener", &script(&json!(self.opener))),
                ("next", &script(&json!(next))),
            ],
        )
    }
}

/// A page with its `{{placeholders}}` filled in. It is read once: what is filled in is never taken
/// for a placeholder.
fn fill(page: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(2 * page.len());
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(before);
        filled.push_str(value.map_or("", |(_, value)| *value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn the_cookie_has_the_host_prefix_over_https_only() {
        let https = BrowserCookie::for_hub(&Url::parse("https://hub.example.com").unwrap());
        let hour = Duration::from_secs(3600);
        let written = https.write("v", hour);
        assert!(written.starts_with("__Host-mortise-browser=v; Path=/;"), "{written}");
        assert!(written.contains("HttpOnly; SameSite=Lax; Secure"), "{written}");
        let http = BrowserCookie::for_hub(&Url::parse("http://localhost:8080").unwrap());
        assert!(!http.write("v", hour).contains("Secure"));
    }

    #[test]
    fn only_a_value_of_the_right_shape_is_read() {
        let cookie = BrowserCookie::for_hub(&Url::parse("http://localhost:8080").unwrap());
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(text).unwrap());
            cookie.read(&headers).map(|value| value.expose_secret().to_owned())
        };
        let value = "a".repeat(64);
        assert_eq!(read(&format!("x=1; mortise-browser={value}")), Some(value));
        assert_eq!(read("mortise-browser=short"), None);
        assert_eq!(read("other=1"), None);
    }

    fn page(back: &str, text: &str) -> String {
        let page = Page {
            status: StatusCode::OK,
            heading: "Connected".to_owned(),
            text: text.to_owned(),
            back: Some(back.to_owned()),
            leads_on: true,
            message: json!({"source": back}),
            opener: Some("https://app.example.com"),
        };
        page.html("0a1b")
    }

    #[test]
    fn text_cannot_become_markup_or_a_placeholder() {
        let html = page("https://app.example.com", "<b>\"{{opener}}'");
        assert!(html.contains("<p role=\"status\">&lt;b&gt;&quot;{{opener}}&#39;</p>"), "{html}");
    }

    #[test]
    fn an_address_stays_what_it_is_in_script_and_markup() {
        let back = r#"https://app.example.com/?a={{text}}&b={{nonce}}"'\</script><!--"#;
        let html = page(back, "T");
        let after = |start: &str| html.split_once(start).unwrap().1;
        let next = after("const next = ").split_once(";\n").unwrap().0;
        assert_eq!(serde_json::from_str::<String>(next).unwrap(), back);
        let message = after("postMessage(").split_once(", opener_origin)").unwrap().0;
        assert_eq!(serde_json::from_str::<Value>(message).unwrap(), json!({"source": back}));
        assert_eq!(
            after("const opener_origin = ").split_once(';').unwrap().0,
            "\"https://app.example.com\""
        );
        let href = "href=\"https://app.example.com/?a={{text}}&amp;b={{nonce}}&quot;&#39;\\&lt;/script&gt;&lt;!--\"";
        assert!(html.contains(href), "{html}");
        assert_eq!(html.matches("</script").count(), 1);
        assert!(!html.contains("<!--"));
    }

    #[test]
    fn every_placeholder_of_the_page_is_filled() {
        let html = page("https://app.example.com", "T");
        assert!(!html.contains("{{") && !html.contains("}}"), "{html}");
        assert_eq!(html.matches("nonce=\"0a1b\"").count(), 2);
        assert_eq!(html.matches("Connected").count(), 2);
    }

    #[test]
    fn the_code_leaves_the_address_bar_before_anything_else_is_done() {
        let script = PAGE.split_once("<script nonce=\"{{nonce}}\">\n").unwrap().1;
        assert!(script.starts_with("history.replaceState(null, \"\", location.pathname);\n"));
    }
}
