//! A hub with a user whose HubSpot is connected, and short words for what the tests say often.

use mortise_sandbox::{HubSpotApi, ObjectType, StoredObject, Vendor};
use mortise_tests::{ADA, Answer, Client, Consent, Fault, FaultKind, HUBSPOT, TestHub};
use serde_json::{Value, json};

/// The user whose account [`ADA`] is.
pub const USER: &str = "ada";

pub const CONTACTS: &str = "/api/crm/contacts";
pub const DEALS: &str = "/api/crm/deals";
/// The record that most tests link to a contact.
pub const CUSTOMER: &str = "/api/crm/contacts/customer/42";
/// The record that most tests link to a deal.
pub const QUOTE: &str = "/api/crm/deals/quote/7";

/// A hub, and the user's calls with the backend's key.
pub struct Connected {
    pub hub: TestHub,
    pub user: Client,
}

/// The user is connected to HubSpot with all scopes.
pub async fn connected() -> Connected {
    connected_over(TestHub::start().await, None).await
}

/// The user ticked these scopes only.
pub async fn connected_with(scopes: &[&str]) -> Connected {
    connected_over(TestHub::start().await, Some(scopes)).await
}

/// As [`connected`], with a hub that waits a second for the vendor at most.
pub async fn impatient() -> Connected {
    let hub = TestHub::options().set("outbound.timeout_seconds", "1").start().await;
    connected_over(hub, None).await
}

async fn connected_over(hub: TestHub, scopes: Option<&[&str]>) -> Connected {
    let scopes = scopes.map(|scopes| scopes.iter().map(|&scope| scope.to_owned()).collect());
    hub.connect(USER, HUBSPOT, &Consent { scopes, ..Consent::of(ADA) }).await;
    let user = hub.as_user(USER);
    Connected { hub, user }
}

impl Connected {
    pub fn vendor(&self) -> &Vendor<HubSpotApi> {
        self.hub.sandbox.hubspot()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.user.post(path, body.clone()).await
    }

    /// A session of the user that may use Google alone.
    pub async fn session_for_google(&self) -> Client {
        let more = json!({"providers": ["google_calendar"]});
        self.hub.anonymous().bearer(&self.hub.session_token(USER, more).await)
    }

    /// Makes the customer's contact; what POST answers.
    pub async fn made_contact(&self) -> Value {
        self.post(CONTACTS, &customer("42", ada())).await.expect(201).body
    }

    /// Makes the quote's deal; what POST answers.
    pub async fn made_deal(&self) -> Value {
        self.post(DEALS, &quote("7", teeth())).await.expect(201).body
    }

    pub fn live_contacts(&self) -> Vec<StoredObject> {
        self.vendor().contacts(ADA).into_iter().filter(|contact| !contact.archived).collect()
    }

    pub fn live_deals(&self) -> Vec<StoredObject> {
        self.vendor().deals(ADA).into_iter().filter(|deal| !deal.archived).collect()
    }

    /// The only contact that the account has.
    #[track_caller]
    pub fn only_contact(&self) -> StoredObject {
        only(self.live_contacts())
    }

    /// The only deal that the account has.
    #[track_caller]
    pub fn only_deal(&self) -> StoredObject {
        only(self.live_deals())
    }

    /// Gives the vendor's contacts a field of their own.
    pub fn define(&self, of: ObjectType, name: &str) {
        self.vendor().put_property(ADA, of, json!({"name": name})).unwrap();
    }

    /// What the plugin makes with the first deal of an account.
    pub fn define_key(&self, of: ObjectType) {
        let key = json!({"name": "mortise_key", "hasUniqueValue": true});
        self.vendor().put_property(ADA, of, key).unwrap();
    }

    pub async fn links(&self) -> i64 {
        self.hub.rows.count("crm_links").await
    }

    /// How often the vendor was asked to write.
    pub fn writes(&self) -> usize {
        let requests = self.vendor().requests().into_iter();
        let of_objects = requests.filter(|asked| asked.path.starts_with("/crm/"));
        of_objects.filter(|asked| asked.method != "GET").count()
    }

    /// Loses the answer to a creation: the vendor has made the object.
    pub async fn lose_the_answer_to(&self, path: &str, body: &Value) {
        // Else the first request of a new account would be one that the vendor refuses.
        self.define_key(ObjectType::Deals);
        self.vendor().set_fault(on_upsert(path, FaultKind::DoThenCut).times(1));
        refused(&self.post(path, body).await, 503, "vendor-unavailable");
    }
}

#[track_caller]
fn only(mut objects: Vec<StoredObject>) -> StoredObject {
    assert_eq!(objects.len(), 1, "{objects:?}");
    objects.remove(0)
}

/// A fault on what makes the vendor's object behind one of the hub's addresses: deals are upserted
/// by their key, contacts are made where none is found.
pub fn on_upsert(path: &str, kind: FaultKind) -> Fault {
    match path {
        CONTACTS => Fault::on("/crm/v3/objects/contacts", kind).method("POST"),
        _ => Fault::on("/crm/v3/objects/deals/batch/upsert", kind),
    }
}

/// A problem with this status and code; its body.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.refusal(), (status, code), "{}", answer.text);
    answer.body.clone()
}

/// Input in which these fields are at fault.
#[track_caller]
pub fn invalid(answer: &Answer, fields: &[&str]) {
    refused(answer, 422, "invalid");
    assert_eq!(answer.fields(), fields, "{}", answer.text);
}

/// The body of a POST for a customer.
pub fn customer(id: &str, contact: Value) -> Value {
    json!({"entity_type": "customer", "entity_id": id, "contact": contact})
}

/// The body of a POST for a quote.
pub fn quote(id: &str, deal: Value) -> Value {
    json!({"entity_type": "quote", "entity_id": id, "deal": deal})
}

/// A contact as callers write it.
pub fn ada() -> Value {
    json!({
        "email": "ada@example.org", "first_name": "Ada", "last_name": "Lovelace",
        "phone": "+49 30 1234", "address": {"city": "Berlin", "postal_code": "10115"},
    })
}

/// A deal as callers write it.
pub fn teeth() -> Value {
    json!({
        "name": "New teeth", "amount": "1250.50", "currency": "EUR", "pipeline": "default",
        "stage": "qualifiedtobuy", "closes_at": "2026-12-31T12:00:00Z",
    })
}
