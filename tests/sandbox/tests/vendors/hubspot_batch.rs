use mortise_sandbox::ObjectType;
use serde_json::{Value, json};

use crate::client::{ADA, Answer};
use crate::hubspot_client::{CONTACTS, DEALS, Hub, hub, ids, refusal};

async fn upsert(ada: &Hub, path: &str, inputs: Value) -> Answer {
    ada.call_with("POST", &format!("{path}/batch/upsert"), json!({"inputs": inputs})).await
}

fn contact(email: &str, properties: Value) -> Value {
    json!({"id": email, "idProperty": "email", "properties": properties})
}

#[tokio::test]
async fn an_upsert_creates_what_is_missing_and_changes_what_is_there() {
    let ada = hub().await;
    let input = contact("Grace@example.org", json!({"firstname": "Grace"}));
    let first = upsert(&ada, CONTACTS, json!([input])).await;
    assert_eq!((first.status, &first.body["status"]), (200, &json!("COMPLETE")));
    let created = &first.body["results"][0];
    assert_eq!(created["new"], true);
    assert_eq!(created["properties"]["email"], "grace@example.org");

    let input = contact("grace@example.org", json!({"lastname": "Hopper"}));
    let second = upsert(&ada, CONTACTS, json!([input])).await;
    let changed = &second.body["results"][0];
    assert_eq!((&changed["new"], &changed["id"]), (&json!(false), &created["id"]));
    assert_eq!(changed["properties"]["firstname"], "Grace", "stays");
    assert_eq!(ada.sandbox.hubspot().contacts(ADA).len(), 1);
}

#[tokio::test]
async fn a_deal_is_upserted_by_a_custom_property_with_unique_values() {
    let ada = hub().await;
    let key = json!({"name": "order_key", "hasUniqueValue": true});
    ada.sandbox.hubspot().put_property(ADA, ObjectType::Deals, key).unwrap();
    let input = json!([{
        "id": "k1",
        "idProperty": "order_key",
        "properties": {"dealname": "Teeth"},
        "objectWriteTraceId": "t1",
    }]);
    let first = upsert(&ada, DEALS, input.clone()).await;
    let deal = &first.body["results"][0];
    assert_eq!((&deal["new"], &deal["objectWriteTraceId"]), (&json!(true), &json!("t1")));
    assert_eq!(deal["properties"]["order_key"], "k1");
    assert_eq!(upsert(&ada, DEALS, input).await.body["results"][0]["new"], false);
    assert_eq!(ada.sandbox.hubspot().deals(ADA).len(), 1);
}

#[tokio::test]
async fn an_upsert_without_a_unique_property_is_refused() {
    let ada = hub().await;
    for name in [json!(null), json!("dealname"), json!("hs_object_id"), json!("unknown")] {
        let input = json!([{"id": "1", "idProperty": name, "properties": {}}]);
        let answer = upsert(&ada, DEALS, input).await;
        assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR", ""), "{name}");
    }
    let twice = json!([contact("a@example.org", json!({})), contact("a@example.org", json!({}))]);
    assert_eq!(upsert(&ada, CONTACTS, twice).await.status, 400);
    assert_eq!(upsert(&ada, CONTACTS, json!([])).await.status, 400);
}

#[tokio::test]
async fn one_wrong_input_undoes_the_whole_batch() {
    let ada = hub().await;
    let inputs = json!([
        contact("a@example.org", json!({})),
        contact("b@example.org", json!({"shoe_size": "42"})),
    ]);
    let answer = upsert(&ada, CONTACTS, inputs).await;
    assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR", "shoe_size"));
    assert!(ada.sandbox.hubspot().contacts(ADA).is_empty());
}

