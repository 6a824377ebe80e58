//! `/api/crm/contacts`: making, reading and replacing linked contacts.

use mortise_sandbox::ObjectType;
use mortise_tests::ADA;
use serde_json::json;

use crate::support::{CONTACTS, CUSTOMER, ada, connected, customer, invalid, refused};

#[tokio::test]
async fn a_contact_is_made_at_the_vendor_and_linked() {
    let hub = connected().await;
    let answer = hub.post(CONTACTS, &customer("42", ada())).await;
    assert_eq!(answer.header("location"), CUSTOMER);
    let made = answer.expect(201).body;
    let stored = hub.only_contact();
    assert_eq!(made["contact"]["id"], stored.id);
    assert_eq!(made["contact"]["first_name"], "Ada");
    assert_eq!(made["contact"]["address"], json!({"city": "Berlin", "postal_code": "10115"}));
    let link = &made["link"];
    assert_eq!((&link["entity_type"], &link["entity_id"]), (&json!("customer"), &json!("42")));
    assert_eq!((&link["provider"], &link["object_type"]), (&json!("hubspot"), &json!("contact")));
    assert_eq!((&link["object_id"], &link["state"]), (&json!(stored.id), &json!("confirmed")));
    assert_eq!(stored.property("lastname"), "Lovelace");
    assert_eq!(hub.user.get(CUSTOMER).await.expect(200).body, made);
}

#[tokio::test]
async fn a_contact_without_an_address_is_made_too_and_once() {
    let hub = connected().await;
    let body = customer("42", json!({"last_name": "Lovelace"}));
    hub.post(CONTACTS, &body).await.expect(201);
    hub.post(CONTACTS, &body).await.expect(200);
    assert_eq!(hub.only_contact().property("lastname"), "Lovelace");
}

#[tokio::test]
async fn a_contact_that_the_vendor_has_already_is_taken_and_keeps_its_other_fields() {
    let hub = connected().await;
    let there = json!({"email": "ada@example.org", "jobtitle": "Countess", "firstname": "A."});
    let there = hub.vendor().put_contact(ADA, there);
    let made = hub.made_contact().await;
    assert_eq!(made["contact"]["id"], there.id);
    assert_eq!(made["contact"]["job_title"], "Countess");
    assert_eq!(hub.only_contact().property("firstname"), "Ada");
}

#[tokio::test]
async fn fields_of_the_vendor_are_written_and_read_by_name() {
    let hub = connected().await;
    hub.define(ObjectType::Contacts, "favourite_colour");
    hub.define(ObjectType::Contacts, "shoe_size");
    let mut contact = ada();
    contact["extra"] = json!({"favourite_colour": "teal"});
    hub.post(CONTACTS, &customer("42", contact.clone())).await.expect(201);
    let id = hub.only_contact().id;
    hub.vendor().set_property(ADA, ObjectType::Contacts, &id, "shoe_size", "42");
    let read = hub.user.get(&format!("{CUSTOMER}?fields=favourite_colour,shoe_size")).await;
    let extra = read.expect(200).body["contact"]["extra"].clone();
    assert_eq!(extra, json!({"favourite_colour": "teal", "shoe_size": "42"}));
    hub.post(CONTACTS, &customer("42", contact.clone())).await.expect(200);
    contact["extra"] = json!({"favourite_colour": "red"});
    refused(&hub.post(CONTACTS, &customer("42", contact)).await, 409, "already-linked");
}

#[tokio::test]
async fn a_field_that_the_vendor_does_not_know_is_refused_by_its_name_and_nothing_is_written() {
    let hub = connected().await;
    let mut contact = ada();
    contact["extra"] = json!({"shoe_size": "42"});
    invalid(&hub.post(CONTACTS, &customer("42", contact)).await, &["contact.extra.shoe_size"]);
    assert!(hub.live_contacts().is_empty());
    assert_eq!(hub.links().await, 0);
    refused(&hub.user.get(CUSTOMER).await, 404, "not-linked");
}

