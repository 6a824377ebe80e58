//! Who may see and change what.

use mortise_tests::{BOB, Consent, HUBSPOT};
use serde_json::json;

use crate::{
    failures::calls,
    support::{CONTACTS, CUSTOMER, DEALS, QUOTE, connected, customer, invalid, quote, teeth},
};

#[tokio::test]
async fn a_call_without_a_caller_is_refused_everywhere() {
    let hub = connected().await;
    hub.made_contact().await;
    for (method, path, body) in calls() {
        for (stranger, code) in [
            (hub.hub.anonymous(), "unauthenticated"),
            (hub.hub.anonymous().header("mortise-user", "ada"), "unauthenticated"),
            (hub.hub.backend(), "no-user"),
        ] {
            let answer = stranger.send(method, path, body.clone()).await;
            assert_eq!(answer.refusal(), (401, code), "{method} {path}: {}", answer.text);
        }
    }
    hub.only_contact();
}

#[tokio::test]
async fn another_user_has_links_and_objects_of_their_own() {
    let hub = connected().await;
    let of_ada = hub.made_contact().await;
    hub.made_deal().await;
    hub.hub.connect("bob", HUBSPOT, &Consent::of(BOB)).await;
    let bob = hub.hub.as_user("bob");
    for path in [CUSTOMER, QUOTE] {
        for method in ["GET", "DELETE"] {
            let answer = bob.send(method, path, None).await;
            assert_eq!(answer.refusal(), (404, "not-linked"), "{}", answer.text);
        }
    }
    let list = bob.get(CONTACTS).await.expect(200).body;
    assert_eq!(list["items"], json!([]));
    let mut deal = teeth();
    deal["contacts"] = json!([{"entity_type": "customer", "entity_id": "42"}]);
    invalid(&bob.post(DEALS, quote("7", deal)).await, &["deal.contacts.0"]);
    let contact = json!({"email": "ada@example.org"});
    let made = bob.post(CONTACTS, customer("42", contact)).await.expect(201).body;
    assert_eq!(hub.hub.sandbox.hubspot().contacts(BOB)[0].id, made["contact"]["id"]);
    bob.delete(CUSTOMER).await.expect(204);
    assert_eq!(hub.user.get(CUSTOMER).await.expect(200).body, of_ada);
}

#[tokio::test]
async fn a_session_for_other_providers_sees_nothing_of_it() {
    let hub = connected().await;
    hub.made_contact().await;
    hub.made_deal().await;
    let session = hub.session_for_google().await;
    for (method, path, body) in calls() {
        let answer = session.send(method, path, body).await;
        let expected = match path {
            CONTACTS | DEALS => (403, "forbidden"),
            _ => (404, "not-linked"),
        };
        assert_eq!(answer.refusal(), expected, "{method} {path}: {}", answer.text);
    }
    for path in [CONTACTS, CUSTOMER] {
        let answer = session.get(&format!("{path}?provider=hubspot")).await;
        assert_eq!(answer.refusal(), (403, "forbidden"), "{}", answer.text);
    }
    hub.only_contact();
    hub.only_deal();
}

#[tokio::test]
async fn nothing_is_left_of_a_user_who_is_erased() {
    let hub = connected().await;
    hub.made_contact().await;
    hub.hub.backend().delete("/api/users/ada").await.expect(204);
    assert_eq!(hub.links().await, 0);
}