#[tokio::test]
async fn inputs_with_trace_ids_fail_one_by_one() {
    let ada = hub().await;
    let traced = |email: &str, trace: &str, properties: Value| {
        let mut input = contact(email, properties);
        input["objectWriteTraceId"] = json!(trace);
        input
    };
    let inputs = json!([
        traced("a@example.org", "t1", json!({})),
        traced("b@example.org", "t2", json!({"shoe_size": "42"})),
        traced("c@example.org", "t3", json!({"email": "a@example.org"})),
    ]);
    let answer = upsert(&ada, CONTACTS, inputs).await;
    assert_eq!((answer.status, &answer.body["numErrors"]), (207, &json!(2)));
    assert_eq!(answer.body["results"].as_array().unwrap().len(), 1);
    let errors = &answer.body["errors"];
    assert_eq!(errors[0]["context"]["objectWriteTraceId"], json!(["t2"]));
    assert_eq!(errors[0]["errors"][0]["context"]["propertyName"], json!(["shoe_size"]));
    assert_eq!(errors[1]["category"], "CONFLICT");
    assert_eq!(ada.sandbox.hubspot().contacts(ADA).len(), 1);
}

#[tokio::test]
async fn objects_are_created_and_changed_in_batches() {
    let ada = hub().await;
    let batch = |name: &str| format!("{DEALS}/batch/{name}");
    let inputs = json!({"inputs": [
        {"properties": {"dealname": "a"}},
        {"properties": {"dealname": "b"}},
    ]});
    let created = ada.call_with("POST", &batch("create"), inputs).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let id = |at: usize| created.body["results"][at]["id"].clone();
    let inputs = json!({"inputs": [{"id": id(1), "properties": {"amount": "7"}}]});
    let changed = ada.call_with("POST", &batch("update"), inputs).await;
    assert_eq!(ids(&changed), [id(1).as_str().unwrap()]);
    assert_eq!(changed.body["results"][0]["properties"]["amount"], "7");
    let inputs = json!({"inputs": [
        {"id": id(0), "properties": {"amount": "7"}},
        {"id": "1", "properties": {}},
    ]});
    assert_eq!(refusal(&ada.call_with("POST", &batch("update"), inputs).await).0, 404);
    assert_eq!(ada.sandbox.hubspot().deals(ADA)[0].property("amount"), "", "undone");
}

#[tokio::test]
async fn a_batch_read_names_what_it_does_not_find() {
    let ada = hub().await;
    let id = ada.contact("grace@example.org").await;
    let read = format!("{CONTACTS}/batch/read");
    let body =
        |inputs| json!({"inputs": inputs, "properties": ["phone"], "propertiesWithHistory": []});
    let answer = ada.call_with("POST", &read, body(json!([{"id": id}]))).await;
    assert_eq!(ids(&answer), [&id]);
    assert_eq!(answer.body["results"][0]["properties"].get("phone"), Some(&json!(null)));

    let answer = ada.call_with("POST", &read, body(json!([{"id": id}, {"id": "1"}]))).await;
    assert_eq!(answer.status, 207);
    assert_eq!(answer.body["results"].as_array().unwrap().len(), 1);
    let error = &answer.body["errors"][0];
    assert_eq!(
        (&error["category"], &error["context"]["ids"]),
        (&json!("OBJECT_NOT_FOUND"), &json!(["1"]))
    );

    let mut by_email = body(json!([{"id": "grace@example.org"}]));
    by_email["idProperty"] = json!("email");
    assert_eq!(ids(&ada.call_with("POST", &read, by_email).await), [&id]);
}

#[tokio::test]
async fn a_batch_archives_also_what_is_gone() {
    let ada = hub().await;
    let id = ada.deal("Teeth").await;
    let inputs = json!({"inputs": [{"id": id}, {"id": "1"}]});
    let path = format!("{DEALS}/batch/archive");
    for _ in 0..2 {
        assert_eq!(ada.call_with("POST", &path, inputs.clone()).await.status, 204);
    }
    assert!(ada.sandbox.hubspot().deals(ADA)[0].archived);
}

#[tokio::test]
async fn a_batch_has_a_hundred_inputs_at_most() {
    let ada = hub().await;
    let inputs = |many: usize| json!({"inputs": vec![json!({"id": "1"}); many]});
    let path = format!("{DEALS}/batch/archive");
    assert_eq!(ada.call_with("POST", &path, inputs(100)).await.status, 204);
    assert_eq!(ada.call_with("POST", &path, inputs(101)).await.status, 400);
}
