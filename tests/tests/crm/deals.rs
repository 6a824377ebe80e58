//! `/api/crm/deals`: making, reading and replacing linked deals.

use mortise_tests::ADA;
use serde_json::{Value, json};

use crate::support::{
    CONTACTS, CUSTOMER, Connected, DEALS, QUOTE, connected, customer, invalid, quote, refused,
    teeth,
};

/// A deal with these contacts.
fn with(contacts: Value) -> Value {
    let mut deal = teeth();
    deal["contacts"] = contacts;
    deal
}

#[tokio::test]
async fn a_deal_is_made_at_the_vendor_and_linked() {
    let hub = connected().await;
    let answer = hub.post(DEALS, &quote("7", teeth())).await;
    assert_eq!(answer.header("location"), QUOTE);
    let made = answer.expect(201).body;
    let stored = hub.only_deal();
    assert_eq!(made["deal"]["id"], stored.id);
    assert_eq!(made["deal"]["amount"], "1250.50");
    assert_eq!(made["deal"]["closes_at"], "2026-12-31T12:00:00Z");
    assert_eq!(made["deal"]["contacts"], json!([]));
    assert_eq!(
        (&made["link"]["object_type"], &made["link"]["state"]),
        (&json!("deal"), &json!("confirmed"))
    );
    assert_eq!(stored.property("dealstage"), "qualifiedtobuy");
    assert_eq!(hub.user.get(QUOTE).await.expect(200).body, made);
    hub.post(DEALS, &quote("7", teeth())).await.expect(200);
    hub.only_deal();
}

#[tokio::test]
async fn a_contact_and_a_deal_of_the_same_record_are_two_links() {
    let hub = connected().await;
    hub.made_contact().await;
    let body = json!({"entity_type": "customer", "entity_id": "42", "deal": teeth()});
    hub.post(DEALS, &body).await.expect(201);
    assert_eq!(hub.links().await, 2);
    hub.user.delete("/api/crm/deals/customer/42").await.expect(204);
    hub.user.get(CUSTOMER).await.expect(200);
}

async fn bob(hub: &Connected) -> Value {
    hub.post(CONTACTS, &customer("43", json!({"email": "bob@example.org"}))).await.expect(201).body
}

#[tokio::test]
async fn contacts_are_named_by_id_or_record_and_shown_with_both() {
    let hub = connected().await;
    let (ada, bob) = (hub.made_contact().await, bob(&hub).await);
    let (ada, bob) = (&ada["contact"]["id"], &bob["contact"]["id"]);
    let names = json!([{"entity_type": "customer", "entity_id": "42"}, {"id": bob}, {"id": bob}]);
    let made = hub.post(DEALS, &quote("7", with(names))).await.expect(201).body;
    let mut shown = made["deal"]["contacts"].as_array().unwrap().clone();
    shown.sort_by_key(|contact| contact["entity_id"].to_string());
    assert_eq!(
        shown,
        [
            json!({"id": ada, "entity_type": "customer", "entity_id": "42"}),
            json!({"id": bob, "entity_type": "customer", "entity_id": "43"}),
        ]
    );
    let mut associated = hub.only_deal().associated;
    associated.sort_unstable();
    assert_eq!(associated, [ada.as_str().unwrap(), bob.as_str().unwrap()]);
}

#[tokio::test]
async fn a_replaced_deal_has_the_contacts_given_and_keeps_them_where_none_are() {
    let hub = connected().await;
    let ada = hub.made_contact().await["contact"]["id"].clone();
    let bob = bob(&hub).await["contact"]["id"].clone();
    hub.post(DEALS, &quote("7", with(json!([{"id": ada}])))).await.expect(201);
    let put = async |deal: Value| {
        let body = json!({"deal": deal});
        let changed = hub.user.put(QUOTE, body).await.expect(200).body;
        assert_eq!(
            changed["deal"]["contacts"].as_array().unwrap().len(),
            hub.only_deal().associated.len()
        );
        hub.only_deal().associated
    };
    assert_eq!(put(teeth()).await, [ada.as_str().unwrap()]);
    assert_eq!(put(with(json!([{"id": bob}]))).await, [bob.as_str().unwrap()]);
    assert!(put(with(json!([]))).await.is_empty());
}

#[tokio::test]
async fn records_without_a_contact_are_named_and_nothing_is_written() {
    let hub = connected().await;
    hub.made_contact().await;
    let writes = hub.writes();
    let record = |id: &str| json!({"entity_type": "customer", "entity_id": id});
    let names = json!([record("44"), record("42"), record("45")]);
    let fields = ["deal.contacts.0", "deal.contacts.2"];
    invalid(&hub.post(DEALS, &quote("7", with(names.clone()))).await, &fields);
    assert_eq!((hub.writes(), hub.links().await), (writes, 1));
    hub.made_deal().await;
    let body = json!({"deal": with(names)});
    invalid(&hub.user.put(QUOTE, body).await, &fields);
}

