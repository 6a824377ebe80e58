use serde_json::{Value, json};

use crate::client::ADA;
use crate::hubspot_client::{CONTACTS, DEALS, Hub, hub, refusal};

async fn pair() -> (Hub, String, String) {
    let ada = hub().await;
    let (deal, contact) = (ada.deal("Teeth").await, ada.contact("grace@example.org").await);
    (ada, deal, contact)
}

async fn contacts_of(ada: &Hub, deal: &str) -> Value {
    let path = format!("/crm/v4/objects/deals/{deal}/associations/contacts");
    ada.call("GET", &path).await.body["results"].clone()
}

#[tokio::test]
async fn a_default_association_is_seen_from_both_ends() {
    let (ada, deal, contact) = pair().await;
    let put = format!("/crm/v4/objects/deals/{deal}/associations/default/contacts/{contact}");
    for _ in 0..2 {
        let answer = ada.call("PUT", &put).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let made = &answer.body["results"][0];
        assert_eq!((&made["from"]["id"], &made["to"]["id"]), (&json!(deal), &json!(contact)));
        assert_eq!(made["associationSpec"]["associationTypeId"], 3);
    }
    let kinds = |id| json!([{"category": "HUBSPOT_DEFINED", "typeId": id}]);
    let expected = json!([{"toObjectId": contact, "associationTypes": kinds(3)}]);
    assert_eq!(contacts_of(&ada, &deal).await, expected);
    let path = format!("/crm/v4/objects/contacts/{contact}/associations/deals");
    let expected = json!([{"toObjectId": deal, "associationTypes": kinds(4)}]);
    assert_eq!(ada.call("GET", &path).await.body["results"], expected);
    assert_eq!(ada.sandbox.hubspot().deals(ADA)[0].associated, [contact]);
}

#[tokio::test]
async fn a_labelled_association_is_an_unlabelled_one_too() {
    let (ada, deal, contact) = pair().await;
    let path = format!("/crm/v4/objects/deals/{deal}/associations/contacts/{contact}");
    let label = json!([{"associationCategory": "USER_DEFINED", "associationTypeId": 101}]);
    let answer = ada.call_with("PUT", &path, label).await;
    assert_eq!((answer.status, &answer.body["labels"]), (201, &json!(["Decision maker"])));
    let kinds = contacts_of(&ada, &deal).await[0]["associationTypes"].clone();
    assert_eq!((&kinds[0]["typeId"], &kinds[1]["label"]), (&json!(3), &json!("Decision maker")));

    let other_way = json!([{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 4}]);
    for wrong in [other_way, json!([])] {
        assert_eq!(refusal(&ada.call_with("PUT", &path, wrong).await).0, 400);
    }
}

#[tokio::test]
async fn an_association_ends_with_all_its_labels() {
    let (ada, deal, contact) = pair().await;
    let path = format!("/crm/v4/objects/contacts/{contact}/associations/deals/{deal}");
    let label = json!([{"associationCategory": "USER_DEFINED", "associationTypeId": 102}]);
    ada.call_with("PUT", &path, label).await;
    for _ in 0..2 {
        assert_eq!(ada.call("DELETE", &path).await.status, 204);
    }
    assert_eq!(contacts_of(&ada, &deal).await, json!([]));
}

#[tokio::test]
async fn both_ends_must_be_there_and_of_types_that_go_together() {
    let (ada, deal, contact) = pair().await;
    let put = async |from: &str, to: &str| {
        let path = format!("/crm/v4/objects/deals/{from}/associations/default/contacts/{to}");
        ada.call("PUT", &path).await
    };
    assert_eq!(refusal(&put(&deal, "1").await), (404, "OBJECT_NOT_FOUND", ""));
    assert_eq!(refusal(&put("1", &contact).await).0, 404);
    let missing = "/crm/v4/objects/deals/1/associations/contacts";
    assert_eq!(refusal(&ada.call("GET", missing).await).0, 404);
    let same = format!("/crm/v4/objects/deals/{deal}/associations/deals");
    assert_eq!(refusal(&ada.call("GET", &same).await).0, 400);
}

