//! A vendor whose JSON is the model's own.

use std::sync::Arc;

use mortise_plugin_api::{
    Context, Error, ErrorKind, Manifest, Provider, Response, Result, Settings, Value,
    crm::{
        self, Contact, ContactPage, CreateContact, CreateDeal, Crm, Deal, DealPage, DeleteObject,
        FindContact, FoundContact, GetObject, ListObjects, UpdateContact, UpdateDeal,
    },
    export::{Answer, Exported},
    json, path,
    testing::contract::{self, Recorded},
};
use rstest::rstest;

use crate::{broken, ok, refusal, refused, report, shared_errors, with_input};

/// A card index with one fault each; see the table of the test.
struct Cards<const FAULT: u8>;

const GOOD: u8 = 0;
const FORGETS_THE_KEY: u8 = 1;
const CREATES_AGAIN: u8 = 2;
const BLAMES_NOBODY: u8 = 3;
const SEARCHES_FOR_ALL: u8 = 4;
const DROPS_EXTRA: u8 = 5;
const HAS_NO_DEALS: u8 = 6;

impl<const FAULT: u8> Provider for Cards<FAULT> {
    fn manifest() -> Manifest {
        let mut manifest = Manifest::new("cards", "Cards", "0.1.0");
        manifest.api_base = "https://cards.example.org".into();
        let has_deals = FAULT != HAS_NO_DEALS;
        let operations: Vec<_> = crm::OPERATIONS
            .iter()
            .copied()
            .filter(|operation| has_deals || !operation.contains("deal"))
            .collect();
        manifest.with_capability(crm::CAPABILITY, &operations)
    }

    fn new(_: &Settings) -> Result<Self> {
        Ok(Self)
    }

    fn vendor_error(answer: &Response) -> Error {
        let error = refused(answer);
        let field = answer.json::<Value>().unwrap_or_default()["field"].as_str().map(str::to_owned);
        Error { field: field.filter(|_| FAULT != BLAMES_NOBODY), ..error }
    }
}

fn read<const FAULT: u8>(mut contact: Contact) -> Result<Contact> {
    if contact.id.is_empty() {
        return Err(Error::new(ErrorKind::BadAnswer, "the contact has no id"));
    }
    if FAULT == DROPS_EXTRA {
        contact.extra.clear();
    }
    Ok(contact)
}

impl<const FAULT: u8> Crm for Cards<FAULT> {
    async fn create_contact(&self, cx: &Context, input: CreateContact) -> Result<Contact> {
        let create = || cx.post("/contacts").json(&input.contact);
        match create().send().await {
            Err(error) if error.kind == ErrorKind::Conflict && FAULT == CREATES_AGAIN => {
                read::<FAULT>(create().send().await?)
            }
            Err(error) if error.kind == ErrorKind::Conflict => {
                read::<FAULT>(cx.get("/contacts").query("email", "ada").send().await?)
            }
            made => read::<FAULT>(made?),
        }
    }

    async fn get_contact(&self, cx: &Context, input: GetObject) -> Result<Contact> {
        read::<FAULT>(cx.get(path!("/contacts/{}", input.id)).send().await?)
    }

    async fn find_contact(&self, cx: &Context, input: FindContact) -> Result<FoundContact> {
        cx.get("/contacts").query("email", input.email).send().await
    }

    async fn update_contact(&self, cx: &Context, input: UpdateContact) -> Result<Contact> {
        let path = path!("/contacts/{}", input.id);
        read::<FAULT>(cx.patch(path).json(&input.contact).send().await?)
    }

    async fn delete_contact(&self, cx: &Context, input: DeleteObject) -> Result<()> {
        cx.delete(path!("/contacts/{}", input.id)).send_no_body().await
    }

    async fn list_contacts(&self, cx: &Context, input: ListObjects) -> Result<ContactPage> {
        let words = input.query.filter(|_| FAULT != SEARCHES_FOR_ALL);
        cx.get("/contacts").maybe_query("q", words).maybe_query("page", input.page).send().await
    }

    async fn create_deal(&self, cx: &Context, input: CreateDeal) -> Result<Deal> {
        let key = if FAULT == FORGETS_THE_KEY { "" } else { &input.key };
        cx.post("/deals").header("idempotency-key", key).json(&input.deal).send().await
    }

    async fn get_deal(&self, cx: &Context, input: GetObject) -> Result<Deal> {
        cx.get(path!("/deals/{}", input.id)).send().await
    }

