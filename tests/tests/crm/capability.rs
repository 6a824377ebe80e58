//! What a provider does not have: 501, from its manifest, without asking plugin or vendor.

use mortise_tests::{ADA, Consent, GOOGLE};
use serde_json::json;

use crate::support::{
    CONTACTS, CUSTOMER, DEALS, QUOTE, USER, ada, connected, customer, quote, refused, teeth,
};

#[tokio::test]
async fn a_provider_without_contacts_and_deals_answers_501_connected_or_not() {
    let hub = connected().await;
    for connects in [false, true] {
        if connects {
            hub.hub.connect(USER, GOOGLE, &Consent::of(ADA)).await;
        }
        for (list, linked, mut new, kind) in [
            (CONTACTS, CUSTOMER, customer("42", ada()), "contact"),
            (DEALS, QUOTE, quote("7", teeth()), "deal"),
        ] {
            let changed = json!({kind: new[kind], "provider": "google_calendar"});
            new["provider"] = json!("google_calendar");
            for (method, path, body) in [
                ("POST", list.to_owned(), Some(new)),
                ("GET", format!("{list}?provider=google_calendar"), None),
                ("GET", format!("{linked}?provider=google_calendar"), None),
                ("PUT", linked.to_owned(), Some(changed)),
                ("DELETE", format!("{linked}?provider=google-calendar"), None),
            ] {
                let answer = hub.user.send(method, &path, body).await;
                let problem = refused(&answer, 501, "capability-not-supported");
                assert_eq!(problem["provider"], "google_calendar");
            }
        }
    }
    assert_eq!(hub.links().await, 0);
}

#[tokio::test]
async fn other_providers_do_not_make_the_choice_unclear() {
    let hub = connected().await;
    hub.hub.connect(USER, GOOGLE, &Consent::of(ADA)).await;
    assert_eq!(hub.made_contact().await["link"]["provider"], "hubspot");
    let list = hub.user.get(CONTACTS).await.expect(200).body;
    assert_eq!((list["items"].as_array().unwrap().len(), &list["partial"]), (1, &json!(false)));
}

#[tokio::test]
async fn the_capability_is_listed() {
    let hub = connected().await;
    let all = hub.user.get("/api/integrations").await.expect(200).body;
    let hubspot = all["items"].as_array().unwrap().iter().find(|item| item["slug"] == "hubspot");
    let operations = hubspot.unwrap()["capabilities"]["crm"].as_array().unwrap();
    assert!(operations.contains(&json!("create_deal")));
}
