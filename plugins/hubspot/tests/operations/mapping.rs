//! What is written and read back is the same, whatever the texts.

use mortise_plugin_api::{
    Map, Value,
    crm::{Address, Contact, ContactDraft, Deal, DealDraft},
    json, serde_json,
};
use proptest::{
    option,
    prelude::{Just, Strategy, any},
    prop_assert_eq, prop_oneof, proptest,
    sample::select,
};

use crate::support::{body, error_body, host, object};

const ODD: &[&str] = &[
    "Żółć 🦷 \"quoted\" <b>&amp;</b>",
    "👩‍👩‍👧‍👦",
    "\u{202e}backwards",
    "  spaces  ",
    "line\nbreak\ttab",
    "null",
    "0",
    "{\"json\": [1]}",
    "\u{0}nul",
    "e\u{301}",
];

/// HubSpot has no empty texts.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![select(ODD).prop_map(str::to_owned), "\\PC{1,40}"]
}

fn maybe() -> impl Strategy<Value = Option<String>> {
    option::of(text())
}

/// Names of HubSpot's own, and values as they are read.
fn extra() -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![text().prop_map(Value::String), Just(Value::Null)];
    proptest::collection::btree_map("x_[a-z0-9_]{1,10}", value, 0..4)
        .prop_map(|fields| fields.into_iter().collect())
}

fn contact() -> impl Strategy<Value = ContactDraft> {
    let names = (maybe(), maybe(), maybe(), maybe(), maybe(), maybe(), maybe());
    let address = (maybe(), maybe(), maybe(), maybe(), maybe());
    let email = option::of("[a-z]{1,8}@[a-z]{1,8}\\.example");
    (email, names, address, maybe(), extra()).prop_map(
        |(email, names, address, owner_id, extra)| {
            let (first_name, last_name, phone, mobile_phone, company, job_title, website) = names;
            let (street, city, region, postal_code, country) = address;
            let address = Address { street, city, region, postal_code, country };
            ContactDraft {
                email,
                first_name,
                last_name,
                phone,
                mobile_phone,
                company,
                job_title,
                website,
                address: (address != Address::default()).then_some(address),
                owner_id,
                extra,
            }
        },
    )
}

fn deal() -> impl Strategy<Value = DealDraft> {
    let texts = (text(), maybe(), maybe(), maybe(), maybe(), maybe(), maybe());
    // The years 0 to 9999 in milliseconds.
    let closes_at = option::of(-62_167_219_200_000_i64..253_402_300_800_000);
    (texts, closes_at, extra()).prop_map(|(texts, closes_at, extra)| {
        let (name, amount, currency, pipeline, stage, description, owner_id) = texts;
        let moment = mortise_plugin_api::chrono::DateTime::from_timestamp_millis;
        DealDraft {
            name,
            amount,
            currency,
            pipeline,
            stage,
            closes_at: closes_at.and_then(moment),
            description,
            owner_id,
            contacts: None,
            extra,
        }
    })
}

/// The properties that an update sends, as HubSpot has them afterwards.
fn written(operation: &str, input: Value, before: Value) -> Value {
    let host = host();
    host.answer_json(404, error_body("not_found"));
    host.call(operation, input).unwrap_err();
    let Value::Object(sent) = body(&host.requests()[0])["properties"].clone() else {
        panic!("properties are an object")
    };
    let mut after = before;
    for (name, value) in sent {
        assert!(value.is_string(), "{name}: {value}");
        after[name] = if value == "" { Value::Null } else { value };
    }
    after
}

fn read<T: serde::de::DeserializeOwned>(operation: &str, properties: Value) -> T {
    let host = host();
    host.answer_json(200, object("1", properties));
    let object = host.call(operation, json!({"id": "1"})).unwrap();
    serde_json::from_value(object).unwrap()
}

/// Something of HubSpot's own that no draft names.
const OTHERS: &str = "others_own";

proptest! {
    #[test]
    fn a_contact_comes_back_as_it_was_written(draft in contact(), before in contact()) {
        let input = |draft: &ContactDraft| json!({"id": "1", "contact": draft});
        let first = written("crm.update_contact", input(&before), json!({OTHERS: "kept"}));
        let after = written("crm.update_contact", input(&draft), first);
        let read: Contact = read("crm.get_contact", after);
        let mut extra = before.extra;
        extra.extend(draft.extra);
        extra.insert(OTHERS.to_owned(), json!("kept"));
        let expected = Contact {
            id: "1".to_owned(),
            email: draft.email,
            first_name: draft.first_name,
            last_name: draft.last_name,
            phone: draft.phone,
            mobile_phone: draft.mobile_phone,
            company: draft.company,
            job_title: draft.job_title,
            website: draft.website,
            address: draft.address,
            owner_id: draft.owner_id,
            created_at: read.created_at,
            updated_at: read.updated_at,
            extra,
            ..Contact::default()
        };
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn a_deal_comes_back_as_it_was_written(draft in deal(), before in deal()) {
        let input = |draft: &DealDraft| json!({"id": "1", "deal": draft});
        let first = written("crm.update_deal", input(&before), json!({OTHERS: "kept"}));
        let after = written("crm.update_deal", input(&draft), first);
        let read: Deal = read("crm.get_deal", after);
        let mut extra = before.extra;
        extra.extend(draft.extra);
        extra.insert(OTHERS.to_owned(), json!("kept"));
        let expected = Deal {
            id: "1".to_owned(),
            name: Some(draft.name),
            amount: draft.amount,
            currency: draft.currency,
            // HubSpot has no deal without them.
            pipeline: draft.pipeline.or(before.pipeline),
            stage: draft.stage.or(before.stage),
            closes_at: draft.closes_at,
            description: draft.description,
            owner_id: draft.owner_id,
            contacts: Some(vec![]),
            created_at: read.created_at,
            updated_at: read.updated_at,
            extra,
            ..Deal::default()
        };
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn whatever_hubspot_says_of_an_error_is_survived(
        status in 200_u16..600,
        message in "\\PC{0,60}",
        name in any::<String>(),
    ) {
        let bodies = [
            json!({"message": message, "category": name}),
            json!({"message": format!("Property {message} [{{\"name\": \"{name}\"}}"), "errors": [
                {"message": message, "in": name, "context": {"propertyName": [name]}},
                message,
            ]}),
            json!({"category": "VALIDATION_ERROR", "errors": {"message": message}}),
        ];
        for body in bodies {
            let host = host();
            // Enough for the longest way that a write can take.
            for _ in 0..8 {
                host.answer_json(status, body.clone());
            }
            let contact = json!({"first_name": "Ada", "extra": {"shoe_size": 42}});
            let answer = host.call("crm.create_contact", json!({"key": "k", "contact": contact}));
            prop_assert_eq!(answer.is_err(), true);
        }
    }
}
