//! Creations that other calls overtake while the vendor takes its time to answer.

use std::time::Duration;

use mortise_sandbox::ObjectType;
use mortise_tests::{Answer, FaultKind};
use serde_json::Value;

use crate::support::{
    CONTACTS, CUSTOMER, Connected, DEALS, QUOTE, ada, connected, customer, on_upsert, quote,
    refused, teeth,
};

/// Starts a creation that the vendor carries out at once and answers late; what comes of it, and of
/// what is done meanwhile.
async fn overtaken<T>(
    hub: &Connected,
    (path, body): (&str, &Value),
    meanwhile: impl AsyncFnOnce() -> T,
) -> (Answer, T) {
    hub.define_key(ObjectType::Deals);
    let slow = on_upsert(path, FaultKind::Slow).delay(Duration::from_millis(700)).times(1);
    let address = slow.path.clone();
    hub.vendor().set_fault(slow);
    let asked = || hub.vendor().requests().iter().any(|request| request.path == address);
    assert!(!asked());
    tokio::join!(hub.post(path, body), async {
        while !asked() {
            tokio::task::yield_now().await;
        }
        meanwhile().await
    })
}

#[tokio::test]
async fn a_deal_that_is_deleted_while_it_is_made_is_gone() {
    let hub = connected().await;
    let new = (DEALS, &quote("7", teeth()));
    let (made, deleted) = overtaken(&hub, new, async || hub.user.delete(QUOTE).await).await;
    deleted.expect(204);
    refused(&made, 404, "deal-gone");
    assert!(hub.live_deals().is_empty());
    assert_eq!(hub.links().await, 0);
    hub.made_deal().await;
    hub.only_deal();
}

#[tokio::test]
async fn a_contact_that_a_delete_could_not_see_is_linked_by_its_own_creation() {
    let hub = connected().await;
    let new = (CONTACTS, &customer("42", ada()));
    let (made, deleted) = overtaken(&hub, new, async || hub.user.delete(CUSTOMER).await).await;
    deleted.expect(204);
    let made = made.expect(201).body;
    assert_eq!(made["contact"]["id"], hub.only_contact().id);
    assert_eq!(hub.user.get(CUSTOMER).await.expect(200).body, made);
}

#[tokio::test]
async fn a_creation_after_such_a_delete_shares_the_contact_with_the_one_before() {
    let hub = connected().await;
    let body = customer("42", ada());
    let (first, second) = overtaken(&hub, (CONTACTS, &body), async || {
        hub.user.delete(CUSTOMER).await.expect(204);
        hub.post(CONTACTS, &body).await
    })
    .await;
    let (first, second) = (first.expect(201).body, second.expect(200).body);
    assert_eq!(first, second);
    assert_eq!(first["contact"]["id"], hub.only_contact().id);
    assert_eq!(hub.links().await, 1);
}

#[tokio::test]
async fn a_creation_whose_user_is_erased_meanwhile_says_that_the_connection_is_gone() {
    let hub = connected().await;
    let new = (DEALS, &quote("7", teeth()));
    let erase = async || hub.hub.backend().delete("/api/users/ada").await;
    let (made, erased) = overtaken(&hub, new, erase).await;
    erased.expect(204);
    refused(&made, 409, "not-connected");
    assert_eq!(hub.links().await, 0);
}

#[tokio::test]
async fn a_creation_after_a_delete_that_took_the_deal_along_makes_another() {
    let hub = connected().await;
    let body = quote("7", teeth());
    let (first, second) = overtaken(&hub, (DEALS, &body), async || {
        hub.user.delete(QUOTE).await.expect(204);
        hub.post(DEALS, &body).await
    })
    .await;
    let second = second.expect(201).body;
    refused(&first, 404, "deal-gone");
    assert_eq!(hub.only_deal().id, second["deal"]["id"]);
    assert_eq!(hub.user.get(QUOTE).await.expect(200).body, second);
}

#[tokio::test]
async fn a_contact_that_another_record_got_meanwhile_is_refused_and_its_link_released() {
    let hub = connected().await;
    let (new, other) = (customer("42", ada()), customer("43", ada()));
    let (first, second) =
        overtaken(&hub, (CONTACTS, &new), async || hub.post(CONTACTS, &other).await).await;
    let second = second.expect(201).body;
    assert_eq!(refused(&first, 409, "already-linked")["link"], second["link"]);
    refused(&hub.user.get(CUSTOMER).await, 404, "not-linked");
    assert_eq!(hub.links().await, 1);
}
