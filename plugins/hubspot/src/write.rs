//! Objects of one kind: how they are written.
//!
//! A creation is an upsert by a property with unique values, so that its repetition writes the same
//! object again. HubSpot knows one such property of contacts, the e-mail address. For deals, and
//! contacts without an address, the plugin makes one of its own when it is first needed.

use mortise_plugin_api::{Error, ErrorKind, Response, Result, Value, json, path};
use serde::Deserialize;

use crate::{
    draft::Properties,
    errors::Refusal,
    faults::{self, Fault},
    object,
    objects::{Objects, Page},
};

/// What a write gave.
pub(crate) struct Written {
    pub(crate) id: String,
    /// Whether HubSpot says that the object was not there before.
    pub(crate) new: bool,
    /// The object as the answer has it.
    pub(crate) item: Value,
}

/// HubSpot's answer to a batch.
#[derive(Deserialize)]
struct Batch {
    #[serde(default)]
    results: Vec<Value>,
    #[serde(default)]
    errors: Vec<Value>,
}

/// How the key property came to be there.
enum KeyProperty {
    Made,
    ThereAlready,
}

impl Objects<'_> {
    /// Creates an object, or takes the one that has the value, and sets the properties given.
    pub(crate) async fn upsert(
        &self,
        by: &str,
        value: &str,
        mut properties: Properties,
    ) -> Result<Written> {
        properties.insert(by.to_owned(), Value::from(value));
        let refusal = match self.try_upsert(by, value, &properties).await? {
            Ok(written) => return Ok(written),
            Err(refusal) => refusal,
        };
        if refusal.kind() == ErrorKind::Conflict
            && let Some(id) = self.existing(&refusal, by, value, &properties).await?
        {
            return self.patch(&id, &properties).await;
        }
        let fault = self.fault(&refusal, &properties).await;
        if by != self.config.key_property || fault.as_ref().is_none_or(|fault| fault.property != by)
        {
            return Err(self.error(&refusal, fault, &properties));
        }
        let key_property = self.make_key_property().await?;
        match self.try_upsert(by, value, &properties).await? {
            Ok(written) => Ok(written),
            Err(refusal) => {
                let fault = self.fault(&refusal, &properties).await;
                match fault {
                    Some(fault) if fault.property == by => Err(self.useless(&key_property)),
                    fault => Err(self.error(&refusal, fault, &properties)),
                }
            }
        }
    }

    /// Sets properties of an object.
    pub(crate) async fn patch(&self, id: &str, properties: &Properties) -> Result<Written> {
        let body = json!({"properties": properties});
        let answer = self.cx.patch(self.path(id)?).json(&body).send_raw().await?;
        if !answer.is_success() {
            let refusal = Refusal::read(&answer);
            let fault = self.fault(&refusal, properties).await;
            return Err(self.error(&refusal, fault, properties));
        }
        Ok(Written { id: id.to_owned(), new: false, item: answer.json()? })
    }

    async fn try_upsert(
        &self,
        by: &str,
        value: &str,
        properties: &Properties,
    ) -> Result<Result<Written, Refusal>> {
        let input = json!({"idProperty": by, "id": value, "properties": properties});
        let answer = self
            .cx
            .post(format!("/crm/v3/objects/{}/batch/upsert", self.kind.path()))
            .json(&json!({"inputs": [input]}))
            .send_raw()
            .await?;
        if answer.is_success() { upserted(&answer) } else { Ok(Err(Refusal::read(&answer))) }
    }

    /// The object that a creation ran into: the contact with the address, or the one that another
    /// attempt at the same creation has made meanwhile. Not one that shares another unique value.
    async fn existing(
        &self,
        refusal: &Refusal,
        by: &str,
        value: &str,
        properties: &Properties,
    ) -> Result<Option<String>> {
        let named = faults::faults(&refusal.body);
        let mut named = named.iter().filter(|fault| properties.contains_key(&fault.property));
        if by == "email" && named.all(|fault| fault.property == by) {
            let told = faults::existing_id(&refusal.body);
            if told.is_some() {
                return Ok(told);
            }
        }
        let found = self.find(by, value, &[]).await?;
        Ok(found.as_ref().and_then(|item| object::id(&item["id"])))
    }

    /// The property that HubSpot objects to. Where it does not say which one, and some may be
    /// unknown to it, its list of properties tells.
    async fn fault(&self, refusal: &Refusal, properties: &Properties) -> Option<Fault> {
        if !matches!(refusal.kind(), ErrorKind::InvalidInput | ErrorKind::Conflict) {
            return None;
        }
        let mut named = faults::faults(&refusal.body);
        named.retain(|fault| properties.contains_key(&fault.property));
        // Without the key property nothing else can be tried.
        let key = &self.config.key_property;
        let first = named.iter().position(|fault| fault.property == *key).unwrap_or_default();
        if !named.is_empty() {
            return Some(named.swap_remove(first));
        }
        if properties.contains_key(key) && faults::mentions(&refusal.body, key) {
            return Some(Fault { property: key.clone(), unknown: true });
        }
        let may_be_unknown = |name: &String| self.kind.field(name).is_none();
        if !refusal.is_about_values() || !properties.keys().any(may_be_unknown) {
            return None;
        }
        let known = self.property_names().await.ok()?;
        let is_unknown = |name: &&String| may_be_unknown(name) && !known.contains(name);
        let mut unknown = [key].into_iter().chain(properties.keys()).filter(is_unknown);
        let property = unknown.find(|name| properties.contains_key(*name))?.clone();
        Some(Fault { property, unknown: true })
    }

    async fn property_names(&self) -> Result<Vec<String>> {
        let page: Page =
            self.cx.get(path!("/crm/v3/properties/{}", self.kind.path())).send().await?;
        let name = |property: &Value| property["name"].as_str().map(str::to_owned);
        Ok(page.results.iter().filter_map(name).collect())
    }

    fn error(&self, refusal: &Refusal, fault: Option<Fault>, properties: &Properties) -> Error {
        let error = refusal.error();
        let word = self.kind.word();
        if error.kind == ErrorKind::Conflict {
            let has_email = || properties.get("email").is_some_and(|email| email != "");
            let field = fault
                .map(|fault| self.kind.input_field(&fault.property))
                .or_else(|| has_email().then(|| self.kind.input_field("email")));
            let value = field.as_deref().map_or_else(
                || "these values".to_owned(),
                |field| format!("this {}", field.trim_start_matches(word).trim_start_matches('.')),
            );
            let other = faults::existing_id(&refusal.body)
                .map_or_else(String::new, |id| format!(", the one with the id {id},"));
            let message = format!("another {word}{other} has {value} at HubSpot already");
            return Error { field, message, ..error };
        }
        let Some(Fault { property, unknown }) = fault else { return error };
        let message = if unknown {
            format!("HubSpot has no {word} property {property}: make it there, or leave it out")
        } else {
            format!("HubSpot does not take this value for its property {property}")
        };
        Error { field: Some(self.kind.input_field(&property)), message, ..error }
    }

    async fn make_key_property(&self) -> Result<KeyProperty> {
        let name = &self.config.key_property;
        let word = self.kind.word();
        let property = json!({
            "name": name,
            "label": "Mortise key",
            "description": format!("By this the integration hub knows the {word}s that it created. \
                                    Please leave it as it is."),
            "groupName": self.kind.group(),
            "type": "string",
            "fieldType": "text",
            "hasUniqueValue": true,
            "formField": false,
            "hidden": false,
        });
        let answer = self
            .cx
            .post(path!("/crm/v3/properties/{}", self.kind.path()))
            .json(&property)
            .send_raw()
            .await?;
        if answer.is_success() {
            return Ok(KeyProperty::Made);
        }
        let error = Refusal::read(&answer).error();
        match error.kind {
            ErrorKind::Conflict => Ok(KeyProperty::ThereAlready),
            ErrorKind::MissingScope | ErrorKind::Forbidden => {
                let message = format!(
                    "HubSpot has no {word} property {name} yet, and making it is not permitted: \
                     grant {}, or create a single-line text property with unique values named \
                     {name} in HubSpot, or name another one with the setting key_property",
                    self.kind.schema_scope()
                );
                Err(Error { message, ..error })
            }
            _ => Err(error),
        }
    }

    /// The error where HubSpot does not take the key property although it has it.
    fn useless(&self, key_property: &KeyProperty) -> Error {
        let name = &self.config.key_property;
        match key_property {
            KeyProperty::Made => Error::new(
                ErrorKind::Unavailable,
                format!("HubSpot does not know its new property {name} yet: try again later"),
            ),
            KeyProperty::ThereAlready => Error::invalid(
                "settings.key_property",
                format!(
                    "HubSpot's {} property {name} does not have unique values: create a \
                     single-line text property that has, and name it with the setting key_property",
                    self.kind.word()
                ),
            ),
        }
    }
}

/// Reads a 2xx answer: the one result, or the one error of a 207.
fn upserted(answer: &Response) -> Result<Result<Written, Refusal>> {
    let batch: Batch = answer.json()?;
    if let Some(item) = batch.results.into_iter().next() {
        let Some(id) = object::id(&item["id"]) else { return Err(no_result()) };
        return Ok(Ok(Written { id, new: item["new"] == true, item }));
    }
    match batch.errors.into_iter().next() {
        Some(entry) => Ok(Err(Refusal::of_entry(entry))),
        None => Err(no_result()),
    }
}

fn no_result() -> Error {
    let message = "HubSpot's answer cannot be used: it does not name the object that was written";
    Error::new(ErrorKind::BadAnswer, message)
}
