//! The canonical contact and deal, and how those that were read differ from them.

use serde_json::{Value, json};

use super::run::{Faults, Given, Ran, differ};
use crate::crm::{Address, Contact, Deal};

const CLOSES_AT: &str = "2026-12-31T12:00:00Z";

pub(super) fn contact_id<'a>(given: &'a Given<'_>) -> &'a str {
    given.text_or("contact_id", "contact-1")
}

/// The canonical contact as it is written, with one field of the vendor's own.
pub(super) fn contact_draft(extra: &str, value: &str) -> Value {
    json!({
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
        "extra": {extra: value},
    })
}

/// The canonical deal as it is written.
pub(super) fn deal_draft(given: &Given<'_>) -> Value {
    json!({
        "name": "New teeth",
        "amount": "1250.50",
        "currency": "EUR",
        "pipeline": "default",
        "stage": "appointmentscheduled",
        "closes_at": CLOSES_AT,
        "contacts": [contact_id(given)],
        "owner_id": "901",
    })
}

/// How a contact differs from the canonical one.
pub(super) fn contact(contact: &Contact, ran: &Ran<'_>) -> Faults {
    let some = |text: &str| Some(text.to_owned());
    let address = Address {
        street: some("Main St 1"),
        city: some("Berlin"),
        region: None,
        postal_code: some("10115"),
        country: some("Germany"),
    };
    let colour = contact.extra.get("favourite_colour");
    let faults = [
        differ("id", &contact.id.as_str(), &contact_id(&ran.given)),
        differ("email", &contact.email, &some("ada@example.org")),
        differ("first_name", &contact.first_name, &some("Ada")),
        differ("last_name", &contact.last_name, &some("Lovelace")),
        differ("phone", &contact.phone, &some("+49 30 1234")),
        differ("mobile_phone", &contact.mobile_phone, &None),
        differ("company", &contact.company, &some("Analytical Engines")),
        differ("job_title", &contact.job_title, &some("Countess")),
        differ("website", &contact.website, &some("https://ada.example.org")),
        differ("address", &contact.address, &Some(address)),
        differ("owner_id", &contact.owner_id, &some("901")),
        differ("archived", &contact.archived, &false),
        differ("extra.favourite_colour", &colour, &Some(&Value::from("teal"))),
    ];
    faults.into_iter().flatten().collect()
}

/// How a deal differs from the canonical one.
pub(super) fn deal(deal: &Deal, ran: &Ran<'_>) -> Faults {
    let some = |text: &str| Some(text.to_owned());
    let contacts = Some(vec![contact_id(&ran.given).to_owned()]);
    let faults = [
        deal.id.is_empty().then(|| "id is empty".to_owned()),
        differ("name", &deal.name, &some("New teeth")),
        differ("amount", &deal.amount, &some("1250.50")),
        differ("currency", &deal.currency, &some("EUR")),
        differ("pipeline", &deal.pipeline, &some("default")),
        differ("stage", &deal.stage, &some("appointmentscheduled")),
        differ("closes_at", &deal.closes_at, &CLOSES_AT.parse().ok()),
        differ("contacts", &deal.contacts, &contacts),
        differ("owner_id", &deal.owner_id, &some("901")),
        differ("archived", &deal.archived, &false),
    ];
    faults.into_iter().flatten().collect()
}
