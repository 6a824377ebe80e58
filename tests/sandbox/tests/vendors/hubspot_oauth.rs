use mortise_sandbox::{Consent, Sandbox};

use crate::client::{
    ADA, Answer, REDIRECT, authorize_url, exchange, exchange_code, get, http, post_form, send,
    start,
};

const TOKEN: &str = "/oauth/2026-03/token";

async fn tokens(sandbox: &Sandbox) -> Answer {
    let hubspot = sandbox.hubspot();
    let asked = [("scope", "oauth"), ("optional_scope", "crm.objects.contacts.read")];
    let url = authorize_url(hubspot, "/oauth/authorize", &asked);
    let location = hubspot.approve(&url, &Consent::of(ADA)).unwrap();
    exchange_code(hubspot, TOKEN, &location).await
}

#[tokio::test]
async fn a_code_becomes_tokens_of_a_portal() {
    let sandbox = start();
    let answer = tokens(&sandbox).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["token_type"], "bearer");
    assert_eq!(answer.body["expires_in"], 1800);
    assert!(answer.body["hub_id"].is_u64());
    assert_eq!(answer.body["scopes"], serde_json::json!(["oauth", "crm.objects.contacts.read"]));
}

#[tokio::test]
async fn a_refresh_answers_the_same_refresh_token() {
    let sandbox = start();
    let first = tokens(&sandbox).await;
    let refresh_token = first.body["refresh_token"].as_str().unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    let answer = exchange(sandbox.hubspot(), TOKEN, &fields).await;
    assert_eq!((answer.status, &answer.body["refresh_token"]), (200, &refresh_token.into()));
    assert_ne!(answer.body["access_token"], first.body["access_token"]);
}

#[tokio::test]
async fn revoking_ends_the_refresh_token_and_leaves_access_tokens_to_expire() {
    let sandbox = start();
    let hubspot = sandbox.hubspot();
    let first = tokens(&sandbox).await;
    let token = [("token", first.body["refresh_token"].as_str().unwrap())];
    let introspect = format!("{TOKEN}/introspect");
    let facts = exchange(hubspot, &introspect, &token).await.body;
    assert_eq!((&facts["active"], &facts["token_use"]), (&true.into(), &"refresh_token".into()));

    let revoke = format!("{TOKEN}/revoke");
    assert_eq!(exchange(hubspot, &revoke, &token).await.status, 200);
    let live = hubspot.live_tokens(ADA);
    assert_eq!((live.access.len(), live.refresh.len()), (1, 0));
    assert_eq!(exchange(hubspot, &introspect, &token).await.body["active"], false);
    assert_eq!(exchange(hubspot, &revoke, &token).await.body["category"], "VALIDATION_ERROR");
    assert_eq!(post_form(&format!("{}{revoke}", hubspot.url()), &token).await.status, 400);
}

#[tokio::test]
async fn a_bad_code_has_hubspots_error_body() {
    let sandbox = start();
    let fields = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", REDIRECT)];
    let answer = exchange(sandbox.hubspot(), TOKEN, &fields).await;
    assert_eq!(answer.status, 400);
    for name in ["message", "correlationId", "category"] {
        assert!(answer.body[name].is_string(), "{name}");
    }
}

#[tokio::test]
async fn older_addresses_of_the_token_endpoint_work_too() {
    let sandbox = start();
    let hubspot = sandbox.hubspot();
    let first = tokens(&sandbox).await;
    let refresh_token = first.body["refresh_token"].as_str().unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    for path in ["/oauth/v3/token", "/oauth/v1/token"] {
        let answer = exchange(hubspot, path, &fields).await;
        assert_eq!((answer.status, &answer.body["expires_in"]), (200, &1800.into()), "{path}");
        assert_eq!(answer.body["hub_id"], first.body["hub_id"]);
    }
    let token = [("token", refresh_token)];
    let spec = mortise_vendor_specs::hubspot();
    for (path, fields) in [
        ("/oauth/v3/token", &fields[..]),
        ("/oauth/v3/token/introspect", &token),
        ("/oauth/v3/token/revoke", &token),
        ("/oauth/v3/token/introspect", &token),
        ("/oauth/v3/token", &fields),
    ] {
        let answer = exchange(hubspot, path, fields).await;
        let fault = spec.check_answer("POST", path, answer.status, answer.text.as_bytes()).err();
        assert_eq!(fault, None, "{}", answer.text);
    }
    assert!(hubspot.live_tokens(ADA).refresh.is_empty());
}

#[tokio::test]
async fn version_1_tells_and_ends_tokens_by_their_address() {
    let sandbox = start();
    let hubspot = sandbox.hubspot();
    let first = tokens(&sandbox).await;
    let of = |kind: &str, name: &str| {
        let token = first.body[name].as_str().unwrap();
        format!("{}/oauth/v1/{kind}-tokens/{token}", hubspot.url())
    };
    let access = get(&of("access", "access_token")).await;
    assert_eq!((access.status, &access.body["user"]), (200, &ADA.into()));
    assert_eq!(access.body["hub_id"], first.body["hub_id"]);
    assert!(access.body["expires_in"].as_i64().unwrap() <= 1800);

    let address = of("refresh", "refresh_token");
    let refresh = get(&address).await;
    assert_eq!((refresh.status, &refresh.body["token_type"]), (200, &"refresh".into()));
    let of_access = address.replace(
        first.body["refresh_token"].as_str().unwrap(),
        first.body["access_token"].as_str().unwrap(),
    );
    assert_eq!(send(http().delete(&of_access)).await.status, 404, "no refresh token");
    assert_eq!(send(http().delete(&address)).await.status, 204);
    assert_eq!(send(http().delete(&address)).await.status, 404);
    assert_eq!(get(&address).await.body["category"], "OBJECT_NOT_FOUND");
    assert_eq!(hubspot.live_tokens(ADA).access.len(), 1, "access tokens live on");
    let paths: String = hubspot.requests().into_iter().map(|request| request.path).collect();
    assert!(hubspot.secrets().iter().all(|secret| !paths.contains(secret)), "{paths}");
}