#[tokio::test]
async fn another_contact_for_a_linked_record_is_refused_with_the_link() {
    let hub = connected().await;
    let made = hub.made_contact().await;
    let mut other = ada();
    other["last_name"] = json!("Byron");
    let answer = hub.post(CONTACTS, &customer("42", other)).await;
    assert_eq!(refused(&answer, 409, "already-linked")["link"], made["link"]);
    assert_eq!(hub.only_contact().property("lastname"), "Lovelace");
}

#[tokio::test]
async fn the_contact_of_another_record_is_refused_and_left_as_it_is() {
    let hub = connected().await;
    let made = hub.made_contact().await;
    let writes = hub.writes();
    let same = json!({"email": "ADA@example.org", "first_name": "Augusta"});
    let problem = refused(&hub.post(CONTACTS, &customer("43", same)).await, 409, "already-linked");
    assert_eq!(problem["link"], made["link"]);
    assert!(problem["detail"].as_str().unwrap().contains("customer/42"), "{problem}");
    assert_eq!(hub.only_contact().property("firstname"), "Ada");
    assert_eq!((hub.writes(), hub.links().await), (writes, 1));
}

#[tokio::test]
async fn all_faults_of_the_input_are_told_before_the_vendor_is_asked() {
    let hub = connected().await;
    let body = customer("42", json!({"email": "nobody", "phone": "1\u{0}"}));
    invalid(&hub.post(CONTACTS, &body).await, &["contact.email", "contact.phone"]);
    invalid(&hub.post(CONTACTS, &customer("42", json!({"mail": 1}))).await, &["contact.mail"]);
    invalid(&hub.post(CONTACTS, &customer("", ada())).await, &["entity_id"]);
    invalid(&hub.user.get(&format!("{CUSTOMER}?field=a")).await, &["field"]);
    assert_eq!((hub.writes(), hub.links().await), (0, 0));
}

#[tokio::test]
async fn a_version_is_refused_because_contacts_have_none() {
    let hub = connected().await;
    hub.made_contact().await;
    let user = hub.user.clone().header("if-match", "\"1\"");
    let body = json!({"contact": ada()});
    invalid(&user.put(CUSTOMER, body).await, &["If-Match"]);
    invalid(&user.delete(CUSTOMER).await, &["If-Match"]);
    hub.only_contact();
}

#[tokio::test]
async fn an_answer_can_be_sent_back() {
    let hub = connected().await;
    let made = hub.made_contact().await;
    let body = json!({"contact": made["contact"]});
    let same = hub.user.put(CUSTOMER, body).await.expect(200).body;
    assert_eq!(same["contact"]["phone"], made["contact"]["phone"]);
    assert_eq!(same["link"], made["link"]);
}

#[tokio::test]
async fn a_replaced_contact_loses_what_is_left_out_but_not_the_vendor_s_own_fields() {
    let hub = connected().await;
    hub.define(ObjectType::Contacts, "favourite_colour");
    hub.made_contact().await;
    let id = hub.only_contact().id;
    hub.vendor().set_property(ADA, ObjectType::Contacts, &id, "favourite_colour", "teal");
    let contact = json!({"email": "ada@example.org", "first_name": "Augusta"});
    let body = json!({"contact": contact});
    let changed = hub.user.put(CUSTOMER, body).await.expect(200).body;
    assert_eq!(changed["contact"]["first_name"], "Augusta");
    let stored = hub.only_contact();
    assert_eq!((stored.property("lastname"), stored.property("city")), ("", ""));
    assert_eq!(stored.property("favourite_colour"), "teal");
}

#[tokio::test]
async fn a_contact_that_is_archived_at_the_vendor_is_gone_and_can_be_made_anew() {
    let hub = connected().await;
    let made = hub.made_contact().await;
    let id = made["contact"]["id"].as_str().unwrap();
    hub.user.delete(&format!("/api/integrations/hubspot/proxy/crm/v3/objects/contacts/{id}")).await;
    assert!(hub.live_contacts().is_empty());
    refused(&hub.user.get(CUSTOMER).await, 404, "contact-gone");
    let body = json!({"contact": ada()});
    refused(&hub.user.put(CUSTOMER, body).await, 404, "contact-gone");
    let anew = hub.made_contact().await;
    assert_ne!(anew["contact"]["id"], made["contact"]["id"]);
    assert_eq!(hub.only_contact().id, anew["contact"]["id"]);
}
