use mortise_sandbox::{Fault, FaultKind};

use crate::client::{ADA, get, send};
use crate::hubspot_client::{CONTACTS, hub, refusal};

#[tokio::test]
async fn a_reached_limit_is_told_with_its_policy_and_without_a_category() {
    let ada = hub().await;
    let fault = Fault::on("/crm", FaultKind::TooManyRequests).times(1).retry_after(3.0);
    ada.sandbox.hubspot().set_fault(fault);
    let answer = ada.call("GET", CONTACTS).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "3"));
    assert_eq!(answer.body["errorType"], "RATE_LIMIT");
    assert_eq!(answer.body["policyName"], "TEN_SECONDLY_ROLLING");
    assert_eq!(answer.body.get("category"), None);
    assert_eq!(answer.header("x-hubspot-ratelimit-remaining"), "0");
}

#[tokio::test]
async fn every_answer_counts_down_what_is_left_of_the_limit() {
    let ada = hub().await;
    let left = async || {
        let answer = ada.call("GET", CONTACTS).await;
        assert_eq!(answer.header("x-hubspot-ratelimit-max"), "100");
        assert_eq!(answer.header("x-hubspot-ratelimit-interval-milliseconds"), "10000");
        answer.header("x-hubspot-ratelimit-remaining").parse::<u32>().unwrap()
    };
    let first = left().await;
    assert!(first < 100);
    // One of two neighbouring pairs lies within one interval.
    let (second, third) = (left().await, left().await);
    assert!(first == second + 1 || second == third + 1, "{first} {second} {third}");
}

#[tokio::test]
async fn failures_have_hubspots_body_or_a_proxys_page() {
    let ada = hub().await;
    let hubspot = ada.sandbox.hubspot();
    hubspot.set_fault(Fault::on("/crm", FaultKind::Unavailable).times(1));
    assert_eq!(refusal(&ada.call("GET", CONTACTS).await).0, 503);
    hubspot.set_fault(Fault::on("/crm", FaultKind::BadGateway).times(1));
    let answer = send(ada.request("GET", CONTACTS)).await;
    assert_eq!(answer.status, 502);
    assert!(answer.header("content-type").starts_with("text/html"), "{}", answer.text);
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_has_created() {
    let ada = hub().await;
    ada.sandbox.hubspot().set_fault(Fault::on(CONTACTS, FaultKind::DoThenCut).times(1));
    let body = serde_json::json!({"properties": {"email": "grace@example.org"}});
    let lost = crate::client::json(ada.request("POST", CONTACTS), &body).send().await;
    assert!(lost.is_err(), "{lost:?}");
    assert_eq!(ada.sandbox.hubspot().contacts(ADA).len(), 1);
    assert_eq!(refusal(&ada.call_with("POST", CONTACTS, body).await).0, 409);
}

#[tokio::test]
async fn an_old_token_and_a_wrong_one_are_told_apart() {
    let mut ada = hub().await;
    ada.sandbox.hubspot().expire_access_tokens(ADA);
    let expired = ada.call("GET", CONTACTS).await;
    assert_eq!(refusal(&expired), (401, "EXPIRED_AUTHENTICATION", ""));
    ada.sandbox.hubspot().revoke_grants(ADA);
    let revoked = ada.call("GET", CONTACTS).await;
    assert_eq!(refusal(&revoked), (401, "INVALID_AUTHENTICATION", ""));
    ada.token = "unknown".to_owned();
    assert_eq!(refusal(&ada.call("GET", CONTACTS).await).1, "INVALID_AUTHENTICATION");
    let without = get(&format!("{}{CONTACTS}", ada.sandbox.hubspot().url())).await;
    assert_eq!(refusal(&without), (401, "INVALID_AUTHENTICATION", ""));
}
