use mortise_plugin_api::crm::{Address, ContactDraft, DealDraft};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    check::{Check, LONGEST_TEXT},
    deal_contacts::ContactName,
};
use crate::app::HubError;

/// A struct with the fields that only the vendor sets beside its own: they are taken and ignored,
/// so that an answer can be sent back.
macro_rules! as_answered {
    ($(#[$about:meta])* pub struct $name:ident {
        $($(#[$note:meta])* pub $field:ident: $of:ty,)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$note])* #[serde(default)] pub $field: $of,)*
            /// The vendor's id.
            #[serde(default, rename = "id")]
            #[schema(read_only, value_type = Option<String>)]
            _id: IgnoredAny,
            /// Whether the vendor has put it away.
            #[serde(default, rename = "archived")]
            #[schema(read_only, value_type = Option<bool>)]
            _archived: IgnoredAny,
            /// When it was made.
            #[serde(default, rename = "created_at")]
            #[schema(read_only, value_type = Option<chrono::DateTime<chrono::Utc>>)]
            _created_at: IgnoredAny,
            /// When it was changed last.
            #[serde(default, rename = "updated_at")]
            #[schema(read_only, value_type = Option<chrono::DateTime<chrono::Utc>>)]
            _updated_at: IgnoredAny,
            /// Where people see it.
            #[serde(default, rename = "html_url")]
            #[schema(read_only, value_type = Option<String>)]
            _html_url: IgnoredAny,
        }
    };
}

as_answered! {
    /// A contact as callers write it. What an answer shows can be sent back: fields that only the
    /// vendor sets are taken and ignored. An empty text is the same as none.
    pub struct ContactInput {
        /// E-mail address; many vendors know a contact by it.
        pub email: Option<String>,
        /// Given name.
        pub first_name: Option<String>,
        /// Family name.
        pub last_name: Option<String>,
        /// Telephone number, as people write it.
        pub phone: Option<String>,
        /// Mobile telephone number.
        pub mobile_phone: Option<String>,
        /// The company's name.
        pub company: Option<String>,
        /// What the contact does there.
        pub job_title: Option<String>,
        /// Web address.
        pub website: Option<String>,
        /// Postal address.
        pub address: Option<Address>,
        /// The colleague who looks after the contact, by the vendor's id.
        pub owner_id: Option<String>,
        /// The vendor's own fields, by the vendor's names; null clears one.
        #[schema(value_type = Object)]
        pub extra: Map<String, Value>,
    }
}

as_answered! {
    /// A deal as callers write it. What an answer shows can be sent back: fields that only the
    /// vendor sets are taken and ignored. An empty text is the same as none.
    pub struct DealInput {
        /// What people call it.
        #[schema(required = true, value_type = String)]
        pub name: Option<String>,
        /// What it is worth: a decimal number, best as text: `"1250.50"`.
        pub amount: Option<AmountInput>,
        /// ISO 4217 code of the amount: `EUR`.
        pub currency: Option<String>,
        /// The pipeline, by the vendor's id.
        pub pipeline: Option<String>,
        /// How far it has come, by the vendor's id of the stage.
        pub stage: Option<String>,
        /// When it was or will be closed: RFC 3339 with offset.
        pub closes_at: Option<String>,
        /// Free text.
        pub description: Option<String>,
        /// The colleague who looks after the deal, by the vendor's id.
        pub owner_id: Option<String>,
        /// Its contacts: these and no other. Absent: they stay as they are.
        pub contacts: Option<Vec<DealContactInput>>,
        /// The vendor's own fields, by the vendor's names; null clears one.
        #[schema(value_type = Object)]
        pub extra: Map<String, Value>,
    }
}

/// A decimal number. As text it is kept exactly as it is written.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected a decimal number, best as text: \"1250.50\"")]
pub enum AmountInput {
    /// `"1250.50"`.
    Text(String),
    /// Up to 15 digits.
    Number(f64),
}

/// A contact of a deal: the vendor's id, or the record that is linked to it. Where both are given
/// the id counts.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DealContactInput {
    /// The vendor's id.
    #[serde(default)]
    pub id: Option<String>,
    /// The record's type, with `entity_id`.
    #[serde(default)]
    pub entity_type: Option<String>,
    /// The record's id.
    #[serde(default)]
    pub entity_id: Option<String>,
}

/// A draft that is right in itself.
pub struct Checked<D> {
    pub(super) draft: D,
    /// Contacts that are still to be found.
    pub(super) contacts: Option<Vec<ContactName>>,
}

impl ContactInput {
    pub(super) fn check(self) -> Result<Checked<ContactDraft>, HubError> {
        let mut check = Check::of("contact");
        let draft = ContactDraft {
            email: check.email(self.email),
            first_name: check.word("first_name", self.first_name),
            last_name: check.word("last_name", self.last_name),
            phone: check.word("phone", self.phone),
            mobile_phone: check.word("mobile_phone", self.mobile_phone),
            company: check.word("company", self.company),
            job_title: check.word("job_title", self.job_title),
            website: check.word("website", self.website),
            address: self.address.and_then(|address| check.address(address)),
            owner_id: check.id("owner_id", self.owner_id),
            extra: check.extra(self.extra),
        };
        check.done(Checked { draft, contacts: None })
    }
}

impl DealInput {
    pub(super) fn check(self) -> Result<Checked<DealDraft>, HubError> {
        let mut check = Check::of("deal");
        let draft = DealDraft {
            name: check.name(self.name),
            amount: self.amount.and_then(|amount| check.amount(amount)),
            currency: check.currency(self.currency),
            pipeline: check.word("pipeline", self.pipeline),
            stage: check.word("stage", self.stage),
            closes_at: check.moment("closes_at", self.closes_at),
            description: check.text("description", self.description, LONGEST_TEXT),
            owner_id: check.id("owner_id", self.owner_id),
            contacts: None,
            extra: check.extra(self.extra),
        };
        let contacts = self.contacts.map(|contacts| check.contacts(contacts));
        check.done(Checked { draft, contacts })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::check::LONGEST_WORD, *};

    fn faults<D>(checked: Result<Checked<D>, HubError>) -> Vec<String> {
        match checked.map(drop) {
            Err(HubError::Invalid(faults)) => faults.into_iter().map(|f| f.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn deal(input: Value) -> Result<Checked<DealDraft>, HubError> {
        serde_json::from_value::<DealInput>(input).unwrap().check()
    }

    fn contact(input: Value) -> Result<Checked<ContactDraft>, HubError> {
        serde_json::from_value::<ContactInput>(input).unwrap().check()
    }

    #[test]
    fn all_faults_of_a_deal_come_at_once_with_their_fields() {
        let found = faults(deal(json!({
            "name": " ", "amount": "1,5", "currency": "euro", "closes_at": "soon",
            "description": "x".repeat(LONGEST_TEXT + 1),
            "contacts": [{"id": "51"}, {"entity_type": "customer"}, {"id": ""}],
            "extra": {"a\nb": 1, "long": "x".repeat(LONGEST_TEXT)},
        })));
        let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                "deal.amount",
                "deal.closes_at",
                "deal.contacts.1",
                "deal.contacts.2",
                "deal.currency",
                "deal.description",
                "deal.extra",
                "deal.extra.long",
                "deal.name",
            ]
        );
    }

    #[test]
    fn all_faults_of_a_contact_come_at_once_with_their_fields() {
        let long = "x".repeat(LONGEST_WORD + 1);
        let found = faults(contact(json!({
            "email": "nobody", "first_name": long, "phone": "1\u{0}", "address": {"city": long},
        })));
        assert_eq!(
            found,
            ["contact.email", "contact.first_name", "contact.phone", "contact.address.city"]
        );
    }

    #[test]
    fn dots_are_no_ids() {
        for dots in [".", ".."] {
            let found = faults(deal(json!({
                "name": "T", "owner_id": dots, "contacts": [{"id": "..."}, {"id": dots}],
            })));
            assert_eq!(found, ["deal.owner_id", "deal.contacts.1"]);
            assert_eq!(faults(contact(json!({"owner_id": dots}))), ["contact.owner_id"]);
        }
    }

    #[test]
    fn a_deal_needs_a_name() {
        assert_eq!(faults(deal(json!({}))), ["deal.name"]);
        assert_eq!(faults(deal(json!({"name": ""}))), ["deal.name"]);
    }

    #[test]
    fn an_amount_is_kept_as_it_is_written() {
        let amount = |amount: Value| {
            deal(json!({"name": "New teeth", "amount": amount})).map(|deal| deal.draft.amount)
        };
        for (written, kept) in [
            (json!("1250.50"), "1250.50"),
            (json!("-0.001"), "-0.001"),
            (json!("123456789012345678.99"), "123456789012345678.99"),
            (json!(1250.5), "1250.5"),
            (json!(0.1), "0.1"),
            (json!(123_456_789_012_345_u64), "123456789012345"),
            (json!(-7), "-7"),
            (json!(-0.0), "0"),
        ] {
            assert_eq!(amount(written).unwrap().as_deref(), Some(kept));
        }
        assert_eq!(amount(json!("")).unwrap(), None);
        assert_eq!(amount(Value::Null).unwrap(), None);
        for wrong in [
            json!("1e3"),
            json!("+1"),
            json!(".5"),
            json!("5."),
            json!(" 1"),
            json!("--1"),
            json!("NaN"),
            json!("1".repeat(31)),
            json!(0.123_456_789_012_345_68),
            json!(1e300),
        ] {
            assert!(amount(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_answer_can_be_sent_back() {
        let times = json!({
            "id": "51", "archived": false, "html_url": "https://x.test",
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        });
        let mut answer = times.clone();
        answer["email"] = json!("ada@example.org");
        assert_eq!(contact(answer).unwrap().draft.email.as_deref(), Some("ada@example.org"));
        let mut answer = times;
        answer["name"] = json!("New teeth");
        answer["contacts"] = json!([{"id": "51", "entity_type": "customer", "entity_id": "42"}]);
        let contacts = deal(answer).unwrap().contacts.unwrap();
        assert_eq!(contacts, [ContactName::Id("51".into())]);
    }

    #[test]
    fn an_empty_text_is_none() {
        let draft = contact(json!({"email": "", "phone": "", "address": {"city": ""}}));
        assert_eq!(draft.unwrap().draft, ContactDraft::default());
    }
}
