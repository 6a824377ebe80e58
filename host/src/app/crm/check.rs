use chrono::{DateTime, Utc};
use mortise_plugin_api::crm::Address;
use serde_json::{Map, Value};

use super::{
    deal_contacts::ContactName,
    input::{AmountInput, DealContactInput},
};
use crate::{
    app::HubError,
    domain::{
        email::looks_like_address,
        event_time::{FieldError, read_moment},
        links::Entity,
    },
};

/// Texts of these sizes are more than any vendor keeps (bytes).
pub(super) const LONGEST_TEXT: usize = 64 * 1024;
pub(super) const LONGEST_WORD: usize = 4 * 1024;
const LONGEST_NAME: usize = 250;
const MOST_EXTRA: usize = 200;
const MOST_FIELDS: usize = 50;
const MOST_CONTACTS: usize = 100;
/// Digits of an amount.
const MOST_DIGITS: usize = 30;
/// Decimal digits that a JSON number keeps on its way through any program.
const EXACT_DIGITS: usize = 15;

const NO_ID: &str = "no vendor has such an id";

/// The faults of one input so far.
pub(super) struct Check {
    of: &'static str,
    faults: Vec<FieldError>,
}

impl Check {
    pub(super) fn of(of: &'static str) -> Self {
        Self { of, faults: Vec::new() }
    }

    pub(super) fn done<T>(self, checked: T) -> Result<T, HubError> {
        if self.faults.is_empty() { Ok(checked) } else { Err(HubError::Invalid(self.faults)) }
    }

    fn fault(&mut self, field: &str, message: impl Into<String>) {
        self.faults.push(FieldError::new(format!("{}.{field}", self.of), message));
    }

    pub(super) fn text(
        &mut self,
        field: &str,
        text: Option<String>,
        longest: usize,
    ) -> Option<String> {
        let text = text.filter(|text| !text.is_empty())?;
        if text.len() > longest {
            self.fault(field, format!("longer than {longest} bytes"));
        } else if text.contains('\0') {
            self.fault(field, "has a NUL character");
        }
        Some(text)
    }

    pub(super) fn word(&mut self, field: &str, text: Option<String>) -> Option<String> {
        self.text(field, text, LONGEST_WORD)
    }

    /// A vendor's id of something.
    pub(super) fn id(&mut self, field: &str, id: Option<String>) -> Option<String> {
        if id.as_deref().is_some_and(is_dots) {
            self.fault(field, NO_ID);
        }
        self.word(field, id)
    }

    pub(super) fn name(&mut self, name: Option<String>) -> String {
        let name = name.unwrap_or_default();
        if name.trim().is_empty() {
            self.fault("name", "give the deal a name");
        }
        self.word("name", Some(name)).unwrap_or_default()
    }

