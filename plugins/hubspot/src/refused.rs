//! Writes that HubSpot refuses: which field of the input is at fault.

use mortise_plugin_api::{Error, ErrorKind, Result, Value, path};

use crate::{
    draft::Properties,
    errors::Refusal,
    faults::{self, Fault},
    objects::{Objects, Page},
};

impl Objects<'_> {
    /// The error for a caller.
    pub(crate) async fn refused(&self, refusal: &Refusal, properties: &Properties) -> Error {
        let fault = self.fault(refusal, properties).await;
        self.error(refusal, fault, properties)
    }

    /// The property that HubSpot objects to. Where it does not say which one, and some may be
    /// unknown to it, its list of properties tells.
    pub(crate) async fn fault(&self, refusal: &Refusal, properties: &Properties) -> Option<Fault> {
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

    /// The error where the fault is known.
    pub(crate) fn error(
        &self,
        refusal: &Refusal,
        fault: Option<Fault>,
        properties: &Properties,
    ) -> Error {
        let error = refusal.error();
        if error.kind == ErrorKind::Conflict {
            let fault = fault.map(|fault| fault.property);
            return self.taken(refusal, error, fault.as_deref(), properties);
        }
        let word = self.kind.word();
        let Some(Fault { property, unknown }) = fault else { return error };
        let message = if unknown {
            format!("HubSpot has no {word} property {property}: make it there, or leave it out")
        } else {
            format!("HubSpot does not take this value for its property {property}")
        };
        Error { field: Some(self.kind.input_field(&property)), message, ..error }
    }

    /// The error where another object has a value. It has no field only where that value is the
    /// creation's key: the host tries another key then.
    fn taken(
        &self,
        refusal: &Refusal,
        error: Error,
        property: Option<&str>,
        properties: &Properties,
    ) -> Error {
        let (word, key) = (self.kind.word(), self.config.key_property.as_str());
        let property = property.or_else(|| unique(refusal, properties, self));
        let field = match property {
            Some(property) if property == key => None,
            Some(property) => Some(self.kind.input_field(property)),
            None => Some(word.to_owned()),
        };
        let value = field.as_deref().and_then(|field| field.strip_prefix(word)?.strip_prefix('.'));
        let value = value.map_or_else(|| "these values".to_owned(), |name| format!("this {name}"));
        let other = faults::existing_id(&refusal.body)
            .map_or_else(String::new, |id| format!(", the one with the id {id},"));
        let message = format!("another {word}{other} has {value} at HubSpot already");
        Error { field, message, ..error }
    }

    async fn property_names(&self) -> Result<Vec<String>> {
        let page: Page =
            self.cx.get(path!("/crm/v3/properties/{}", self.kind.path())).send().await?;
        let name = |property: &Value| property["name"].as_str().map(str::to_owned);
        Ok(page.results.iter().filter_map(name).collect())
    }
}

/// The property whose value another object has, where HubSpot names none: an address, the key, and
/// the properties that are not the model's may be unique.
fn unique<'p>(
    refusal: &Refusal,
    properties: &'p Properties,
    objects: &Objects<'_>,
) -> Option<&'p str> {
    let key = &objects.config.key_property;
    let email = properties.get_key_value("email").filter(|(_, email)| *email != "");
    let email = email.map(|(name, _)| name.as_str());
    let may_be = |name: &&String| objects.kind.field(name).is_none() && *name != key;
    let mut others = properties.keys().filter(may_be).map(String::as_str);
    match (email, others.next()) {
        (None, None) => properties.get_key_value(key).map(|(name, _)| name.as_str()),
        (None, Some(other)) => others.next().is_none().then_some(other),
        // "Contact already exists" is what HubSpot says of an address alone.
        (email, other) => email.filter(|_| other.is_none() || !faults::is_taken(&refusal.body)),
    }
}
