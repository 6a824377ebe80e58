//! `DELETE /api/crm/contacts/{entity_type}/{entity_id}`, and of deals.

use mortise_tests::{Fault, FaultKind};
use serde_json::json;

use crate::support::{
    CONTACTS, CUSTOMER, DEALS, QUOTE, ada, connected, customer, impatient, quote, refused, teeth,
};

#[tokio::test]
async fn a_deleted_object_is_archived_and_its_link_is_gone() {
    let hub = connected().await;
    hub.made_contact().await;
    hub.made_deal().await;
    for path in [CUSTOMER, QUOTE] {
        hub.user.delete(path).await.expect(204);
        refused(&hub.user.get(path).await, 404, "not-linked");
        refused(&hub.user.delete(path).await, 404, "not-linked");
    }
    assert!(hub.live_contacts().is_empty() && hub.live_deals().is_empty());
    assert_eq!(hub.links().await, 0);
}

#[tokio::test]
async fn an_object_that_is_gone_is_as_good_as_archived() {
    let hub = connected().await;
    let id = hub.made_contact().await["contact"]["id"].clone();
    let vendor_s =
        format!("/api/integrations/hubspot/proxy/crm/v3/objects/contacts/{}", id.as_str().unwrap());
    hub.user.delete(&vendor_s).await.expect(204);
    hub.user.delete(CUSTOMER).await.expect(204);
    assert_eq!(hub.links().await, 0);
}

#[tokio::test]
async fn what_was_archived_can_be_made_anew() {
    let hub = connected().await;
    let (contact, deal) = (hub.made_contact().await, hub.made_deal().await);
    hub.user.delete(CUSTOMER).await.expect(204);
    hub.user.delete(QUOTE).await.expect(204);
    assert_ne!(hub.made_contact().await["contact"]["id"], contact["contact"]["id"]);
    assert_ne!(hub.made_deal().await["deal"]["id"], deal["deal"]["id"]);
    hub.only_contact();
    hub.only_deal();
}

#[tokio::test]
async fn only_the_link_goes_where_the_object_shall_stay_and_can_be_made_again() {
    let hub = connected().await;
    let (contact, deal) = (hub.made_contact().await, hub.made_deal().await);
    for path in [CUSTOMER, QUOTE] {
        hub.user.delete(&format!("{path}?archive=false")).await.expect(204);
        refused(&hub.user.get(path).await, 404, "not-linked");
    }
    assert_eq!(hub.links().await, 0);
    assert_eq!(hub.only_contact().id, contact["contact"]["id"]);
    assert_eq!(hub.made_contact().await["contact"]["id"], contact["contact"]["id"]);
    assert_eq!(hub.made_deal().await["deal"]["id"], deal["deal"]["id"]);
    hub.only_deal();
}

#[tokio::test]
async fn a_link_can_be_removed_although_the_user_is_disconnected() {
    let hub = connected().await;
    hub.made_contact().await;
    hub.user.post_nothing("/api/integrations/hubspot/disconnect").await.expect(200);
    refused(&hub.user.delete(CUSTOMER).await, 409, "not-connected");
    hub.user.delete(&format!("{CUSTOMER}?archive=false")).await.expect(204);
    assert_eq!(hub.links().await, 0);
}

#[tokio::test]
async fn a_refused_delete_changes_nothing() {
    let hub = connected().await;
    hub.made_contact().await;
    let on_contacts = Fault::on("/crm/v3/objects/contacts/", FaultKind::TooManyRequests);
    hub.vendor().set_fault(on_contacts.method("DELETE").times(1));
    refused(&hub.user.delete(CUSTOMER).await, 503, "vendor-rate-limited");
    let link = hub.user.get(CUSTOMER).await.expect(200).body["link"].clone();
    assert_eq!(link["state"], "confirmed");
}

#[tokio::test]
async fn a_delete_whose_answer_was_lost_goes_on_with_the_same_call_or_a_new_creation() {
    let hub = impatient().await;
    let lose = |kind| {
        let fault = Fault::on("/crm/v3/objects/deals/", kind).method("DELETE").times(1);
        hub.vendor().set_fault(fault);
    };
    for kind in [FaultKind::DoThenCut, FaultKind::Slow, FaultKind::InternalError] {
        hub.made_deal().await;
        lose(kind);
        assert!(hub.user.delete(QUOTE).await.status >= 500);
        let body = json!({"deal": teeth()});
        refused(&hub.user.put(QUOTE, body).await, 404, "deal-gone");
        hub.user.delete(QUOTE).await.expect(204);
        assert!(hub.live_deals().is_empty(), "{kind:?}");
        let first = hub.made_deal().await;
        lose(kind);
        assert!(hub.user.delete(QUOTE).await.status >= 500);
        let second = hub.post(DEALS, &quote("7", teeth())).await.expect(201).body;
        assert_ne!(second["deal"]["id"], first["deal"]["id"]);
        assert_eq!(hub.only_deal().id, second["deal"]["id"]);
        hub.user.delete(QUOTE).await.expect(204);
    }
}

#[tokio::test]
async fn the_deal_of_an_interrupted_creation_is_archived_with_its_link() {
    let hub = connected().await;
    hub.lose_the_answer_to(DEALS, &quote("7", teeth())).await;
    hub.only_deal();
    hub.user.delete(QUOTE).await.expect(204);
    assert!(hub.live_deals().is_empty());
    assert_eq!(hub.links().await, 0);
    hub.made_deal().await;
    hub.only_deal();
}

#[tokio::test]
async fn creations_and_deletes_at_once_leave_one_object_or_none_and_its_link() {
    let hub = connected().await;
    let (new, deal) = (customer("42", ada()), quote("7", teeth()));
    for _ in 0..3 {
        let calls = (0..6).map(|turn| {
            let (hub, new, deal) = (&hub, &new, &deal);
            async move {
                if turn % 3 == 2 {
                    tokio::join!(hub.user.delete(CUSTOMER), hub.user.delete(QUOTE))
                } else {
                    tokio::join!(hub.post(CONTACTS, new), hub.post(DEALS, deal))
                }
            }
        });
        for (contact, deal) in futures::future::join_all(calls).await {
            for answer in [contact, deal] {
                assert!(answer.status < 500, "{}", answer.text);
            }
        }
        let contact = hub.post(CONTACTS, &new).await.body["contact"]["id"].clone();
        let deal = hub.post(DEALS, &deal).await.body["deal"]["id"].clone();
        assert_eq!((contact, deal), (json!(hub.only_contact().id), json!(hub.only_deal().id)));
        assert_eq!(hub.links().await, 2);
        hub.user.delete(CUSTOMER).await.expect(204);
        hub.user.delete(QUOTE).await.expect(204);
    }
}
