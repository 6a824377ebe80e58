//! No secret in any log line, problem, page or metric. In a process of its own, since it captures
//! everything that the process logs, at trace level.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here is a failed test"
)]

use mortise_tests::{ADA, Consent, Fault, FaultKind, GOOGLE, HUBSPOT, OUTLOOK, TestHub, logs};
use serde_json::{Value, json};

/// What was seen, and what must not be in it.
#[derive(Default)]
struct Seen {
    text: String,
    secrets: Vec<(String, String)>,
}

impl Seen {
    fn add(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn secret(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= 8, "{what} is too short to be searched for");
        self.secrets.push((what.to_owned(), secret.to_owned()));
        // As it stands in a query or form.
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        if encoded != secret {
            self.secrets.push((format!("{what}, encoded"), encoded));
        }
    }
}

/// One answer of the hub's, for the search; a token endpoint's own answer is no leak.
async fn ask(hub: &TestHub, seen: &mut Seen, path: &str) -> u16 {
    let answer = hub.as_user("ada").get(path).await;
    seen.add(&format!("{:?}", answer.headers));
    if !path.ends_with("/token") || answer.status != 200 {
        seen.add(&answer.text);
    }
    answer.status
}

/// A connect whose cookie, state and code are secrets; the page at its end is searched.
async fn connect(hub: &TestHub, seen: &mut Seen, slug: &str, consent: &Consent) -> u16 {
    let browser = hub.browser();
    let callback = hub.up_to_callback(&browser, "ada", slug, consent).await;
    for verifier in hub.rows.verifiers().await {
        let clear = fernet::Fernet::new(&hub.fernet_keys).unwrap().decrypt(&verifier).unwrap();
        seen.secret("the verifier", std::str::from_utf8(&clear).unwrap());
    }
    for cookie in browser.cookies().values() {
        seen.secret("the browser's cookie", cookie);
    }
    let url = url::Url::parse(&callback).unwrap();
    for (name, value) in url.query_pairs() {
        if ["state", "code"].contains(&&*name) {
            seen.secret(&name, &value);
        }
    }
    let page = browser.open(&callback).await;
    seen.add(&page.text);
    seen.add(&format!("{:?}", page.headers));
    page.status
}

async fn failures(hub: &TestHub, seen: &mut Seen) {
    let google = hub.sandbox.google();
    for kind in [
        FaultKind::InternalError,
        FaultKind::Empty,
        FaultKind::Html,
        FaultKind::BadJson,
        FaultKind::Cut,
        FaultKind::TokenWithoutAccessToken,
        FaultKind::OkWithError,
        FaultKind::InvalidGrant,
    ] {
        google.set_fault(Fault::on("/token", kind).times(1));
        assert_eq!(connect(hub, seen, GOOGLE, &Consent::of(ADA)).await, 502, "{kind:?}");
        google.clear_faults();
        google.set_fault(Fault::on("/calendar", kind).times(1));
        ask(hub, seen, "/api/integrations/google-calendar/calendars").await;
        google.clear_faults();
    }
    let no = Consent { deny: true, ..Consent::of(ADA) };
    assert_eq!(connect(hub, seen, GOOGLE, &no).await, 400);
}

#[tokio::test]
async fn no_secret_is_logged_shown_or_counted() {
    let captured = logs::capture();
    let hub = TestHub::start().await;
    let mut seen = Seen::default();

    for slug in [GOOGLE, OUTLOOK, HUBSPOT] {
        assert_eq!(connect(&hub, &mut seen, slug, &Consent::of(ADA)).await, 200);
    }
    let session = hub.session_token("ada", json!({"providers": [GOOGLE]})).await;
    seen.secret("a session token", &session);
    let list = hub.anonymous().bearer(&session).get("/api/integrations").await.expect(200);
    seen.add(&list.text);
    let wrong = format!("{}wrong", hub.key);
    seen.secret("a wrong key", &wrong);
    let refused = hub.anonymous().bearer(&wrong).get("/api/integrations").await.expect(401);
    seen.add(&refused.text);

    hub.clock.advance(3600);
    for slug in [GOOGLE, OUTLOOK, HUBSPOT] {
        assert_eq!(ask(&hub, &mut seen, &format!("/api/integrations/{slug}/token")).await, 200);
        ask(&hub, &mut seen, &format!("/api/integrations/{slug}/status")).await;
    }
    let proxied = "/api/integrations/google-calendar/proxy/users/me/calendarList";
    assert_eq!(ask(&hub, &mut seen, proxied).await, 200);
    failures(&hub, &mut seen).await;

    let sealed = hub.rows.tokens().await;
    hub.sandbox.google().set_fault(Fault::on("/revoke", FaultKind::Unavailable).times(1));
    for slug in [GOOGLE, OUTLOOK, HUBSPOT] {
        let path = format!("/api/integrations/{slug}/disconnect");
        seen.add(&hub.as_user("ada").post_nothing(&path).await.expect(200).text);
    }
    hub.clock.advance(60);
    hub.maintain().await;
    assert_eq!(hub.rows.count("pending_revocations").await, 0);
    for path in ["/metrics", "/readyz", "/openapi.json"] {
        seen.add(&hub.anonymous().get(path).await.expect(200).text);
    }
    seen.add(&hub.backend().get("/api/plugins").await.expect(200).text);
    seen.add(&format!("{:?}", hub.hub.settings()));

    for secret in hub.secrets() {
        seen.secret("a token, code, client secret or key", &secret);
    }
    for row in sealed {
        seen.secret("an encrypted access token", &row.access_token_enc);
        seen.secret("an encrypted refresh token", &row.refresh_token_enc.unwrap());
    }
    let logged = captured.text();
    assert!(logged.contains("answered") && logged.contains("connected"), "the hub logs");
    assert!(logged.contains("TRACE"), "at trace level");
    seen.add(&logged);
    let kinds = ["state", "code", "the verifier", "the browser's cookie", "a session token"];
    for kind in kinds {
        assert!(seen.secrets.iter().any(|(what, _)| what == kind), "{kind} was searched for");
    }
    for (what, secret) in &seen.secrets {
        if let Some(at) = seen.text.find(secret.as_str()) {
            let line = seen.text[..at].rfind('\n').map_or(0, |start| start + 1);
            let shown = seen.text[line..at].chars().rev().take(300).collect::<Vec<_>>();
            let shown: String = shown.into_iter().rev().collect();
            panic!("{what} follows after: {shown}");
        }
    }
}

#[test]
fn a_search_for_secrets_would_find_one() {
    let mut seen = Seen::default();
    seen.secret("a code", "4/0abc+def/ghi");
    let found = |text: &str| seen.secrets.iter().any(|(_, secret)| text.contains(secret.as_str()));
    assert!(found("POST code=4/0abc+def/ghi") && found("code=4%2F0abc%2Bdef%2Fghi"));
    assert!(!found(&Value::Null.to_string()));
}
