use mortise_sandbox::{Consent, Fault, FaultKind};

use crate::client::{
    ADA, CHALLENGE, VERIFIER, authorize_url, exchange, exchange_code, get, parameter, post_form,
    start,
};
use crate::microsoft_client::{
    AUTHORIZE, RIGHTS, TOKEN, graph, graph_of, refresh, refusal, tokens,
};

#[tokio::test]
async fn a_refresh_token_needs_offline_access() {
    let sandbox = start();
    let with = tokens(&sandbox, ADA, "offline_access User.Read Calendars.ReadWrite").await;
    assert_eq!(with.status, 200, "{}", with.text);
    assert_eq!(with.body["scope"], "User.Read Calendars.ReadWrite");
    assert!(with.body["refresh_token"].is_string());
    assert!(tokens(&sandbox, ADA, "User.Read").await.body["refresh_token"].is_null());
}

#[tokio::test]
async fn a_refresh_token_is_spent_by_its_use_and_its_reuse_ends_the_grant() {
    let sandbox = start();
    let first = tokens(&sandbox, ADA, "offline_access User.Read").await;
    let old = first.body["refresh_token"].as_str().unwrap();
    let second = refresh(&sandbox, old).await;
    let new = second.body["refresh_token"].as_str().unwrap();
    assert_ne!(new, old);
    let third = refresh(&sandbox, new).await;
    assert_eq!(third.status, 200, "the newest token is good");
    let newest = third.body["refresh_token"].as_str().unwrap();

    let reused = refresh(&sandbox, old).await;
    assert_eq!((reused.status, &reused.body["error"]), (400, &"invalid_grant".into()));
    assert!(reused.body["error_codes"][0].is_u64());
    for name in ["error_description", "trace_id", "correlation_id", "timestamp"] {
        assert!(reused.body[name].is_string(), "{name}");
    }
    assert_eq!(refresh(&sandbox, newest).await.status, 400, "one of the two stole it");
}

#[tokio::test]
async fn a_refresh_may_ask_for_less_and_never_for_more() {
    let sandbox = start();
    let first = tokens(&sandbox, ADA, RIGHTS).await;
    let token = first.body["refresh_token"].as_str().unwrap();
    let ask = |scope: &'static str, token: String| {
        let sandbox = &sandbox;
        async move {
            let fields =
                [("grant_type", "refresh_token"), ("refresh_token", &*token), ("scope", scope)];
            exchange(sandbox.microsoft(), TOKEN, &fields).await
        }
    };
    let more = ask("User.Read Mail.Read", token.to_owned()).await;
    assert_eq!((more.status, &more.body["error"]), (400, &"invalid_grant".into()));
    let less = ask("User.Read", token.to_owned()).await;
    assert_eq!((less.status, &less.body["scope"]), (200, &"User.Read".into()));
}

type Fields<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn the_token_endpoint_refuses_in_the_vendors_words() {
    let sandbox = start();
    let microsoft = sandbox.microsoft();
    let url = format!("{}{TOKEN}", microsoft.url());
    let (id, secret) = (microsoft.client_id(), microsoft.client_secret());
    let cases: [(Fields, u16, &str); 6] = [
        (&[("grant_type", "refresh_token")], 400, "invalid_request"),
        (&[("client_id", "other"), ("client_secret", &secret)], 400, "unauthorized_client"),
        (&[("client_id", &id), ("client_secret", "wrong")], 401, "invalid_client"),
        (&[("client_id", &id)], 401, "invalid_client"),
        (
            &[("client_id", &id), ("client_secret", &secret), ("grant_type", "password")],
            400,
            "unsupported_grant_type",
        ),
        (
            &[("client_id", &id), ("client_secret", &secret), ("grant_type", "refresh_token")],
            400,
            "invalid_request",
        ),
    ];
    for (fields, status, error) in cases {
        let answer = post_form(&url, fields).await;
        assert_eq!((answer.status, &answer.body["error"]), (status, &error.into()), "{error}");
        let description = answer.body["error_description"].as_str().unwrap();
        assert!(description.starts_with("AADSTS"), "{description}");
    }
}

#[tokio::test]
async fn a_code_is_used_once_and_with_its_verifier() {
    let sandbox = start();
    let microsoft = sandbox.microsoft();
    let pkce = [
        ("scope", RIGHTS),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("prompt", "select_account"),
    ];
    let url = authorize_url(microsoft, AUTHORIZE, &pkce);
    let location = microsoft.approve(&url, &Consent::of(ADA)).unwrap();
    assert_eq!(parameter(&location, "state").as_deref(), Some("st&te"));
    assert_eq!(exchange_code(microsoft, TOKEN, &location).await.body["error"], "invalid_grant");

    let code = parameter(&location, "code").unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", crate::client::REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(exchange(microsoft, TOKEN, &fields).await.status, 200);
    assert_eq!(exchange(microsoft, TOKEN, &fields).await.body["error"], "invalid_grant");
    assert!(microsoft.live_tokens(ADA).is_empty(), "a code seen twice has leaked");
}

