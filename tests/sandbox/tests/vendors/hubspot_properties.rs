use mortise_sandbox::ObjectType;
use serde_json::{Value, json};

use crate::client::ADA;
use crate::hubspot_client::{CONTACTS, DEALS, hub, hub_with, refusal};

const PROPERTIES: &str = "/crm/v3/properties/contacts";

fn property(name: &str) -> Value {
    json!({
        "name": name,
        "label": "Favourite colour",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
    })
}

#[tokio::test]
async fn standard_properties_are_hubspots_own() {
    let ada = hub_with("oauth crm.schemas.deals.read crm.objects.contacts.read").await;
    let contacts = ada.call("GET", PROPERTIES).await.body;
    let find = |name: &str| {
        let all = contacts["results"].as_array().unwrap();
        all.iter().find(|property| property["name"] == name).unwrap().clone()
    };
    assert_eq!(find("email")["hubspotDefined"], true);
    assert_eq!(find("createdate")["modificationMetadata"]["readOnlyValue"], true);
    assert_eq!(find("hubspot_owner_id")["referencedObjectType"], "OWNER");

    let stage = ada.call("GET", "/crm/v3/properties/deals/dealstage").await.body;
    assert_eq!(stage["type"], "enumeration");
    assert_eq!(stage["options"][0]["value"], "appointmentscheduled");
    assert_eq!(stage["options"][5]["value"], "closedwon");
    let unknown = ada.call("GET", "/crm/v3/properties/deals/shoe_size").await;
    assert_eq!(refusal(&unknown), (404, "OBJECT_NOT_FOUND", ""));
}

#[tokio::test]
async fn a_custom_property_can_be_written_once_it_is_defined() {
    let ada = hub().await;
    let contact = json!({"properties": {"favourite_colour": "teal"}});
    assert_eq!(ada.call_with("POST", CONTACTS, contact.clone()).await.status, 400);
    let answer = ada.call_with("POST", PROPERTIES, property("favourite_colour")).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.body["hubspotDefined"], false);
    assert_eq!(ada.call_with("POST", CONTACTS, contact).await.status, 201);
    let again = ada.call_with("POST", PROPERTIES, property("favourite_colour")).await;
    assert_eq!(refusal(&again), (409, "CONFLICT", ""));
}

#[tokio::test]
async fn values_of_a_unique_property_name_one_live_object() {
    let ada = hub().await;
    let mut unique = property("member_number");
    unique["hasUniqueValue"] = json!(true);
    ada.call_with("POST", PROPERTIES, unique).await;
    let id = ada.create(CONTACTS, json!({"member_number": "M7"})).await;
    let path = format!("{CONTACTS}/M7?idProperty=member_number");
    assert_eq!(ada.call("GET", &path).await.body["id"], json!(id));
    let second = json!({"properties": {"member_number": "M7"}});
    let answer = ada.call_with("POST", CONTACTS, second).await;
    assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR", ""));
    let message = answer.body["message"].as_str().unwrap();
    assert!(message.contains("propertyName=member_number, value=M7}"), "{message}");
    assert!(message.ends_with(&format!("{id} already has that value.")), "{message}");
}

#[tokio::test]
async fn a_definition_that_makes_no_sense_is_refused() {
    let ada = hub().await;
    let cases = [
        ("name", json!("Favourite colour")),
        ("name", json!("7th_heaven")),
        ("label", json!(null)),
        ("type", json!("colour")),
        ("type", json!("enumeration")),
        ("fieldType", json!("palette")),
        ("groupName", json!("dealinformation")),
        ("options", json!([{"label": "Teal", "value": "teal", "hidden": false}])),
    ];
    for (field, value) in cases {
        let mut wrong = property("favourite_colour");
        wrong[field] = value;
        let answer = ada.call_with("POST", PROPERTIES, wrong).await;
        assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR", ""), "{field}");
    }
    let mut unique_date = property("birthday");
    unique_date["type"] = json!("date");
    unique_date["hasUniqueValue"] = json!(true);
    assert_eq!(ada.call_with("POST", PROPERTIES, unique_date).await.status, 400);
}

#[tokio::test]
async fn ten_properties_of_a_type_can_be_unique() {
    let ada = hub().await;
    for at in 0..=10 {
        let mut unique = property(&format!("key_{at}"));
        unique["hasUniqueValue"] = json!(true);
        let expected = if at < 10 { 201 } else { 400 };
        assert_eq!(ada.call_with("POST", PROPERTIES, unique).await.status, expected, "{at}");
    }
}

#[tokio::test]
async fn custom_values_must_be_of_their_type() {
    let ada = hub().await;
    let define = |property| {
        ada.sandbox.hubspot().put_property(ADA, ObjectType::Contacts, property).unwrap();
    };
    define(json!({"name": "vip", "type": "bool"}));
    define(json!({"name": "birthday", "type": "date"}));
    let options = ["a", "b"].map(|name| json!({"label": name, "value": name}));
    define(json!({
        "name": "tags", "type": "enumeration", "fieldType": "checkbox", "options": options,
    }));
    for (name, value, status) in [
        ("vip", "true", 201),
        ("vip", "yes", 400),
        ("birthday", "1906-12-09", 201),
        ("birthday", "1906-12-09T10:00:00Z", 400),
        ("tags", "b;a", 201),
        ("tags", "a;c", 400),
    ] {
        let contact = json!({"properties": {name: value}});
        let answer = ada.call_with("POST", CONTACTS, contact).await;
        assert_eq!(answer.status, status, "{name} {value}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_archived_property_goes_with_its_values() {
    let ada = hub().await;
    ada.call_with("POST", PROPERTIES, property("favourite_colour")).await;
    let id = ada.create(CONTACTS, json!({"favourite_colour": "teal"})).await;
    let path = format!("{PROPERTIES}/favourite_colour");
    assert_eq!(ada.call("DELETE", &path).await.status, 204);
    assert_eq!(ada.call("GET", &path).await.status, 404);
    let archived = ada.call("GET", &format!("{path}?archived=true")).await.body;
    assert!(archived["archivedAt"].is_string());
    let contact = ada.call("GET", &format!("{CONTACTS}/{id}?properties=favourite_colour")).await;
    assert_eq!(contact.body["properties"].get("favourite_colour"), None);
    let again = ada.call_with("POST", PROPERTIES, property("favourite_colour")).await;
    assert_eq!(again.status, 201, "the name is free");
    assert_eq!(ada.sandbox.hubspot().contacts(ADA)[0].property("favourite_colour"), "");
}

#[tokio::test]
async fn hubspots_own_properties_cannot_be_archived() {
    let ada = hub().await;
    let answer = ada.call("DELETE", "/crm/v3/properties/deals/amount").await;
    assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR", ""));
    assert_eq!(ada.call("DELETE", "/crm/v3/properties/deals/shoe_size").await.status, 404);
    ada.create(DEALS, json!({"amount": "1"})).await;
}