    async fn update_deal(&self, cx: &Context, input: UpdateDeal) -> Result<Deal> {
        cx.patch(path!("/deals/{}", input.id)).json(&input.deal).send().await
    }

    async fn delete_deal(&self, cx: &Context, input: DeleteObject) -> Result<()> {
        cx.delete(path!("/deals/{}", input.id)).send_no_body().await
    }

    async fn list_deals(&self, cx: &Context, _: ListObjects) -> Result<DealPage> {
        cx.get("/deals").send().await
    }
}

impl<const FAULT: u8> Exported for Cards<FAULT> {
    fn dispatch(self: Arc<Self>, cx: Context, operation: &str, input: &[u8]) -> Option<Answer> {
        crm::dispatch(self, cx, operation, input)
    }
}

fn contact(id: &str) -> Value {
    json!({
        "id": id,
        "email": "ada@example.org",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone": "+49 30 1234",
        "company": "Analytical Engines",
        "job_title": "Countess",
        "website": "https://ada.example.org",
        "address": {
            "street": "Main St 1",
            "city": "Berlin",
            "postal_code": "10115",
            "country": "Germany",
        },
        "owner_id": "901",
        "extra": {"favourite_colour": "teal", "lastmodified": "today"},
    })
}

fn deal() -> Value {
    json!({
        "id": "deal-1",
        "name": "New teeth",
        "amount": "1250.50",
        "currency": "EUR",
        "pipeline": "default",
        "stage": "appointmentscheduled",
        "closes_at": "2026-12-31T12:00:00Z",
        "contacts": ["contact-1"],
        "owner_id": "901",
    })
}

/// A canonical object with one field replaced.
fn but(mut object: Value, field: &str, value: Value) -> Value {
    object[field] = value;
    ok(object)
}

fn pages(first: &[&str], second: &[&str]) -> Value {
    let page = |ids: &[&str], next: Value| {
        let contacts: Vec<_> = ids.iter().map(|id| contact(id)).collect();
        json!([{"status": 200, "body": {"contacts": contacts, "next_page": next}}])
    };
    json!({"answers": [page(first, json!("2")), page(second, Value::Null)]})
}

fn recording() -> Value {
    let ada = || ok(contact("contact-1"));
    let blamed = json!({"field": "contact.extra.shoe_size"});
    let mut rules = json!({
        "create_contact": ada(),
        "create_contact_repeated":
            {"answers": [{"status": 409}, {"status": 200, "body": contact("contact-1")}]},
        "get_contact": ada(),
        "get_contact_missing": refusal(404),
        "find_contact": ok(json!({"contact": contact("contact-1")})),
        "find_contact_none": ok(json!({})),
        "update_contact": ada(),
        "update_contact_taken": refusal(409),
        "unknown_property": {"answers": [{"status": 400, "body": blamed}]},
        "delete_contact": {"answers": [{"status": 204}]},
        "delete_contact_missing": refusal(404),
        "list_contacts_two_pages": pages(&["contact-1", "contact-2"], &["contact-3"]),
        "list_contacts_empty": ok(json!({"contacts": []})),
        "search_contacts": ok(json!({"contacts": [contact("contact-1")]})),
        "create_deal": ok(deal()),
        "create_deal_repeated": ok(deal()),
        "get_deal": ok(deal()),
        "get_deal_missing": refusal(410),
        "update_deal": ok(deal()),
        "delete_deal": {"answers": [{"status": 204}]},
        "list_deals_empty": ok(json!({"deals": []})),
    });
    rules.as_object_mut().unwrap().extend(shared_errors().as_object().unwrap().clone());
    json!({"rules": rules})
}

fn run<const FAULT: u8>(recording: &Value) -> Vec<String> {
    let recorded = Recorded::read(&recording.to_string());
    broken(|| contract::crm::<Cards<FAULT>>(&recorded))
}

#[test]
fn a_plugin_that_keeps_every_rule_passes() {
    assert_eq!(run::<GOOD>(&recording()), [""; 0]);
}

#[rstest]
#[case(run::<FORGETS_THE_KEY>, &["create_deal"])]
#[case(run::<CREATES_AGAIN>, &["create_contact_repeated"])]
#[case(run::<BLAMES_NOBODY>, &["unknown_property"])]
#[case(run::<SEARCHES_FOR_ALL>, &["search_contacts"])]
#[case(run::<DROPS_EXTRA>, &[
    "create_contact", "create_contact_repeated", "get_contact", "update_contact",
])]
fn a_plugin_that_breaks_rules_is_told_which(
    #[case] run: fn(&Value) -> Vec<String>,
    #[case] rules: &[&str],
) {
    assert_eq!(run(&recording()), rules);
}