#[tokio::test]
async fn a_person_may_grant_less_or_nothing() {
    let sandbox = start();
    let microsoft = sandbox.microsoft();
    let url = authorize_url(microsoft, AUTHORIZE, &[("scope", RIGHTS)]);
    let some = Consent { scopes: Some(vec!["User.Read".to_owned()]), ..Consent::of(ADA) };
    let location = microsoft.approve(&url, &some).unwrap();
    assert_eq!(exchange_code(microsoft, TOKEN, &location).await.body["scope"], "User.Read");
    let denied = microsoft.approve(&url, &Consent { deny: true, ..Consent::of(ADA) }).unwrap();
    assert_eq!(parameter(&denied, "error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn a_tenants_consent_page_sends_its_form_to_the_tenant() {
    let sandbox = start();
    let path = "/contoso.example/oauth2/v2.0/authorize";
    let page = get(&authorize_url(sandbox.microsoft(), path, &[("scope", "User.Read")])).await;
    assert!(page.text.contains(&format!("action=\"{path}/decision\"")), "{}", page.text);
}

#[tokio::test]
async fn a_tenant_that_cannot_exist_is_refused() {
    let sandbox = start();
    let microsoft = sandbox.microsoft();
    let first = tokens(&sandbox, ADA, RIGHTS).await;
    let token = first.body["refresh_token"].as_str().unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let refused = exchange(microsoft, "/comon/oauth2/v2.0/token", &fields).await;
    assert_eq!((refused.status, &refused.body["error"]), (400, &"invalid_request".into()));
    assert_eq!(refused.body["error_codes"][0], 90_002);
    let id = "9122040d-6c67-4c5b-b112-36a304b66dad";
    let taken = exchange(microsoft, &format!("/{id}/oauth2/v2.0/token"), &fields).await;
    assert_eq!(taken.status, 200, "{}", taken.text);
}

#[tokio::test]
async fn me_tells_the_account_to_tokens_with_user_read() {
    let ada = graph_of(ADA, "https://graph.microsoft.com/User.Read").await;
    assert_eq!(ada.get("/me").await["userPrincipalName"], ADA);
    let some = ada.get("/me?$select=mail").await;
    assert_eq!(some["mail"], ADA);
    assert!(some["userPrincipalName"].is_null());
    assert_eq!(ada.call("GET", "/me?$select=shoeSize").await.status, 400);

    let other = graph_of(ADA, "Calendars.Read").await;
    assert_eq!(other.call("GET", "/me").await.status, 403);
}

#[tokio::test]
async fn a_token_that_ended_is_401_with_graphs_body() {
    let ada = graph().await;
    ada.sandbox.microsoft().expire_access_tokens(ADA);
    let answer = ada.call("GET", "/me").await;
    assert_eq!(refusal(&answer), (401, "InvalidAuthenticationToken"));
    assert!(answer.body["error"]["innerError"]["request-id"].is_string());
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    assert!(!answer.header("request-id").is_empty());
}

#[tokio::test]
async fn scopes_are_told_apart() {
    let reader = graph_of(ADA, "calendars.read").await;
    assert_eq!(reader.call("GET", "/me/events").await.status, 200);
    let event = crate::microsoft_client::hour("Check-up", "2026-12-01T09");
    let answer = reader.call_with("POST", "/me/events", &event).await;
    assert_eq!(refusal(&answer), (403, "ErrorAccessDenied"));
    let answer = reader.call("GET", "/me/mailboxSettings").await;
    assert_eq!(refusal(&answer), (403, "ErrorAccessDenied"));
    let basic = graph_of(ADA, "Calendars.ReadBasic").await;
    assert_eq!(basic.call("GET", "/me/events").await.status, 403);
}

#[tokio::test]
async fn faults_have_graphs_bodies() {
    let ada = graph().await;
    let microsoft = ada.sandbox.microsoft();
    for (kind, status, code) in [
        (FaultKind::TooManyRequests, 429, "ApplicationThrottled"),
        (FaultKind::BandwidthLimitExceeded, 509, "ApplicationThrottled"),
        (FaultKind::Unavailable, 503, "ServiceUnavailable"),
        (FaultKind::GatewayTimeout, 504, "ServiceUnavailable"),
        (FaultKind::InternalError, 500, "ErrorInternalServerError"),
    ] {
        microsoft.set_fault(Fault::on("/v1.0", kind).times(1).retry_after(2.128));
        let answer = ada.call("GET", "/me").await;
        assert_eq!(refusal(&answer), (status, code));
        assert_eq!(answer.header("retry-after"), "2.128");
    }
    assert_eq!(ada.call("GET", "/me").await.status, 200);
}