#[tokio::test]
async fn a_contact_that_the_vendor_does_not_have_leaves_no_deal_behind() {
    let hub = connected().await;
    let answer = hub.post(DEALS, &quote("7", with(json!([{"id": "999999"}])))).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(hub.live_deals().is_empty());
    hub.post(DEALS, &quote("7", teeth())).await.expect(201);
    hub.only_deal();
}

#[tokio::test]
async fn another_deal_for_a_linked_record_is_refused_with_the_link() {
    let hub = connected().await;
    let made = hub.made_deal().await;
    for (field, value) in [
        ("amount", json!("1250.51")),
        ("stage", json!("closedwon")),
        ("closes_at", json!("2026-12-30T12:00:00Z")),
        ("name", json!("Old teeth")),
    ] {
        let mut other = teeth();
        other[field] = value;
        let answer = hub.post(DEALS, &quote("7", other)).await;
        assert_eq!(refused(&answer, 409, "already-linked")["link"], made["link"], "{field}");
    }
    let mut same = teeth();
    same["amount"] = json!(1250.5);
    hub.post(DEALS, &quote("7", same)).await.expect(200);
}

#[tokio::test]
async fn all_faults_of_a_deal_are_told_at_once() {
    let hub = connected().await;
    let deal = json!({"amount": "1,5", "currency": "euro", "closes_at": "soon", "contacts": [{}]});
    let answer = hub.post(DEALS, &quote("7", deal)).await;
    let fields = ["deal.name", "deal.amount", "deal.currency", "deal.closes_at", "deal.contacts.0"];
    invalid(&answer, &fields);
    let mut unknown = teeth();
    unknown["extra"] = json!({"shoe_size": 42});
    invalid(&hub.post(DEALS, &quote("7", unknown)).await, &["deal.extra.shoe_size"]);
    assert!(hub.live_deals().is_empty());
    assert_eq!(hub.links().await, 0);
}

#[tokio::test]
async fn an_answer_can_be_sent_back() {
    let hub = connected().await;
    let ada = hub.made_contact().await["contact"]["id"].clone();
    let made = hub.post(DEALS, &quote("7", with(json!([{"id": ada}])))).await.expect(201).body;
    let body = json!({"deal": made["deal"]});
    let same = hub.user.put(QUOTE, body).await.expect(200).body;
    assert_eq!(same["deal"]["contacts"], made["deal"]["contacts"]);
    assert_eq!(same["deal"]["amount"], "1250.50");
}

#[tokio::test]
async fn replacements_at_the_same_time_leave_the_contacts_of_one_of_them() {
    let hub = connected().await;
    hub.made_deal().await;
    let contact = |n: usize| {
        let email = format!("c{n}@example.org");
        hub.vendor().put_contact(ADA, json!({"email": email})).id
    };
    let asked: Vec<Vec<String>> = (0..6).map(|n| vec![contact(n), contact(n + 10)]).collect();
    let puts = asked.iter().map(|ids| {
        let contacts: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        hub.user.put(QUOTE, json!({"deal": with(json!(contacts))}))
    });
    for answer in futures::future::join_all(puts).await {
        answer.expect(200);
    }
    let mut left = hub.only_deal().associated;
    left.sort_unstable();
    assert!(asked.contains(&left), "{left:?} is none of {asked:?}");
}

#[tokio::test]
async fn an_array_where_an_object_is_meant_is_refused_by_its_place_and_changes_nothing() {
    let hub = connected().await;
    let made = hub.made_deal().await;
    let contact = json!(["a@example.org", "Ada"]);
    for (method, path, body, field) in [
        ("PUT", QUOTE, json!({"deal": []}), "deal"),
        ("PUT", QUOTE, json!([null, {"name": "x"}]), "body"),
        ("PUT", QUOTE, json!({"deal": with(json!([["51"]]))}), "deal.contacts.0"),
        ("POST", CONTACTS, json!(["odd", "arr", null, {}]), "body"),
        ("POST", CONTACTS, customer("9", contact), "contact"),
        ("POST", CONTACTS, customer("9", json!({"address": ["x"]})), "contact.address"),
        ("POST", CONTACTS, customer("9", json!({"extra": []})), "contact.extra"),
    ] {
        let answer = hub.user.send(method, path, Some(body)).await;
        invalid(&answer, &[field]);
        let said = answer.body["detail"].as_str().unwrap();
        assert!(said.contains("expected an object") && !said.contains("struct"), "{said}");
    }
    assert_eq!(hub.user.get(QUOTE).await.expect(200).body, made);
    assert_eq!((hub.links().await, hub.live_contacts().len()), (1, 0));
}

#[tokio::test]
async fn ids_that_lead_elsewhere_are_refused_before_the_vendor_is_asked() {
    let hub = connected().await;
    let before = hub.vendor().requests().len();
    for dots in [".", ".."] {
        let mut deal = with(json!([{"id": dots}]));
        deal["owner_id"] = json!(dots);
        let answer = hub.post(DEALS, &quote("7", deal)).await;
        invalid(&answer, &["deal.owner_id", "deal.contacts.0"]);
    }
    assert_eq!(hub.vendor().requests().len(), before);
}
