//! A small HTTP client, and a person who consents.

use std::sync::Once;

use mortise_sandbox::{Consent, Sandbox, SandboxConfig, Vendor};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

pub const REDIRECT: &str = "http://localhost:8080/callback";
pub const ADA: &str = "ada@example.com";
pub const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
pub const READONLY: &str = "https://www.googleapis.com/auth/calendar.readonly";
/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub fn start() -> Sandbox {
    Sandbox::start(SandboxConfig {
        redirect_uris: vec![REDIRECT.to_owned()],
        ..SandboxConfig::default()
    })
    .unwrap()
}

pub fn http() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().unwrap();
    });
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    client.no_proxy().build().unwrap()
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// `null` where the body is not JSON.
    pub body: Value,
}

impl Answer {
    async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, text, body }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and reason of a Google error.
    pub fn refusal(&self) -> (u16, &str) {
        assert_eq!(self.body["error"]["code"], self.status, "{}", self.text);
        (self.status, self.body["error"]["errors"][0]["reason"].as_str().unwrap())
    }
}

pub async fn get(url: &str) -> Answer {
    Answer::read(http().get(url).send().await.unwrap()).await
}

pub async fn send(request: reqwest::RequestBuilder) -> Answer {
    Answer::read(request.send().await.unwrap()).await
}

pub async fn post_form(url: &str, fields: &[(&str, &str)]) -> Answer {
    send(form(http().post(url), fields)).await
}

pub fn form(request: reqwest::RequestBuilder, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let body = Serializer::new(String::new()).extend_pairs(fields).finish();
    request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
}

pub fn json(request: reqwest::RequestBuilder, body: &Value) -> reqwest::RequestBuilder {
    request.header(CONTENT_TYPE, "application/json").body(body.to_string())
}

/// An authorize address with the usual parameters, then `more` (which may repeat and so replace
/// none of them).
pub fn authorize_url<A>(vendor: &Vendor<A>, path: &str, more: &[(&str, &str)]) -> String {
    let usual = [
        ("client_id", vendor.client_id()),
        ("redirect_uri", REDIRECT.to_owned()),
        ("response_type", "code".to_owned()),
        ("state", "st&te".to_owned()),
    ];
    let mut url = Url::parse(&format!("{}{path}", vendor.url())).unwrap();
    for (name, value) in usual {
        if !more.iter().any(|(replaced, _)| *replaced == name) {
            url.query_pairs_mut().append_pair(name, &value);
        }
    }
    url.query_pairs_mut().extend_pairs(more);
    url.into()
}

/// A parameter of a redirect's address.
pub fn parameter(location: &str, name: &str) -> Option<String> {
    let url = Url::parse(location).unwrap();
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned())
}

/// Exchanges a code with the client's id and secret in the form.
pub async fn exchange<A>(vendor: &Vendor<A>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let (id, secret) = (vendor.client_id(), vendor.client_secret());
    let client = [("client_id", id.as_str()), ("client_secret", secret.as_str())];
    post_form(&format!("{}{path}", vendor.url()), &[&client[..], fields].concat()).await
}

pub async fn exchange_code<A>(vendor: &Vendor<A>, path: &str, location: &str) -> Answer {
    let code = parameter(location, "code").unwrap();
    let fields =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    exchange(vendor, path, &fields).await
}

/// Google with an account that has granted scopes.
pub struct Connected {
    pub sandbox: Sandbox,
    pub token: String,
    pub refresh_token: String,
}

pub async fn connected(scopes: &str) -> Connected {
    let sandbox = start();
    let google = sandbox.google();
    let asked = [("scope", scopes), ("access_type", "offline"), ("prompt", "consent")];
    let url = authorize_url(google, "/o/oauth2/v2/auth", &asked);
    let location = google.approve(&url, &Consent::of(ADA)).unwrap();
    let tokens = exchange_code(google, "/token", &location).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    let text = |name: &str| tokens.body[name].as_str().unwrap().to_owned();
    let (token, refresh_token) = (text("access_token"), text("refresh_token"));
    Connected { sandbox, token, refresh_token }
}

impl Connected {
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/calendar/v3{path}", self.sandbox.google().url());
        http()
            .request(method.parse().unwrap(), url)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
    }

    pub async fn call(&self, method: &str, path: &str) -> Answer {
        send(self.request(method, path)).await
    }

    pub async fn call_with(&self, method: &str, path: &str, body: Value) -> Answer {
        send(json(self.request(method, path), &body)).await
    }

    /// Puts a timed event into the primary calendar and gives it as stored.
    pub fn plant(&self, id: &str, start: &str, end: &str) -> Value {
        let event = serde_json::json!({
            "id": id,
            "summary": id,
            "start": {"dateTime": start},
            "end": {"dateTime": end},
        });
        self.sandbox.google().put_event(ADA, "primary", event)
    }
}
