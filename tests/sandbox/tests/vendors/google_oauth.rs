use mortise_sandbox::{AuthorizeRefusal, Consent, DEFAULT_ACCOUNT, Vendor};
use reqwest::header::{AUTHORIZATION, COOKIE};

use crate::client::{
    ADA, Answer, CHALLENGE, EVENTS, READONLY, REDIRECT, VERIFIER, authorize_url, connected,
    exchange, exchange_code, form, get, http, json, parameter, post_form, send, start,
};

const AUTH: &str = "/o/oauth2/v2/auth";

fn asked(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [&[("scope", "https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/calendar.readonly")], more].concat()
}

fn approve<A>(google: &Vendor<A>, more: &[(&'static str, &'static str)]) -> String {
    let url = authorize_url(google, AUTH, &asked(more));
    google.approve(&url, &Consent::default()).unwrap()
}

const OFFLINE: [(&str, &str); 2] = [("access_type", "offline"), ("prompt", "consent")];

async fn refresh<A>(google: &Vendor<A>, token: &str) -> Answer {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
    exchange(google, "/token", &fields).await
}

#[tokio::test]
async fn a_code_becomes_tokens_with_the_granted_scopes() {
    let sandbox = start();
    let google = sandbox.google();
    let location = approve(google, &OFFLINE);
    assert_eq!(parameter(&location, "state").unwrap(), "st&te");
    assert_eq!(parameter(&location, "iss").unwrap(), "https://accounts.google.com");
    assert_eq!(parameter(&location, "scope").unwrap(), format!("{EVENTS} {READONLY}"));

    let tokens = exchange_code(google, "/token", &location).await;
    assert_eq!(tokens.status, 200);
    assert_eq!(tokens.header("cache-control"), "no-store");
    assert_eq!(tokens.body["token_type"], "Bearer");
    assert_eq!(tokens.body["expires_in"], 3599);
    assert_eq!(tokens.body["scope"], format!("{EVENTS} {READONLY}"));
    assert!(tokens.body["access_token"].as_str().unwrap().starts_with("ya29."));
    assert!(tokens.body["refresh_token"].as_str().unwrap().starts_with("1//"));
}

#[tokio::test]
async fn an_unticked_scope_is_missing_from_the_tokens_without_an_error() {
    let sandbox = start();
    let google = sandbox.google();
    let consent = Consent { scopes: Some(vec![READONLY.to_owned()]), ..Consent::default() };
    let location = google.approve(&authorize_url(google, AUTH, &asked(&[])), &consent).unwrap();
    let tokens = exchange_code(google, "/token", &location).await;
    assert_eq!((tokens.status, &tokens.body["scope"]), (200, &READONLY.into()));
}

#[tokio::test]
async fn earlier_scopes_are_added_where_the_client_asks_for_them() {
    let sandbox = start();
    let google = sandbox.google();
    let first = authorize_url(google, AUTH, &[("scope", READONLY)]);
    let location = google.approve(&first, &Consent::default()).unwrap();
    exchange_code(google, "/token", &location).await;
    let more = [("scope", EVENTS), ("include_granted_scopes", "true")];
    let second = authorize_url(google, AUTH, &more);
    let location = google.approve(&second, &Consent::default()).unwrap();
    assert_eq!(parameter(&location, "scope").unwrap(), format!("{EVENTS} {READONLY}"));
}

#[tokio::test]
async fn the_consent_form_can_be_answered_with_the_cookie_alone() {
    let sandbox = start();
    let google = sandbox.google();
    let page = get(&authorize_url(google, AUTH, &asked(&[]))).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(&format!("value=\"{EVENTS}\" checked")), "{}", page.text);
    assert!(page.text.contains("action=\"/o/oauth2/v2/auth/decision\""));
    let set = page.header("set-cookie");
    assert!(set.contains("HttpOnly"));
    let cookie = set.split(';').next().unwrap().to_owned();

    let decision = format!("{}{AUTH}/decision", google.url());
    let request = http().post(&decision).header(COOKIE, &cookie);
    let answer = send(form(request, &[("decision", "allow")])).await;
    assert_eq!(answer.status, 302);
    assert!(answer.header("location").starts_with(REDIRECT));
    assert_eq!(exchange_code(google, "/token", answer.header("location")).await.status, 200);

    let again = http().post(&decision).header(COOKIE, &cookie);
    assert_eq!(send(form(again, &[("decision", "allow")])).await.status, 400);
}

