//! `GET /api/crm/contacts`, `GET /api/crm/deals`

use mortise_sandbox::ObjectType;
use mortise_tests::{ADA, Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{CONTACTS, DEALS, connected, invalid, quote, refused, teeth};

fn items(body: &Value) -> &Vec<Value> {
    body["items"].as_array().unwrap()
}

#[tokio::test]
async fn all_contacts_are_listed_with_their_links() {
    let hub = connected().await;
    hub.vendor().put_contact(ADA, json!({"email": "bob@example.org"}));
    let made = hub.made_contact().await;
    let list = hub.user.get(CONTACTS).await.expect(200).body;
    assert_eq!((&list["partial"], &list["warnings"]), (&json!(false), &json!([])));
    let (unlinked, linked) = (&items(&list)[0], &items(&list)[1]);
    assert_eq!(unlinked["contact"]["email"], "bob@example.org");
    assert!(unlinked.get("link").is_none());
    assert_eq!(
        (&linked["link"], &linked["contact"]["id"]),
        (&made["link"], &made["contact"]["id"])
    );
    assert_eq!(linked["provider"], "hubspot");
}

#[tokio::test]
async fn deals_are_listed_with_their_contacts_and_not_with_links_of_contacts() {
    let hub = connected().await;
    let contact = hub.made_contact().await;
    let mut deal = teeth();
    deal["contacts"] = json!([{"entity_type": "customer", "entity_id": "42"}]);
    let made = hub.post(DEALS, &quote("7", deal)).await.expect(201).body;
    let list = hub.user.get(DEALS).await.expect(200).body;
    assert_eq!(items(&list).len(), 1);
    assert_eq!(items(&list)[0]["link"], made["link"]);
    let shown =
        json!([{"id": contact["contact"]["id"], "entity_type": "customer", "entity_id": "42"}]);
    assert_eq!(items(&list)[0]["deal"]["contacts"], shown);
}

#[tokio::test]
async fn pages_follow_each_other_to_the_last() {
    let hub = connected().await;
    for index in 0..5 {
        hub.vendor().put_contact(ADA, json!({"email": format!("c{index}@example.org")}));
    }
    let (mut seen, mut path) = (Vec::new(), format!("{CONTACTS}?limit=2"));
    for expected in [2, 2, 1] {
        let page = hub.user.get(&path).await.expect(200).body;
        assert_eq!(items(&page).len(), expected);
        seen.extend(items(&page).iter().map(|item| item["contact"]["email"].to_string()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{CONTACTS}?limit=2&cursor={cursor}"),
            None => path.clear(),
        }
    }
    assert!(path.is_empty());
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn a_search_finds_what_the_vendor_finds() {
    let hub = connected().await;
    hub.vendor().put_contact(ADA, json!({"email": "bob@example.org", "firstname": "Bob"}));
    hub.vendor().put_contact(ADA, json!({"email": "eve@example.org", "firstname": "Eve"}));
    let list = hub.user.get(&format!("{CONTACTS}?query=eve")).await.expect(200).body;
    assert_eq!(items(&list).len(), 1, "{list}");
    assert_eq!(items(&list)[0]["contact"]["first_name"], "Eve");
    let none = hub.user.get(&format!("{CONTACTS}?query=mallory")).await.expect(200).body;
    assert!(items(&none).is_empty());
}

#[tokio::test]
async fn fields_of_the_vendor_are_read_by_name() {
    let hub = connected().await;
    hub.define(ObjectType::Contacts, "shoe_size");
    hub.vendor().put_contact(ADA, json!({"email": "bob@example.org", "shoe_size": "42"}));
    let list = hub.user.get(&format!("{CONTACTS}?fields=shoe_size")).await.expect(200).body;
    assert_eq!(items(&list)[0]["contact"]["extra"], json!({"shoe_size": "42"}));
}

#[tokio::test]
async fn archived_objects_are_not_listed() {
    let hub = connected().await;
    hub.made_contact().await;
    hub.user.delete(crate::support::CUSTOMER).await.expect(204);
    let list = hub.user.get(CONTACTS).await.expect(200).body;
    assert!(items(&list).is_empty());
}

#[tokio::test]
async fn parameters_that_make_no_sense_are_named() {
    let hub = connected().await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=nonsense", "cursor"),
        ("fields=a%0Ab", "fields"),
        ("page=2", "page"),
    ] {
        for path in [CONTACTS, DEALS] {
            invalid(&hub.user.get(&format!("{path}?{query}")).await, &[field]);
        }
    }
    let long = "x".repeat(501);
    invalid(&hub.user.get(&format!("{CONTACTS}?query={long}")).await, &["query"]);
}

#[tokio::test]
async fn a_list_that_no_vendor_gives_is_that_vendor_s_problem() {
    let hub = connected().await;
    let fault = Fault::on("/crm/v3/objects/", FaultKind::TooManyRequests).retry_after(7.0);
    hub.vendor().set_fault(fault);
    for path in [CONTACTS, DEALS] {
        let answer = hub.user.get(path).await;
        refused(&answer, 503, "vendor-rate-limited");
        assert_eq!(answer.header("retry-after"), "7");
    }
}

#[tokio::test]
async fn a_parameter_that_comes_twice_is_named() {
    let hub = connected().await;
    invalid(&hub.user.get(&format!("{CONTACTS}?limit=1&limit=2")).await, &["limit"]);
    let of_a_plugin = "/api/integrations/hubspot/owners?cursor=a&cursor=b";
    invalid(&hub.user.get(of_a_plugin).await, &["cursor"]);
}
