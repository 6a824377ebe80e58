use mortise_sandbox::{Consent, Sandbox};

use crate::client::{
    ADA, Answer, REDIRECT, authorize_url, exchange, exchange_code, post_form, start,
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
