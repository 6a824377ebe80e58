//! From the model's drafts to HubSpot's properties.
//!
//! - Every value is a text; the empty text clears a property.
//! - `extra` lies beside the model's fields and never replaces them.
//! - An update names every property of the model, but for a deal's pipeline and stage: HubSpot has
//!   no deal without them, so that absent ones stay.

use mortise_plugin_api::{
    Error, Map, Result, Value,
    chrono::{DateTime, Datelike as _, SecondsFormat, Utc},
    crm::{ContactDraft, DealDraft},
};

use crate::{kind::Kind, settings::is_name};

/// What is written: texts by HubSpot's names.
pub(crate) type Properties = Map<String, Value>;

/// What becomes of a field that the draft does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    LeaveOut,
    Clear,
}

/// The properties of a contact. `key_property` is the hub's own and not for `extra`.
pub(crate) fn contact(
    draft: ContactDraft,
    absent: Absent,
    key_property: &str,
) -> Result<Properties> {
    let address = draft.address.unwrap_or_default();
    let model = [
        ("email", draft.email.map(|email| email.trim().to_owned())),
        ("firstname", draft.first_name),
        ("lastname", draft.last_name),
        ("phone", draft.phone),
        ("mobilephone", draft.mobile_phone),
        ("company", draft.company),
        ("jobtitle", draft.job_title),
        ("website", draft.website),
        ("address", address.street),
        ("city", address.city),
        ("state", address.region),
        ("zip", address.postal_code),
        ("country", address.country),
        ("hubspot_owner_id", draft.owner_id),
    ];
    properties(Kind::Contact, model, draft.extra, absent, key_property)
}

/// The properties of a deal; its contacts are no property.
pub(crate) fn deal(draft: DealDraft, absent: Absent, key_property: &str) -> Result<Properties> {
    let model = [
        ("dealname", Some(draft.name)),
        ("amount", draft.amount),
        ("deal_currency_code", draft.currency),
        ("pipeline", draft.pipeline),
        ("dealstage", draft.stage),
        ("closedate", draft.closes_at.map(moment).transpose()?),
        ("description", draft.description),
        ("hubspot_owner_id", draft.owner_id),
    ];
    properties(Kind::Deal, model, draft.extra, absent, key_property)
}

fn properties<const N: usize>(
    kind: Kind,
    model: [(&str, Option<String>); N],
    extra: Map<String, Value>,
    absent: Absent,
    key_property: &str,
) -> Result<Properties> {
    let mut properties = Properties::new();
    for (name, value) in extra {
        check_extra(kind, &name, key_property)?;
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null => String::new(),
            Value::Array(_) | Value::Object(_) => {
                let message = "a HubSpot property takes a text, a number, true, false or null";
                return Err(Error::invalid(kind.input_field(&name), message));
            }
        };
        properties.insert(name, Value::String(text));
    }
    for (name, value) in model {
        let stays = absent == Absent::LeaveOut || matches!(name, "pipeline" | "dealstage");
        match value {
            Some(text) => drop(properties.insert(name.to_owned(), Value::String(text))),
            None if stays => {}
            None => drop(properties.insert(name.to_owned(), Value::from(""))),
        }
    }
    Ok(properties)
}

fn check_extra(kind: Kind, name: &str, key_property: &str) -> Result<()> {
    let field = || format!("{}.extra.{name}", kind.word());
    if let Some(ours) = kind.field(name) {
        let message = format!("is the model's own: set {}.{ours} instead", kind.word());
        return Err(Error::invalid(field(), message));
    }
    if name == key_property {
        let message = "holds the key by which the hub knows what it created, and is not for others";
        return Err(Error::invalid(field(), message));
    }
    if !is_name(name) {
        return Err(Error::invalid(field(), "is not the internal name of a HubSpot property"));
    }
    Ok(())
}

/// HubSpot keeps milliseconds.
fn moment(moment: DateTime<Utc>) -> Result<String> {
    if !(0..=9999).contains(&moment.year()) {
        return Err(Error::invalid("deal.closes_at", "must be in the years 0 to 9999"));
    }
    Ok(moment.to_rfc3339_opts(SecondsFormat::Millis, true))
}
