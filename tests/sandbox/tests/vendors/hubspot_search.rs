use mortise_sandbox::ObjectType;
use serde_json::{Value, json};

use crate::client::{ADA, Answer};
use crate::hubspot_client::{CONTACTS, DEALS, Hub, hub, ids, refusal};

async fn search(ada: &Hub, path: &str, body: Value) -> Answer {
    ada.call_with("POST", &format!("{path}/search"), body).await
}

/// Names of the deals that one filter finds.
async fn deals(ada: &Hub, filter: Value) -> Vec<String> {
    let body = json!({"filterGroups": [{"filters": [filter]}]});
    let answer = search(ada, DEALS, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let results = answer.body["results"].as_array().unwrap();
    assert_eq!(answer.body["total"], results.len());
    let name = |deal: &Value| deal["properties"]["dealname"].as_str().unwrap().to_owned();
    results.iter().map(name).collect()
}

async fn hub_with_deals() -> Hub {
    let ada = hub().await;
    for (name, amount, stage, closes) in [
        ("New teeth", "9", "appointmentscheduled", "2026-12-01"),
        ("Old crown", "10.5", "closedwon", "2026-12-24"),
        ("Braces", "", "contractsent", ""),
    ] {
        let deal =
            json!({"dealname": name, "amount": amount, "dealstage": stage, "closedate": closes});
        ada.create(DEALS, deal).await;
    }
    ada
}

#[tokio::test]
async fn every_operator_compares_as_its_property_is_typed() {
    let ada = hub_with_deals().await;
    let cases = [
        (json!({"propertyName": "dealstage", "operator": "EQ", "value": "CLOSEDWON"}), "Old crown"),
        (json!({"propertyName": "amount", "operator": "EQ", "value": "9.0"}), "New teeth"),
        (json!({"propertyName": "amount", "operator": "NEQ", "value": "9"}), "Old crown"),
        (json!({"propertyName": "amount", "operator": "LT", "value": "10.5"}), "New teeth"),
        (json!({"propertyName": "amount", "operator": "LTE", "value": "9"}), "New teeth"),
        (json!({"propertyName": "amount", "operator": "GT", "value": "9"}), "Old crown"),
        (
            json!({"propertyName": "closedate", "operator": "GTE", "value": "1797379200000"}),
            "Old crown",
        ),
        (
            json!({"propertyName": "closedate", "operator": "BETWEEN",
                "value": "2026-11-30T00:00:00Z", "highValue": "2026-12-02T00:00:00Z"}),
            "New teeth",
        ),
        (
            json!({"propertyName": "dealstage", "operator": "IN", "values": ["closedwon", "closedlost"]}),
            "Old crown",
        ),
        (json!({"propertyName": "amount", "operator": "NOT_IN", "values": ["9"]}), "Old crown"),
        (json!({"propertyName": "amount", "operator": "NOT_HAS_PROPERTY"}), "Braces"),
        (
            json!({"propertyName": "dealname", "operator": "CONTAINS_TOKEN", "value": "TEETH"}),
            "New teeth",
        ),
        (
            json!({"propertyName": "dealname", "operator": "CONTAINS_TOKEN", "value": "bra*"}),
            "Braces",
        ),
    ];
    for (filter, name) in cases {
        assert_eq!(deals(&ada, filter.clone()).await, [name], "{filter}");
    }
    let filled = json!({"propertyName": "amount", "operator": "HAS_PROPERTY"});
    assert_eq!(deals(&ada, filled).await, ["New teeth", "Old crown"]);
    let without =
        json!({"propertyName": "dealname", "operator": "NOT_CONTAINS_TOKEN", "value": "e"});
    assert_eq!(deals(&ada, without).await.len(), 3, "whole words only");
}

#[tokio::test]
async fn filters_of_a_group_must_all_hold_and_one_group_is_enough() {
    let ada = hub_with_deals().await;
    let filter =
        |name, operator, value| json!({"propertyName": name, "operator": operator, "value": value});
    let both = [filter("amount", "GT", "5"), filter("dealstage", "EQ", "closedwon")];
    let body = json!({"filterGroups": [{"filters": both}]});
    assert_eq!(search(&ada, DEALS, body).await.body["total"], 1);
    let body = json!({"filterGroups": [
        {"filters": [filter("dealstage", "EQ", "closedwon")]},
        {"filters": [filter("dealname", "EQ", "braces")]},
    ]});
    assert_eq!(search(&ada, DEALS, body).await.body["total"], 2);
}

#[tokio::test]
async fn words_are_looked_for_in_names_and_addresses() {
    let ada = hub().await;
    let grace = json!({"email": "grace@example.org", "firstname": "Grace", "lastname": "Hopper"});
    let id = ada.create(CONTACTS, grace).await;
    ada.contact("alan@example.org").await;
    for (query, found) in [("HOPPER grace", 1), ("example.org", 2), ("grace turing", 0)] {
        let answer = search(&ada, CONTACTS, json!({"query": query})).await;
        assert_eq!(answer.body["total"], found, "{query}");
    }
    ada.call("DELETE", &format!("{CONTACTS}/{id}")).await;
    let answer = search(&ada, CONTACTS, json!({"query": "hopper"})).await;
    assert_eq!(answer.body["total"], 0, "archived");
}

#[tokio::test]
async fn changes_are_read_in_order_and_page_by_page() {
    let ada = hub().await;
    let mut contacts = Vec::new();
    for name in ["a", "b", "c"] {
        contacts.push(ada.contact(&format!("{name}@example.org")).await);
    }
    let set = |id: &str, value| {
        let hubspot = ada.sandbox.hubspot();
        hubspot.set_property(ADA, ObjectType::Contacts, id, "firstname", value)
    };
    assert!(set(&contacts[0], "Grace"));
    assert!(!set("1", "Nobody"));
    let second = &ada.call("GET", &format!("{CONTACTS}/{}", contacts[1])).await.body;
    let body = |after: Value| {
        let mark = &second["properties"]["lastmodifieddate"];
        let since = json!({"propertyName": "lastmodifieddate", "operator": "GTE", "value": mark});
        let mut body = json!({
            "filterGroups": [{"filters": [since]}],
            "sorts": ["lastmodifieddate"],
            "limit": 2,
        });
        if after.is_string() {
            body["after"] = after;
        }
        body
    };
    let first = search(&ada, CONTACTS, body(json!(null))).await;
    assert_eq!(ids(&first), [&contacts[1], &contacts[2]]);
    assert_eq!(first.body["total"], 3);
    let next = search(&ada, CONTACTS, body(first.body["paging"]["next"]["after"].clone())).await;
    assert_eq!(ids(&next), [&contacts[0]], "changed last");
    assert!(next.body["paging"].is_null());
}

#[tokio::test]
async fn results_are_sorted_by_one_property_and_lack_of_it_comes_last() {
    let ada = hub_with_deals().await;
    let names = async |sort: Value| {
        let body = json!({"sorts": [sort], "properties": ["dealname"]});
        let answer = search(&ada, DEALS, body).await;
        let results = answer.body["results"].as_array().unwrap();
        results.iter().map(|deal| deal["properties"]["dealname"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(json!("amount")).await, ["New teeth", "Old crown", "Braces"]);
    let descending = ["Old crown", "New teeth", "Braces"];
    assert_eq!(names(json!("-amount")).await, descending);
    let spelt = json!({"propertyName": "amount", "direction": "DESCENDING"});
    assert_eq!(names(spelt).await, descending);
}

#[tokio::test]
async fn deals_are_found_by_their_contact() {
    let ada = hub_with_deals().await;
    let contact = ada.contact("grace@example.org").await;
    let deal = ada.sandbox.hubspot().deals(ADA)[1].id.clone();
    let put = format!("/crm/v4/objects/deals/{deal}/associations/default/contacts/{contact}");
    ada.call("PUT", &put).await;
    let of = json!({"propertyName": "associations.contact", "operator": "EQ", "value": contact});
    assert_eq!(deals(&ada, of).await, ["Old crown"]);
}

#[tokio::test]
async fn a_search_that_asks_for_too_much_is_refused() {
    let ada = hub().await;
    let filter = json!({"propertyName": "dealname", "operator": "HAS_PROPERTY"});
    let group = |many: usize| json!({"filters": vec![filter.clone(); many]});
    let groups = |sizes: &[usize]| json!({"filterGroups": sizes.iter().map(|many| group(*many)).collect::<Vec<_>>()});
    for allowed in [&[5, 5, 5, 5, 5][..], &[10, 10, 5]] {
        assert_eq!(search(&ada, DEALS, groups(allowed)).await.status, 200);
    }
    let wrong = [
        groups(&[1, 1, 1, 1, 1, 1]),
        groups(&[11]),
        groups(&[10, 10, 6]),
        json!({"limit": 201}),
        json!({"limit": 0}),
        json!({"after": "x"}),
        json!({"after": "9900", "limit": 200}),
        json!({"after": u64::MAX.to_string(), "limit": 200}),
        json!({"sorts": ["amount", "dealname"]}),
        json!({"sorts": ["shoe_size"]}),
        json!({"filterGroups": [{"filters": [{"propertyName": "shoe_size", "operator": "EQ", "value": "1"}]}]}),
        json!({"filterGroups": [{"filters": [{"propertyName": "amount", "operator": "GT", "value": "x"}]}]}),
        json!({"filterGroups": [{"filters": [{"propertyName": "amount", "operator": "IN"}]}]}),
        json!({"filterGroups": [{"filters": [{"propertyName": "amount", "operator": "LIKE", "value": "1"}]}]}),
    ];
    for body in wrong {
        let answer = search(&ada, DEALS, body.clone()).await;
        assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR", ""), "{body}");
    }
}