#[tokio::test]
async fn a_form_with_every_box_unticked_is_a_denial() {
    let sandbox = start();
    let google = sandbox.google();
    let page = get(&authorize_url(google, AUTH, &asked(&[]))).await;
    let (_, rest) = page.text.split_once("name=\"request_id\" value=\"").unwrap();
    let request_id = rest.split('"').next().unwrap();
    let decision = format!("{}{AUTH}/decision", google.url());
    let fields = [("request_id", request_id), ("scopes_shown", "1"), ("decision", "allow")];
    let answer = post_form(&decision, &fields).await;
    let location = answer.header("location");
    assert_eq!(parameter(location, "error").unwrap(), "access_denied");
    assert_eq!(parameter(location, "state").unwrap(), "st&te");
    assert_eq!(parameter(location, "code"), None);
}

#[tokio::test]
async fn an_account_that_is_no_address_is_asked_for_again() {
    let sandbox = start();
    let google = sandbox.google();
    let page = get(&authorize_url(google, AUTH, &asked(&[]))).await;
    let (_, rest) = page.text.split_once("name=\"request_id\" value=\"").unwrap();
    let request_id = rest.split('"').next().unwrap();
    let decision = format!("{}{AUTH}/decision", google.url());
    let bad = [("request_id", request_id), ("decision", "allow"), ("account", "<b>x</b>")];
    let answer = post_form(&decision, &bad).await;
    assert_eq!(answer.status, 400);
    assert!(!answer.text.contains("<b>"));
    let good = [("request_id", request_id), ("decision", "allow"), ("account", "Eve@Example.com")];
    let answer = post_form(&decision, &good).await;
    exchange_code(google, "/token", answer.header("location")).await;
    assert_eq!(google.live_tokens("eve@example.com").access.len(), 1);
}

#[tokio::test]
async fn a_denial_comes_back_with_the_state() {
    let sandbox = start();
    let google = sandbox.google();
    let consent = Consent { deny: true, ..Consent::default() };
    let location = google.approve(&authorize_url(google, AUTH, &asked(&[])), &consent).unwrap();
    assert_eq!(parameter(&location, "error").unwrap(), "access_denied");
    assert_eq!(parameter(&location, "state").unwrap(), "st&te");
}

#[tokio::test]
async fn a_stranger_is_never_redirected_to() {
    let sandbox = start();
    let google = sandbox.google();
    let elsewhere = [("redirect_uri", "http://localhost:8080/callback/")];
    let url = authorize_url(google, AUTH, &asked(&elsewhere));
    let page = get(&url).await;
    assert_eq!((page.status, page.header("location")), (400, ""));
    assert!(page.text.contains("redirect_uri_mismatch"));
    let unknown = authorize_url(google, AUTH, &asked(&[("client_id", "someone")]));
    assert_eq!(get(&unknown).await.status, 400);
    let refusal = google.approve(&unknown, &Consent::default()).unwrap_err();
    assert_eq!(refusal, AuthorizeRefusal::UnknownClient);
}

#[tokio::test]
async fn other_mistakes_are_told_to_the_client() {
    let sandbox = start();
    let google = sandbox.google();
    let error_of = |more: &[(&str, &str)]| {
        let url = authorize_url(google, AUTH, more);
        parameter(&google.approve(&url, &Consent::default()).unwrap(), "error").unwrap()
    };
    let token = [("scope", EVENTS), ("response_type", "token")];
    assert_eq!(error_of(&token), "unsupported_response_type");
    let misspelt = [("scope", "https://www.googleapis.com/auth/calender")];
    assert_eq!(error_of(&misspelt), "invalid_scope");
    let plain =
        [("scope", EVENTS), ("code_challenge", CHALLENGE), ("code_challenge_method", "plain")];
    assert_eq!(error_of(&plain), "invalid_request");
}

