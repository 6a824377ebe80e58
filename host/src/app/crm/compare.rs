//! Whether an object has what a draft asks for. What the draft leaves out may be anything: a
//! creation takes an object that is there and lets its other fields stay.

use std::collections::BTreeSet;

use mortise_plugin_api::crm::{Address, Contact, ContactDraft, Deal, DealDraft};
use serde_json::{Map, Value};

pub(super) fn contact(contact: &Contact, draft: &ContactDraft) -> bool {
    let email = |email: &Option<String>| email.as_ref().map(|email| email.trim().to_lowercase());
    (draft.email.is_none() || email(&contact.email) == email(&draft.email))
        && text(&contact.first_name, &draft.first_name)
        && text(&contact.last_name, &draft.last_name)
        && text(&contact.phone, &draft.phone)
        && text(&contact.mobile_phone, &draft.mobile_phone)
        && text(&contact.company, &draft.company)
        && text(&contact.job_title, &draft.job_title)
        && website(&contact.website, &draft.website)
        && address(contact.address.as_ref(), draft.address.as_ref())
        && text(&contact.owner_id, &draft.owner_id)
        && extra(&contact.extra, &draft.extra)
}

pub(super) fn deal(deal: &Deal, draft: &DealDraft) -> bool {
    let contacts =
        |ids: &Option<Vec<String>>| -> BTreeSet<String> { ids.iter().flatten().cloned().collect() };
    let millis = |at: &Option<chrono::DateTime<chrono::Utc>>| at.map(|at| at.timestamp_millis());
    text(&deal.name, &Some(draft.name.clone()))
        && (draft.amount.is_none() || amount(&deal.amount) == amount(&draft.amount))
        && text(&deal.currency, &draft.currency)
        && text(&deal.pipeline, &draft.pipeline)
        && text(&deal.stage, &draft.stage)
        && (draft.closes_at.is_none() || millis(&deal.closes_at) == millis(&draft.closes_at))
        && text(&deal.description, &draft.description)
        && text(&deal.owner_id, &draft.owner_id)
        && (draft.contacts.is_none() || contacts(&deal.contacts) == contacts(&draft.contacts))
        && extra(&deal.extra, &draft.extra)
}

fn text(there: &Option<String>, asked: &Option<String>) -> bool {
    asked.as_ref().is_none_or(|asked| there.as_deref().unwrap_or_default().trim() == asked.trim())
}

/// Vendors write addresses of the web in ways of their own.
fn website(there: &Option<String>, asked: &Option<String>) -> bool {
    let bare = |url: &Option<String>| {
        let url = url.as_deref().unwrap_or_default().trim().to_lowercase();
        let bare = url.trim_start_matches("https://").trim_start_matches("http://");
        bare.trim_end_matches('/').to_owned()
    };
    asked.is_none() || bare(there) == bare(asked)
}

fn address(there: Option<&Address>, asked: Option<&Address>) -> bool {
    let Some(asked) = asked else { return true };
    let none = Address::default();
    let there = there.unwrap_or(&none);
    text(&there.street, &asked.street)
        && text(&there.city, &asked.city)
        && text(&there.region, &asked.region)
        && text(&there.postal_code, &asked.postal_code)
        && text(&there.country, &asked.country)
}

/// A decimal number without what does not change its value.
fn amount(written: &Option<String>) -> Option<String> {
    let written = written.as_deref()?.trim();
    let (sign, digits) = written.strip_prefix('-').map_or(("", written), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let sign = if whole.is_empty() && fraction.is_empty() { "" } else { sign };
    Some(format!("{sign}{whole}.{fraction}"))
}

/// Some vendors keep texts only.
fn extra(there: &Map<String, Value>, asked: &Map<String, Value>) -> bool {
    let text = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(other) => other.to_string(),
    };
    asked.iter().all(|(name, value)| text(there.get(name)) == text(Some(value)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_draft_leaves_out_may_be_anything() {
        let there = Contact {
            email: Some("Ada@Example.org".into()),
            phone: Some("123".into()),
            website: Some("http://ada.example.org".into()),
            ..Contact::default()
        };
        let asked = |draft: ContactDraft| contact(&there, &draft);
        assert!(asked(ContactDraft::default()));
        assert!(asked(ContactDraft {
            email: Some("ada@example.org".into()),
            ..Default::default()
        }));
        assert!(asked(ContactDraft {
            website: Some("https://ada.example.org/".into()),
            ..Default::default()
        }));
        assert!(!asked(ContactDraft { phone: Some("124".into()), ..Default::default() }));
        let city = Some(Address { city: Some("Berlin".into()), ..Address::default() });
        assert!(!asked(ContactDraft { address: city, ..Default::default() }));
    }

    #[test]
    fn amounts_are_compared_by_their_value() {
        let same = |a: &str, b: &str| amount(&Some(a.into())) == amount(&Some(b.into()));
        assert!(same("1250.50", "1250.5"));
        assert!(same("007", "7.00"));
        assert!(same("-0.0", "0"));
        assert!(!same("1250.5", "12505"));
        assert!(!same("-1", "1"));
        assert!(!same("10", "1"));
    }

    #[test]
    fn extra_fields_are_compared_as_text() {
        let there = json!({"shoe_size": "42", "vip": "true", "other": "x"});
        let same = |asked: Value| extra(there.as_object().unwrap(), asked.as_object().unwrap());
        assert!(same(json!({"shoe_size": 42, "vip": true, "gone": null})));
        assert!(!same(json!({"shoe_size": 43})));
        assert!(!same(json!({"other": null})));
    }
}
