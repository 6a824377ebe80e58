use mortise_sandbox::{Sandbox, SandboxConfig};
use serde_json::json;

use crate::client::{ADA, EVENTS, connected, exchange, get, http, json, send, start};

#[tokio::test]
async fn faults_are_set_and_cleared_over_http() {
    let ada = connected(EVENTS).await;
    let faults = format!("{}/_sandbox/faults", ada.sandbox.google().url());
    let fault = json!({"path": "*", "kind": "503", "times": null, "retry_after": 7});
    assert_eq!(send(json(http().post(&faults), &fault)).await.status, 204);
    assert_eq!(get(&faults).await.body[0]["kind"], "503", "control endpoints are spared");
    let answer = ada.call("GET", "/calendars/primary/events").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "7"));
    assert_eq!(send(http().delete(&faults)).await.status, 204);
    assert_eq!(ada.call("GET", "/calendars/primary/events").await.status, 200);
    let unknown = json!({"path": "*", "kind": "gremlins"});
    assert_eq!(send(json(http().post(&faults), &unknown)).await.status, 422);
}

#[tokio::test]
async fn tokens_are_ended_and_their_life_is_set_over_http() {
    let ada = connected(EVENTS).await;
    let google = ada.sandbox.google();
    let post = |path: &str, body| {
        let url = format!("{}/_sandbox/{path}", google.url());
        send(json(http().post(url), &body))
    };
    post("accounts/ada%40example.com/expire-access-tokens", json!(null)).await;
    assert_eq!(google.live_tokens(ADA).access.len(), 0);
    assert_eq!(google.live_tokens(ADA).refresh.len(), 1);
    post("expires-in", json!({"seconds": 30})).await;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &*ada.refresh_token)];
    assert_eq!(exchange(google, "/token", &fields).await.body["expires_in"], 30);
    post("accounts/ada%40example.com/revoke", json!(null)).await;
    assert!(google.live_tokens(ADA).is_empty());
}

#[tokio::test]
async fn a_life_of_any_length_is_answered_as_it_was_set() {
    let ada = connected(EVENTS).await;
    let google = ada.sandbox.google();
    let url = format!("{}/_sandbox/expires-in", google.url());
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &*ada.refresh_token)];
    let cases = [(i64::MAX, 1), (253_402_300_800, 1), (0, 0), (i64::MIN, 0)];
    for (seconds, living) in cases {
        google.expire_access_tokens(ADA);
        assert_eq!(send(json(http().post(&url), &json!({"seconds": seconds}))).await.status, 204);
        let tokens = exchange(google, "/token", &fields).await;
        assert_eq!((tokens.status, &tokens.body["expires_in"]), (200, &json!(seconds)));
        assert_eq!(google.live_tokens(ADA).access.len(), living, "{seconds}");
    }
}

#[tokio::test]
async fn events_are_planted_and_shown_over_http() {
    let sandbox = start();
    let events = format!("{}/_sandbox/events", sandbox.google().url());
    let planted = json!({
        "account": ADA,
        "calendar": "primary",
        "event": {"id": "abcde", "start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}},
    });
    assert_eq!(send(json(http().post(&events), &planted)).await.body["status"], "confirmed");
    let shown = get(&format!("{events}?account={ADA}")).await.body;
    assert_eq!((&shown[0]["calendar"], &shown[0]["event"]["id"]), (&ADA.into(), &"abcde".into()));
}

#[tokio::test]
async fn the_journal_names_headers_and_no_secrets() {
    let ada = connected(EVENTS).await;
    ada.call("GET", "/calendars/primary/events?maxResults=7").await;
    let journal = get(&format!("{}/_sandbox/requests", ada.sandbox.google().url())).await;
    let last = journal.body.as_array().unwrap().last().unwrap();
    assert_eq!(last["method"], "GET");
    assert_eq!(last["path"], "/calendar/v3/calendars/primary/events");
    assert_eq!((&last["query"], &last["status"]), (&"maxResults=7".into(), &200.into()));
    assert!(last["header_names"].as_array().unwrap().contains(&"authorization".into()));
    let secrets = ada.sandbox.google().secrets();
    assert!(secrets.iter().all(|secret| !journal.text.contains(secret)));
}

#[tokio::test]
async fn dropping_the_sandbox_frees_its_ports() {
    let sandbox = start();
    let url = sandbox.google().url().to_owned();
    let google_port = url::Url::parse(&url).unwrap().port().unwrap();
    let config = SandboxConfig { google_port, ..SandboxConfig::default() };
    assert!(Sandbox::start(config.clone()).is_err(), "taken");
    drop(sandbox);
    assert!(http().get(&url).send().await.is_err());
    assert_eq!(Sandbox::start(config).unwrap().google().url(), url);
}