#[tokio::test]
async fn a_challenge_must_be_met_by_its_verifier() {
    let sandbox = start();
    let google = sandbox.google();
    let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let location = approve(google, &pkce);
    let code = parameter(&location, "code").unwrap();
    let fields =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];

    let missing = exchange(google, "/token", &fields).await;
    assert_eq!((missing.status, &missing.body["error"]), (400, &"invalid_grant".into()));
    let wrong = VERIFIER.replace('d', "e");
    let wrong = [&fields[..], &[("code_verifier", &*wrong)]].concat();
    let wrong = exchange(google, "/token", &wrong).await;
    assert_eq!(wrong.body["error_description"], "Invalid code verifier.");
    let right = [&fields[..], &[("code_verifier", VERIFIER)]].concat();
    assert_eq!(exchange(google, "/token", &right).await.status, 200);
}

#[tokio::test]
async fn a_code_seen_twice_takes_back_what_it_gave() {
    let sandbox = start();
    let google = sandbox.google();
    let location = approve(google, &OFFLINE);
    assert_eq!(exchange_code(google, "/token", &location).await.status, 200);
    assert_eq!(google.live_tokens(DEFAULT_ACCOUNT).refresh.len(), 1);
    let second = exchange_code(google, "/token", &location).await;
    assert_eq!((second.status, &second.body["error"]), (400, &"invalid_grant".into()));
    assert!(google.live_tokens(DEFAULT_ACCOUNT).is_empty());
}

#[tokio::test]
async fn an_old_code_is_refused() {
    let sandbox = start();
    let google = sandbox.google();
    google.set_code_expires_in(0);
    let answer = exchange_code(google, "/token", &approve(google, &[])).await;
    assert_eq!((answer.status, &answer.body["error"]), (400, &"invalid_grant".into()));
}

#[tokio::test]
async fn the_token_endpoint_words_its_refusals_like_google() {
    let sandbox = start();
    let google = sandbox.google();
    let url = format!("{}/token", google.url());
    let id = google.client_id();
    let refusal = async |fields: &[(&str, &str)]| {
        let answer = post_form(&url, fields).await;
        (answer.status, answer.body["error"].as_str().unwrap().to_owned())
    };
    let error = |status, error: &str| (status, error.to_owned());
    let wrong = [("client_id", &*id), ("client_secret", "x"), ("grant_type", "refresh_token")];
    assert_eq!(refusal(&wrong).await, error(401, "invalid_client"));
    assert_eq!(refusal(&[("client_id", "x")]).await, error(401, "invalid_client"));
    assert_eq!(refusal(&[]).await, error(400, "invalid_request"));

    let password = exchange(google, "/token", &[("grant_type", "password")]).await;
    assert_eq!(password.body["error"], "unsupported_grant_type");
    let code = parameter(&approve(google, &[]), "code").unwrap();
    let elsewhere =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", "http://x/")];
    let elsewhere = exchange(google, "/token", &elsewhere).await;
    assert_eq!(
        (elsewhere.status, &elsewhere.body["error"]),
        (400, &"redirect_uri_mismatch".into())
    );
    let as_json = json(http().post(&url), &serde_json::json!({"grant_type": "refresh_token"}));
    assert_eq!(send(as_json).await.status, 400);
}

#[tokio::test]
async fn the_client_may_authenticate_with_basic() {
    let connected = connected(EVENTS).await;
    let google = connected.sandbox.google();
    // base64 of sandbox-google-client:sandbox-google-secret, each form-encoded first
    let basic = "Basic c2FuZGJveC1nb29nbGUtY2xpZW50OnNhbmRib3glMkRnb29nbGUlMkRzZWNyZXQ=";
    let request = http().post(format!("{}/token", google.url())).header(AUTHORIZATION, basic);
    let fields =
        [("grant_type", "refresh_token"), ("refresh_token", connected.refresh_token.as_str())];
    assert_eq!(send(form(request, &fields)).await.status, 200);
}