#[tokio::test]
async fn associations_are_made_and_ended_in_batches() {
    let (ada, deal, first) = pair().await;
    let second = ada.contact("hopper@example.org").await;
    let batch = |name: &str| format!("/crm/v4/associations/deals/contacts/batch/{name}");
    let pairs = |to: &[&str]| {
        let pair = |to: &&str| json!({"from": {"id": deal}, "to": {"id": to}});
        json!({"inputs": to.iter().map(pair).collect::<Vec<_>>()})
    };
    let make = batch("associate/default");
    let answer = ada.call_with("POST", &make, pairs(&[&first, "1", &second])).await;
    assert_eq!((answer.status, &answer.body["numErrors"]), (200, &json!(1)));
    let error = &answer.body["errors"][0];
    assert_eq!(
        (&error["category"], &error["context"]["ids"]),
        (&json!("OBJECT_NOT_FOUND"), &json!(["1"]))
    );
    assert_eq!(answer.body["results"].as_array().unwrap().len(), 4, "two from each end");
    assert_eq!(ada.sandbox.hubspot().deals(ADA)[0].associated, [first.clone(), second.clone()]);
    assert_eq!(ada.call_with("POST", &make, pairs(&[])).await.status, 400);

    let to = json!([{"id": first}, {"id": "1"}]);
    let ended = json!({"inputs": [{"from": {"id": deal}, "to": to}]});
    for _ in 0..2 {
        let answer = ada.call_with("POST", &batch("archive"), ended.clone()).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
    }
    assert_eq!(ada.sandbox.hubspot().deals(ADA)[0].associated, [second]);
}

#[tokio::test]
async fn a_deal_is_created_with_its_contacts_or_not_at_all() {
    let ada = hub().await;
    let contact = ada.contact("grace@example.org").await;
    let deal = |id: &str, kind: u32| {
        let types = json!([{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}]);
        json!({
            "properties": {"dealname": "Teeth"},
            "associations": [{"to": {"id": id}, "types": types}],
        })
    };
    for wrong in [deal("1", 3), deal(&contact, 4)] {
        assert_eq!(refusal(&ada.call_with("POST", DEALS, wrong).await).0, 400);
    }
    assert!(ada.sandbox.hubspot().deals(ADA).is_empty());
    assert_eq!(ada.call_with("POST", DEALS, deal(&contact, 3)).await.status, 201);
    assert_eq!(ada.sandbox.hubspot().deals(ADA)[0].associated, [contact]);
}

#[tokio::test]
async fn objects_tell_their_associations_when_asked() {
    let (ada, deal, contact) = pair().await;
    let put = format!("/crm/v4/objects/deals/{deal}/associations/default/contacts/{contact}");
    ada.call("PUT", &put).await;
    let expected = json!({"contacts": {"results": [{"id": contact, "type": "deal_to_contact"}]}});
    for query in ["associations=contacts", "associations=companies,contact"] {
        let read = ada.call("GET", &format!("{DEALS}/{deal}?{query}")).await;
        assert_eq!(read.body["associations"], expected);
        let list = ada.call("GET", &format!("{DEALS}?{query}")).await;
        assert_eq!(list.body["results"][0]["associations"], expected);
    }
    assert!(ada.call("GET", &format!("{DEALS}/{deal}")).await.body["associations"].is_null());
    ada.call("DELETE", &format!("{CONTACTS}/{contact}")).await;
    let read = ada.call("GET", &format!("{DEALS}/{deal}?associations=contacts")).await;
    assert!(read.body["associations"].is_null(), "archived contacts are not told");
}

#[tokio::test]
async fn associations_come_in_pages() {
    let ada = hub().await;
    let deal = ada.deal("Teeth").await;
    let mut contacts = Vec::new();
    for name in ["a", "b", "c"] {
        let contact = ada.contact(&format!("{name}@example.org")).await;
        let put = format!("/crm/v4/objects/deals/{deal}/associations/default/contacts/{contact}");
        ada.call("PUT", &put).await;
        contacts.push(contact);
    }
    let path = format!("/crm/v4/objects/deals/{deal}/associations/contacts?limit=2");
    let first = ada.call("GET", &path).await.body;
    assert_eq!(first["results"][1]["toObjectId"], json!(contacts[1]));
    let after = first["paging"]["next"]["after"].as_str().unwrap();
    let second = ada.call("GET", &format!("{path}&after={after}")).await.body;
    assert_eq!(second["results"][0]["toObjectId"], json!(contacts[2]));
    assert!(second["paging"].is_null());
}
