use mortise_sandbox::{Consent, Fault, FaultKind, Sandbox};
use reqwest::header::AUTHORIZATION;

use crate::client::{ADA, Answer, authorize_url, exchange, exchange_code, get, http, send, start};

const AUTHORIZE: &str = "/common/oauth2/v2.0/authorize";
const TOKEN: &str = "/common/oauth2/v2.0/token";

async fn tokens(sandbox: &Sandbox, scope: &str) -> Answer {
    let microsoft = sandbox.microsoft();
    let url = authorize_url(microsoft, AUTHORIZE, &[("scope", scope), ("response_mode", "query")]);
    let location = microsoft.approve(&url, &Consent::of(ADA)).unwrap();
    exchange_code(microsoft, TOKEN, &location).await
}

async fn refresh(sandbox: &Sandbox, token: &str) -> Answer {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
    exchange(sandbox.microsoft(), TOKEN, &fields).await
}

async fn me(sandbox: &Sandbox, token: &str) -> Answer {
    let url = format!("{}/v1.0/me", sandbox.microsoft().url());
    send(http().get(url).header(AUTHORIZATION, format!("Bearer {token}"))).await
}

#[tokio::test]
async fn a_refresh_token_needs_offline_access() {
    let sandbox = start();
    let with = tokens(&sandbox, "offline_access User.Read Calendars.ReadWrite").await;
    assert_eq!(with.status, 200, "{}", with.text);
    assert_eq!(with.body["scope"], "User.Read Calendars.ReadWrite");
    assert!(with.body["refresh_token"].is_string());
    assert!(tokens(&sandbox, "User.Read").await.body["refresh_token"].is_null());
}

#[tokio::test]
async fn a_refresh_token_is_spent_by_its_use() {
    let sandbox = start();
    let first = tokens(&sandbox, "offline_access User.Read").await;
    let old = first.body["refresh_token"].as_str().unwrap();
    let second = refresh(&sandbox, old).await;
    let new = second.body["refresh_token"].as_str().unwrap();
    assert_ne!(new, old);

    let reused = refresh(&sandbox, old).await;
    assert_eq!((reused.status, &reused.body["error"]), (400, &"invalid_grant".into()));
    assert!(reused.body["error_codes"][0].is_u64());
    for name in ["error_description", "trace_id", "correlation_id", "timestamp"] {
        assert!(reused.body[name].is_string(), "{name}");
    }
    assert_eq!(refresh(&sandbox, new).await.status, 200);
}

#[tokio::test]
async fn me_tells_the_account_to_tokens_with_user_read() {
    let sandbox = start();
    let reader = tokens(&sandbox, "https://graph.microsoft.com/User.Read").await;
    let answer = me(&sandbox, reader.body["access_token"].as_str().unwrap()).await;
    assert_eq!((answer.status, &answer.body["userPrincipalName"]), (200, &ADA.into()));

    let other = tokens(&sandbox, "Calendars.Read").await;
    let answer = me(&sandbox, other.body["access_token"].as_str().unwrap()).await;
    assert_eq!(answer.status, 403);
    let answer = me(&sandbox, "unknown").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.body["error"]["code"], "InvalidAuthenticationToken");
    assert!(answer.body["error"]["innerError"]["request-id"].is_string());
}

#[tokio::test]
async fn a_tenants_consent_page_sends_its_form_to_the_tenant() {
    let sandbox = start();
    let path = "/contoso.example/oauth2/v2.0/authorize";
    let page = get(&authorize_url(sandbox.microsoft(), path, &[("scope", "User.Read")])).await;
    assert!(page.text.contains(&format!("action=\"{path}/decision\"")), "{}", page.text);
}

#[tokio::test]
async fn faults_have_graphs_bodies() {
    let sandbox = start();
    let fault = Fault::on("/v1.0", FaultKind::TooManyRequests).retry_after(2.128);
    sandbox.microsoft().set_fault(fault);
    let answer = me(&sandbox, "any").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "2.128"));
    assert_eq!(answer.body["error"]["code"], "ApplicationThrottled");
}