#[tokio::test]
async fn a_refresh_token_comes_with_the_first_consent_or_a_forced_one() {
    let sandbox = start();
    let google = sandbox.google();
    let given = async |more: &[(&'static str, &'static str)]| {
        let tokens = exchange_code(google, "/token", &approve(google, more)).await;
        !tokens.body["refresh_token"].is_null()
    };
    assert!(!given(&[("prompt", "consent")]).await, "not without access_type=offline");
    google.revoke_grants(DEFAULT_ACCOUNT);
    assert!(given(&[("access_type", "offline")]).await, "first consent");
    assert!(!given(&[("access_type", "offline")]).await, "second consent");
    assert!(given(&OFFLINE).await, "forced consent");
}

#[tokio::test]
async fn a_refresh_gives_a_new_access_token_and_keeps_the_refresh_token() {
    let connected = connected(EVENTS).await;
    let google = connected.sandbox.google();
    google.set_expires_in(120);
    for _ in 0..2 {
        let answer = refresh(google, &connected.refresh_token).await;
        assert_eq!((answer.status, &answer.body["expires_in"]), (200, &120.into()));
        assert!(answer.body["refresh_token"].is_null());
        assert_eq!(answer.body["scope"], EVENTS);
    }
    assert_eq!(google.live_tokens(ADA).access.len(), 3);
}

#[tokio::test]
async fn expired_access_tokens_are_refused_until_refreshed() {
    let mut connected = connected(READONLY).await;
    connected.sandbox.google().expire_access_tokens(ADA);
    let answer = connected.call("GET", "/users/me/calendarList").await;
    assert_eq!(answer.refusal(), (401, "authError"));
    assert!(answer.header("www-authenticate").contains("invalid_token"));
    let fresh = refresh(connected.sandbox.google(), &connected.refresh_token).await;
    connected.token = fresh.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(connected.call("GET", "/users/me/calendarList").await.status, 200);
}

#[tokio::test]
async fn a_revoked_refresh_token_takes_its_access_tokens_along() {
    let connected = connected(READONLY).await;
    let google = connected.sandbox.google();
    let url = format!("{}/revoke", google.url());
    let token = [("token", connected.refresh_token.as_str())];
    let first = post_form(&url, &token).await;
    assert_eq!((first.status, first.text.as_str()), (200, "{}"));
    assert!(google.live_tokens(ADA).is_empty());
    let second = post_form(&url, &token).await;
    assert_eq!((second.status, &second.body["error"]), (400, &"invalid_token".into()));
    let answer = refresh(google, &connected.refresh_token).await;
    assert_eq!((answer.status, &answer.body["error"]), (400, &"invalid_grant".into()));
}

#[tokio::test]
async fn a_revoked_access_token_ends_the_grant() {
    let connected = connected(READONLY).await;
    let google = connected.sandbox.google();
    let request = http().post(format!("{}/revoke?token={}", google.url(), connected.token));
    assert_eq!(send(request).await.status, 200);
    assert!(google.live_tokens(ADA).is_empty());
    let logged = google.requests().pop().unwrap();
    assert_eq!(logged.query, "token=hidden");
}

#[tokio::test]
async fn secrets_lists_what_was_issued_and_debug_shows_none_of_it() {
    let connected = connected(READONLY).await;
    let google = connected.sandbox.google();
    let secrets = google.secrets();
    assert!(secrets.contains(&connected.token) && secrets.contains(&connected.refresh_token));
    let shown = format!("{:?} {:?}", google.live_tokens(ADA), google.requests());
    assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{shown}");
}

#[tokio::test]
async fn userinfo_names_the_account_to_tokens_with_an_identity_scope() {
    let userinfo = async |scopes: &str| {
        let ada = connected(scopes).await;
        let url = format!("{}/oauth2/v2/userinfo", ada.sandbox.google().url());
        send(http().get(url).header(AUTHORIZATION, format!("Bearer {}", ada.token))).await
    };
    let answer = userinfo(&format!("openid email {EVENTS}")).await;
    assert_eq!((answer.status, &answer.body["email"]), (200, &DEFAULT_ACCOUNT.into()));
    assert_eq!(userinfo(EVENTS).await.refusal(), (403, "insufficientPermissions"));
}
