//! Which properties a validation error is about.
//!
//! HubSpot tells it in several ways, none of them in its API description: as
//! `errors[].context.propertyName`, as JSON inside `message`
//! (`Property values were not valid: [{"name": "x", "error": "PROPERTY_DOESNT_EXIST", ...}]`), or in
//! words (`Property "x" does not exist`, `propertyName=x`). What is found is a guess until it is compared with the
//! properties that were sent.

use mortise_plugin_api::{
    Value,
    serde_json::{self, Deserializer},
};

/// A property that HubSpot objects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) property: String,
    /// Whether HubSpot says that it has no such property.
    pub(crate) unknown: bool,
}

/// The properties that an error body names, the ones said to be unknown first.
pub(crate) fn faults(body: &Value) -> Vec<Fault> {
    let mut found = Vec::new();
    entry(body, &mut found);
    for error in body["errors"].as_array().into_iter().flatten() {
        entry(error, &mut found);
    }
    found.sort_by_key(|fault| !fault.unknown);
    found
}

/// Whether a text says that something is not there.
fn says_unknown(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["does not exist", "doesn't exist", "doesnt_exist", "does_not_exist", "unknown"]
        .iter()
        .any(|words| lower.contains(words))
}

/// An entry of `errors`, or the body itself, or an entry of the JSON inside a message.
fn entry(error: &Value, found: &mut Vec<Fault>) {
    let text = |name: &str| error[name].as_str().unwrap_or_default();
    let (message, code) = (text("message"), text("code"));
    let unknown = [message, code, text("error"), text("subCategory")].into_iter().any(says_unknown);
    let mut add = |name: &str| {
        if !name.is_empty() {
            found.push(Fault { property: name.to_owned(), unknown });
        }
    };
    for name in ["name", "property", "propertyName", "in"] {
        add(text(name));
    }
    let context = error["context"].as_object().into_iter().flatten();
    for (_, value) in context.filter(|(name, _)| name.to_lowercase().contains("propert")) {
        match value {
            Value::Array(names) => names.iter().filter_map(Value::as_str).for_each(&mut add),
            other => other.as_str().into_iter().for_each(&mut add),
        }
    }
    in_words(message).for_each(&mut add);
    in_json(message, found);
}

/// The names after the word "property", and after `propertyName=`.
fn in_words(message: &str) -> impl Iterator<Item = &str> {
    let lower = message.to_ascii_lowercase();
    let ends: Vec<usize> =
        lower.match_indices("property").map(|(at, word)| at + word.len()).collect();
    ends.into_iter().filter_map(|end| {
        let rest = &message[end..];
        let rest = rest.strip_prefix("Name=").unwrap_or(rest).trim_start_matches([' ', ':', '\\']);
        let name = rest.trim_start_matches(['"', '\'', '`', '‘', '“']);
        let is_end = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        let name = name.split(is_end).next()?;
        (!name.is_empty()).then_some(name)
    })
}

fn in_json(message: &str, found: &mut Vec<Fault>) {
    for (at, _) in message.match_indices(['[', '{']) {
        let Some(Ok(inner)) = Deserializer::from_str(&message[at..]).into_iter::<Value>().next()
        else {
            continue;
        };
        match &inner {
            Value::Array(entries) if entries.iter().any(Value::is_object) => {
                entries.iter().for_each(|inner| entry(inner, found));
            }
            Value::Object(_) => {
                entry(&inner, found);
                for inner in inner["errors"].as_array().into_iter().flatten() {
                    entry(inner, found);
                }
            }
            _ => continue,
        }
        return;
    }
}

/// Whether a body's texts have the word, wherever they are.
pub(crate) fn mentions(body: &Value, word: &str) -> bool {
    let is_end = |c: char| !(c.is_alphanumeric() || c == '_');
    match body {
        Value::String(text) => text.split(is_end).any(|other| other == word),
        Value::Array(items) => items.iter().any(|item| mentions(item, word)),
        Value::Object(fields) => fields.values().any(|field| mentions(field, word)),
        _ => false,
    }
}

/// The id of the object that has a value already, where a body tells: `Existing ID: 51`.
pub(crate) fn existing_id(body: &Value) -> Option<String> {
    let errors = || body["errors"].as_array().into_iter().flatten();
    let entries = || std::iter::once(body).chain(errors());
    let in_context = entries().find_map(|entry| {
        let context = entry["context"].as_object()?;
        let is_id = |name: &str| {
            let name = name.to_lowercase();
            name.contains("existing") && name.contains("id")
        };
        context.iter().filter(|(name, _)| is_id(name)).find_map(|(_, value)| {
            crate::object::id(value.as_array().and_then(|ids| ids.first()).unwrap_or(value))
        })
    });
    in_context.or_else(|| entries().find_map(|entry| existing_in_words(entry["message"].as_str()?)))
}

fn existing_in_words(message: &str) -> Option<String> {
    let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let lower = message.to_ascii_lowercase();
    if let Some(at) = lower.find("existing id") {
        let rest = message[at + "existing id".len()..].trim_start_matches(|c| !is_id(c));
        let id: String = rest.chars().take_while(|&c| is_id(c)).collect();
        return (!id.is_empty()).then_some(id);
    }
    let before = &message[..lower.find(" already has that value")?];
    let id = before.rsplit(|c| !is_id(c)).next()?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// Whether a body is about a value that another object has, whatever its status.
pub(crate) fn is_taken(body: &Value) -> bool {
    let text = serde_json::to_string(body).unwrap_or_default().to_lowercase();
    text.contains("already has that value") || text.contains("conflicting_unique_value")
}