#[test]
fn operations_that_the_manifest_does_not_list_are_not_asked_for() {
    let mut recording = recording();
    let rules = recording["rules"].as_object_mut().unwrap();
    rules.retain(|name, _| !name.contains("deal"));
    assert_eq!(run::<HAS_NO_DEALS>(&recording), [""; 0]);
    let missing = run::<GOOD>(&recording);
    assert_eq!(missing.len(), 7, "{missing:?}");
}

#[test]
fn a_recording_lacks_no_rule_and_makes_none_up() {
    let mut recording = recording();
    recording["rules"].as_object_mut().unwrap().remove("get_deal");
    recording["rules"]["get_deals"] = ok(deal());
    let recorded = Recorded::read(&recording.to_string());
    let said = report(|| contract::crm::<Cards<GOOD>>(&recorded));
    assert!(said.contains("get_deal: it has no recording"), "{said}");
    assert!(said.contains("get_deals: there is no such rule"), "{said}");
    let calendar = report(|| contract::calendar::<Cards<GOOD>>(&recorded));
    assert!(calendar.contains("the manifest lists no operation of calendar"), "{calendar}");
}

/// Each rule with an answer that does not present what the rule asks for.
#[rstest]
#[case("create_contact", ok(contact("contact-2")))]
#[case("get_contact", but(contact("contact-1"), "email", json!("a@example.org")))]
#[case("get_contact", but(contact("contact-1"), "first_name", Value::Null))]
#[case("get_contact", but(contact("contact-1"), "last_name", Value::Null))]
#[case("get_contact", but(contact("contact-1"), "phone", json!("+49301234")))]
#[case("get_contact", but(contact("contact-1"), "mobile_phone", json!("1")))]
#[case("get_contact", but(contact("contact-1"), "company", Value::Null))]
#[case("get_contact", but(contact("contact-1"), "job_title", Value::Null))]
#[case("get_contact", but(contact("contact-1"), "website", Value::Null))]
#[case("get_contact", but(contact("contact-1"), "address", json!({"city": "Berlin"})))]
#[case("get_contact", but(contact("contact-1"), "owner_id", json!("902")))]
#[case("get_contact", but(contact("contact-1"), "archived", json!(true)))]
#[case("get_contact", but(contact("contact-1"), "extra", json!({"favourite_colour": "red"})))]
#[case("get_contact_missing", ok(contact("contact-1")))]
#[case("find_contact", ok(json!({})))]
#[case("find_contact_none", ok(json!({"contact": contact("contact-1")})))]
#[case("update_contact_taken", refusal(404))]
#[case("unknown_property", refusal(409))]
#[case("unknown_property", refusal(400))]
#[case("delete_contact", refusal(404))]
#[case("delete_contact_missing", refusal(409))]
#[case("list_contacts_two_pages", pages(&["contact-1"], &["contact-2"]))]
#[case("list_contacts_two_pages", pages(&["contact-1", "contact-2"], &["contact-2"]))]
#[case("list_contacts_empty", ok(json!({"contacts": [], "warnings": ["one is broken"]})))]
#[case("search_contacts", ok(json!({"contacts": []})))]
#[case("list_cursor_lost", with_input(refusal(404), json!({"page": "x"})))]
#[case("create_deal", but(deal(), "id", json!("")))]
#[case("get_deal", but(deal(), "name", json!("Old teeth")))]
#[case("get_deal", but(deal(), "amount", json!("1250.5")))]
#[case("get_deal", but(deal(), "currency", Value::Null))]
#[case("get_deal", but(deal(), "pipeline", Value::Null))]
#[case("get_deal", but(deal(), "stage", Value::Null))]
#[case("get_deal", but(deal(), "closes_at", json!("2026-12-31T12:00:01Z")))]
#[case("get_deal", but(deal(), "contacts", Value::Null))]
#[case("get_deal", but(deal(), "contacts", json!(["contact-2"])))]
#[case("get_deal", but(deal(), "owner_id", Value::Null))]
#[case("get_deal", but(deal(), "archived", json!(true)))]
#[case("get_deal_missing", ok(deal()))]
#[case("delete_deal", refusal(404))]
#[case("list_deals_empty", ok(json!({"deals": [deal()]})))]
fn each_demand_of_a_rule_is_seen_to_fail(#[case] rule: &str, #[case] answers: Value) {
    let mut recording = recording();
    recording["rules"][rule] = answers;
    assert_eq!(run::<GOOD>(&recording), [rule]);
}
