//! CRM writes that were cut short are settled in the background.

use std::time::Duration;

use mortise_sandbox::ObjectType;
use mortise_tests::{ADA, Consent, Fault, FaultKind, HUBSPOT};
use serde_json::{Value, json};

use crate::support::{
    CONTACTS, CUSTOMER, Connected, DEALS, QUOTE, USER, ada, connected, customer, on_upsert, quote,
    refused, teeth,
};

/// Longer than a call can last (seconds).
const OVER: i64 = 76;

impl Connected {
    async fn turn(&self) {
        self.hub.clock.advance(OVER);
        self.hub.hub.recover().await.unwrap();
    }

    async fn unsettled(&self) -> i64 {
        self.hub.rows.count("crm_links WHERE settle_at IS NOT NULL").await
    }

    /// As many turns as it takes; one of the hub's own may have been first.
    async fn recovered(&self) {
        let settled = async {
            loop {
                self.turn().await;
                if self.unsettled().await == 0 {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), settled).await.expect("a link stays");
    }

    async fn confirmed(&self) -> i64 {
        self.hub.rows.count("crm_links WHERE state = 'confirmed'").await
    }

    /// Sends a call while the vendor has this fault.
    async fn send_amid(&self, fault: Fault, method: &str, path: &str, body: Option<Value>) {
        // Else the first request of a new account would be one that the vendor refuses.
        self.define_key(ObjectType::Deals);
        self.define_key(ObjectType::Contacts);
        self.vendor().set_fault(fault);
        let answer = self.user.send(method, path, body).await;
        assert!(answer.status >= 500, "{}", answer.text);
        self.vendor().clear_faults();
    }
}

/// A contact that only its key tells from others.
fn nameless() -> Value {
    json!({"first_name": "Ada", "last_name": "Lovelace"})
}

#[tokio::test]
async fn a_deal_whose_answer_was_lost_is_confirmed() {
    let hub = connected().await;
    let body = quote("7", teeth());
    let fault = on_upsert(DEALS, FaultKind::DoThenCut);
    hub.send_amid(fault, "POST", DEALS, Some(body.clone())).await;
    assert_eq!(hub.confirmed().await, 0);
    hub.recovered().await;
    assert_eq!(hub.confirmed().await, 1);
    let writes = hub.writes();
    let again = hub.post(DEALS, &body).await.expect(200).body;
    assert_eq!(again["deal"]["id"], hub.only_deal().id);
    assert_eq!(hub.writes(), writes);
}

#[tokio::test]
async fn a_contact_that_was_made_by_its_key_is_confirmed() {
    let hub = connected().await;
    let fault = Fault::on("/crm/v3/objects/contacts/batch/upsert", FaultKind::DoThenCut);
    hub.send_amid(fault, "POST", CONTACTS, Some(customer("42", nameless()))).await;
    hub.recovered().await;
    assert_eq!(hub.confirmed().await, 1);
    let read = hub.user.get(CUSTOMER).await.expect(200).body;
    assert_eq!(read["contact"]["id"], hub.only_contact().id);
}

#[tokio::test]
async fn a_contact_that_was_made_by_its_address_is_met_by_the_same_call_again() {
    let hub = connected().await;
    let body = customer("42", ada());
    let fault = on_upsert(CONTACTS, FaultKind::DoThenCut);
    hub.send_amid(fault, "POST", CONTACTS, Some(body.clone())).await;
    let made = hub.only_contact().id;
    hub.recovered().await;
    assert_eq!(hub.links().await, 0);
    refused(&hub.user.get(CUSTOMER).await, 404, "not-linked");
    let again = hub.post(CONTACTS, &body).await.expect(201).body;
    assert_eq!(again["contact"]["id"], made);
    hub.only_contact();
}

#[tokio::test]
async fn what_was_never_made_is_released_and_made_by_the_same_call() {
    let hub = connected().await;
    for (path, body) in [(CONTACTS, customer("42", ada())), (DEALS, quote("7", teeth()))] {
        let fault = on_upsert(path, FaultKind::InternalError);
        hub.send_amid(fault, "POST", path, Some(body.clone())).await;
        let before = hub.links().await;
        hub.recovered().await;
        assert_eq!(hub.links().await, before - 1, "{path}");
        hub.post(path, &body).await.expect(201);
    }
    hub.only_contact();
    hub.only_deal();
}

#[tokio::test]
async fn a_deal_confirmed_without_its_contacts_gets_them_by_the_same_call() {
    let hub = connected().await;
    let contact = hub.vendor().put_contact(ADA, json!({"email": "ada@example.org"})).id;
    let mut deal = teeth();
    deal["contacts"] = json!([{"id": contact}]);
    let body = quote("7", deal);
    hub.send_amid(Fault::on("/crm/v4/", FaultKind::Unavailable), "POST", DEALS, Some(body.clone()))
        .await;
    hub.recovered().await;
    assert_eq!(hub.confirmed().await, 1);
    assert!(hub.only_deal().associated.is_empty());
    let made = hub.post(DEALS, &body).await.expect(200).body;
    assert_eq!(made["deal"]["contacts"].as_array().unwrap().len(), 1, "{made}");
    assert_eq!(hub.only_deal().associated, [contact]);
    // Other contents are refused all the same.
    let mut other = body;
    other["deal"]["name"] = json!("Old teeth");
    refused(&hub.post(DEALS, &other).await, 409, "already-linked");
}

#[tokio::test]
async fn a_delete_that_was_cut_short_is_finished() {
    for kind in [FaultKind::DoThenCut, FaultKind::InternalError] {
        let hub = connected().await;
        hub.made_contact().await;
        hub.made_deal().await;
        for path in [CUSTOMER, QUOTE] {
            let fault = Fault::on("/crm/v3/objects/", kind).method("DELETE");
            hub.send_amid(fault, "DELETE", path, None).await;
        }
        assert_eq!(hub.links().await, 2);
        hub.recovered().await;
        assert_eq!(hub.links().await, 0);
        assert!(hub.live_contacts().is_empty() && hub.live_deals().is_empty());
    }
}

#[tokio::test]
async fn a_creation_that_was_deleted_before_it_was_known_is_gone_for_good() {
    let hub = connected().await;
    let fault = on_upsert(DEALS, FaultKind::DoThenCut);
    hub.send_amid(fault, "POST", DEALS, Some(quote("7", teeth()))).await;
    let fault = Fault::on("/crm/v3/objects/", FaultKind::InternalError).method("DELETE");
    hub.send_amid(fault, "DELETE", QUOTE, None).await;
    hub.recovered().await;
    assert!(hub.live_deals().is_empty());
    assert_eq!(hub.links().await, 0);
}

#[tokio::test]
async fn links_wait_for_a_vendor_that_is_down_and_a_user_who_is_away() {
    let hub = connected().await;
    let fault = on_upsert(DEALS, FaultKind::DoThenCut);
    hub.send_amid(fault, "POST", DEALS, Some(quote("7", teeth()))).await;
    hub.vendor().set_fault(Fault::on("*", FaultKind::Unavailable));
    hub.turn().await;
    hub.turn().await;
    hub.vendor().clear_faults();
    hub.post("/api/integrations/hubspot/disconnect", &json!({})).await.expect(200);
    hub.turn().await;
    assert_eq!((hub.unsettled().await, hub.confirmed().await), (1, 0));
    hub.hub.connect(USER, HUBSPOT, &Consent::of(ADA)).await;
    hub.recovered().await;
    assert_eq!(hub.confirmed().await, 1);
    hub.only_deal();
}