    pub(super) fn email(&mut self, email: Option<String>) -> Option<String> {
        let email = email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty())?;
        if !looks_like_address(&email) {
            self.fault("email", "not an e-mail address");
        }
        Some(email)
    }

    pub(super) fn address(&mut self, address: Address) -> Option<Address> {
        let address = Address {
            street: self.word("address.street", address.street),
            city: self.word("address.city", address.city),
            region: self.word("address.region", address.region),
            postal_code: self.word("address.postal_code", address.postal_code),
            country: self.word("address.country", address.country),
        };
        (address != Address::default()).then_some(address)
    }

    pub(super) fn amount(&mut self, amount: AmountInput) -> Option<String> {
        let text = match amount {
            AmountInput::Text(text) if text.is_empty() => return None,
            AmountInput::Text(text) => text,
            // Also "-0.0", which is no other number than 0.
            AmountInput::Number(0.0) => "0".to_owned(),
            AmountInput::Number(number) => {
                let text = number.to_string();
                let digits = text.replace(['-', '.'], "");
                if digits.trim_matches('0').len() > EXACT_DIGITS {
                    self.fault("amount", "a number of so many digits has to be written as text");
                    return None;
                }
                text
            }
        };
        if !is_decimal(&text) {
            self.fault("amount", "not a decimal number such as 1250.50");
        }
        Some(text)
    }

    pub(super) fn currency(&mut self, currency: Option<String>) -> Option<String> {
        let currency = currency.filter(|currency| !currency.is_empty())?;
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            self.fault("currency", "give the three capital letters of ISO 4217, such as EUR");
        }
        Some(currency)
    }

    pub(super) fn moment(&mut self, field: &str, text: Option<String>) -> Option<DateTime<Utc>> {
        let text = text.filter(|text| !text.is_empty())?;
        read_moment(&format!("{}.{field}", self.of), &text)
            .map_err(|fault| self.faults.push(fault))
            .ok()
    }

    pub(super) fn contacts(&mut self, contacts: Vec<DealContactInput>) -> Vec<ContactName> {
        if contacts.len() > MOST_CONTACTS {
            self.fault("contacts", format!("more than {MOST_CONTACTS} contacts"));
            return Vec::new();
        }
        let mut names = Vec::new();
        for (index, contact) in contacts.into_iter().enumerate() {
            match contact_name(contact) {
                Ok(name) => names.push(name),
                Err(message) => self.fault(&format!("contacts.{index}"), message),
            }
        }
        names
    }

    pub(super) fn extra(&mut self, extra: Map<String, Value>) -> Map<String, Value> {
        if extra.len() > MOST_EXTRA {
            self.fault("extra", format!("more than {MOST_EXTRA} fields"));
            return extra;
        }
        for (name, value) in &extra {
            if !is_field_name(name) {
                self.fault("extra", format!("{name:.40?} cannot be a field's name"));
            } else if value.to_string().len() > LONGEST_TEXT {
                self.fault(&format!("extra.{name}"), format!("longer than {LONGEST_TEXT} bytes"));
            }
        }
        extra
    }
}

fn contact_name(contact: DealContactInput) -> Result<ContactName, String> {
    let fits = |id: &str| (1..=LONGEST_NAME).contains(&id.len()) && !id.contains(char::is_control);
    match (contact.id, contact.entity_type, contact.entity_id) {
        (Some(id), _, _) if is_dots(&id) => Err(NO_ID.to_owned()),
        (Some(id), _, _) if fits(&id) => Ok(ContactName::Id(id)),
        (Some(_), _, _) => Err(format!("a vendor's id has 1 to {LONGEST_NAME} bytes")),
        (None, Some(kind), Some(id)) => match Entity::new(kind, id) {
            Ok(entity) => Ok(ContactName::Record(entity)),
            Err(fault) => Err(fault.to_string()),
        },
        _ => Err("give the vendor's id, or entity_type and entity_id".to_owned()),
    }
}

/// Ids become segments of vendors' addresses, in which these lead elsewhere.
fn is_dots(id: &str) -> bool {
    matches!(id, "." | "..")
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    number(whole) && number(fraction) && digits.len() <= MOST_DIGITS
}

fn is_field_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len()) && !name.contains(char::is_control)
}

/// Reads `fields`: names of the vendor's own fields, with commas between them.
///
/// # Errors
/// `Invalid` for a text that can be no name, and for more than 50.
pub fn read_fields(fields: Option<&str>) -> Result<Vec<String>, HubError> {
    let names = fields.unwrap_or_default().split(',').map(str::trim);
    let names: Vec<String> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.len() > MOST_FIELDS {
        return Err(HubError::invalid("fields", format!("more than {MOST_FIELDS} names")));
    }
    match names.iter().find(|name| !is_field_name(name)) {
        Some(name) => {
            Err(HubError::invalid("fields", format!("{name:.40?} cannot be a field's name")))
        }
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_names_with_commas_between_them() {
        assert_eq!(read_fields(Some("a, b,,c")).unwrap(), ["a", "b", "c"]);
        assert!(read_fields(None).unwrap().is_empty());
        assert!(read_fields(Some("a\nb")).is_err());
        assert!(read_fields(Some(&"x,".repeat(51))).is_err());
    }
}
