//! Two CRMs of one user at once.

use mortise_tests::{ADA, Consent, DEAD_PORT, HUBSPOT, TestHub, TestHubOptions};
use serde_json::{Value, json};

use crate::support::{
    CONTACTS, CUSTOMER, Connected, DEALS, USER, ada, customer, invalid, quote, refused, teeth,
};

/// The account behind the provider `hubspot_work`.
const WORK: &str = "work@example.com";

async fn connected_twice(options: TestHubOptions) -> Connected {
    let hub = options.twin("hubspot_work", "hubspot").start().await;
    hub.connect(USER, HUBSPOT, &Consent::of(ADA)).await;
    hub.connect_twin(USER, "hubspot-work", HUBSPOT, &Consent::of(WORK)).await;
    let user = hub.as_user(USER);
    Connected { hub, user }
}

/// Emails by provider, in order.
fn listed(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |item: &Value| (text(&item["provider"]), text(&item["contact"]["email"]));
    let mut all: Vec<_> = list["items"].as_array().unwrap().iter().map(of).collect();
    all.sort();
    all
}

#[tokio::test]
async fn both_are_listed_page_by_page() {
    let hub = connected_twice(TestHub::options()).await;
    for (account, count) in [(ADA, 3), (WORK, 1)] {
        for index in 0..count {
            let email = format!("{index}.{account}");
            hub.vendor().put_contact(account, json!({"email": email}));
        }
    }
    let first = hub.user.get(&format!("{CONTACTS}?limit=2")).await.expect(200).body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = hub.user.get(&format!("{CONTACTS}?limit=2&cursor={cursor}")).await;
    let second = second.expect(200).body;
    assert_eq!(listed(&first).len(), 3);
    assert!(second.get("next_cursor").is_none());
    let mut all = [listed(&first), listed(&second)].concat();
    all.sort();
    let of = |provider: &str, email: String| (provider.to_owned(), email);
    assert_eq!(
        all,
        [
            of("hubspot", format!("0.{ADA}")),
            of("hubspot", format!("1.{ADA}")),
            of("hubspot", format!("2.{ADA}")),
            of("hubspot_work", format!("0.{WORK}")),
        ]
    );
    let one = hub.user.get(&format!("{CONTACTS}?provider=hubspot-work")).await.expect(200).body;
    assert_eq!(listed(&one).len(), 1);
}

#[tokio::test]
async fn one_that_fails_is_a_warning() {
    let dead = TestHub::options().set("providers.hubspot_work.api_base", DEAD_PORT);
    let hub = connected_twice(dead).await;
    hub.vendor().put_contact(ADA, json!({"email": "bob@example.org"}));
    let list = hub.user.get(CONTACTS).await.expect(200).body;
    assert_eq!(listed(&list), [("hubspot".to_owned(), "bob@example.org".to_owned())]);
    assert_eq!(list["partial"], true);
    let warnings = list["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].as_str().unwrap().starts_with("hubspot_work: "), "{warnings:?}");
    let named = hub.user.get(&format!("{CONTACTS}?provider=hubspot_work")).await;
    refused(&named, 503, "vendor-unavailable");
}

#[tokio::test]
async fn one_that_waits_for_a_new_consent_is_a_warning() {
    let hub = connected_twice(TestHub::options()).await;
    let sql = "UPDATE integrations SET status = 'needs_reauth' WHERE provider = 'hubspot_work'";
    hub.hub.rows.execute(sql).await;
    // Until nothing is taken from memory.
    hub.hub.clock.advance(5);
    for path in [CONTACTS, DEALS] {
        let list = hub.user.get(path).await.expect(200).body;
        assert_eq!(list["partial"], true);
        assert_eq!(list["warnings"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_record_is_linked_at_each_and_the_provider_says_which() {
    let hub = connected_twice(TestHub::options()).await;
    let mut new = customer("42", ada());
    invalid(&hub.post(CONTACTS, &new).await, &["provider"]);
    for provider in ["hubspot", "hubspot_work"] {
        new["provider"] = json!(provider);
        let made = hub.post(CONTACTS, &new).await.expect(201).body;
        assert_eq!(made["link"]["provider"], provider);
    }
    invalid(&hub.user.get(CUSTOMER).await, &["provider"]);
    invalid(&hub.user.delete(CUSTOMER).await, &["provider"]);
    let at_work = format!("{CUSTOMER}?provider=hubspot-work");
    let mut body = json!({"contact": {"email": "ada@example.org", "first_name": "Augusta"}});
    invalid(&hub.user.put(CUSTOMER, body.clone()).await, &["provider"]);
    body["provider"] = json!("hubspot_work");
    hub.user.put(CUSTOMER, body).await.expect(200);
    assert_eq!(hub.only_contact().property("firstname"), "Ada");
    assert_eq!(hub.vendor().contacts(WORK)[0].property("firstname"), "Augusta");
    hub.user.delete(&at_work).await.expect(204);
    assert_eq!(hub.user.get(CUSTOMER).await.expect(200).body["link"]["provider"], "hubspot");
}

#[tokio::test]
async fn a_contact_at_the_other_vendor_is_none_for_a_deal() {
    let hub = connected_twice(TestHub::options()).await;
    let mut new = customer("42", ada());
    new["provider"] = json!("hubspot");
    hub.post(CONTACTS, &new).await.expect(201);
    let mut deal = teeth();
    deal["contacts"] = json!([{"entity_type": "customer", "entity_id": "42"}]);
    let mut new = quote("7", deal);
    new["provider"] = json!("hubspot_work");
    invalid(&hub.post(DEALS, &new).await, &["deal.contacts.0"]);
    new["provider"] = json!("hubspot");
    hub.post(DEALS, &new).await.expect(201);
}
