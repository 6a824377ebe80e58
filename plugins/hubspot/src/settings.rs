//! The `[providers.hubspot.settings]` section.

use mortise_plugin_api::{Error, Result, Settings, Value, json};

use crate::kind::Kind;

const DEFAULT_KEY_PROPERTY: &str = "mortise_key";

/// What the operator chose.
pub(crate) struct Config {
    /// The property with unique values that holds a creation's key.
    pub(crate) key_property: String,
    contact_properties: Vec<String>,
    deal_properties: Vec<String>,
}

impl Config {
    /// Reads and checks the section.
    ///
    /// # Errors
    /// `InvalidInput` that names the setting.
    pub(crate) fn read(settings: &Settings) -> Result<Self> {
        let names = |setting: &str| -> Result<Vec<String>> {
            let names: Vec<String> = settings.get(setting)?.unwrap_or_default();
            match names.iter().find(|name| !is_name(name)) {
                Some(name) => Err(Error::invalid(
                    format!("settings.{setting}"),
                    format!("{name:?} is not the internal name of a HubSpot property"),
                )),
                None => Ok(names),
            }
        };
        let key_property: String =
            settings.get("key_property")?.unwrap_or_else(|| DEFAULT_KEY_PROPERTY.to_owned());
        let of_the_model = |kind: Kind| kind.field(&key_property).is_some();
        let first_is_letter = key_property.starts_with(|c: char| c.is_ascii_lowercase());
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !first_is_letter
            || key_property.len() > 100
            || !key_property.bytes().all(plain)
            || of_the_model(Kind::Contact)
            || of_the_model(Kind::Deal)
        {
            return Err(Error::invalid(
                "settings.key_property",
                "must be the internal name of a property of its own: a-z, 0-9 and _, starting \
                 with a letter",
            ));
        }
        let (contact_properties, deal_properties) =
            (names("contact_properties")?, names("deal_properties")?);
        Ok(Self { key_property, contact_properties, deal_properties })
    }

    /// The properties that are always read into `extra`.
    pub(crate) fn always_read(&self, kind: Kind) -> &[String] {
        match kind {
            Kind::Contact => &self.contact_properties,
            Kind::Deal => &self.deal_properties,
        }
    }
}

/// Whether a text can be a property's name, or at least does no harm as one.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 250
        && !text.chars().any(|c| c == ',' || c.is_whitespace() || c.is_control())
}

/// JSON Schema of the section.
pub(crate) fn schema() -> Value {
    let names = |of: &str| {
        json!({
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "default": [],
            "description": format!("Internal names of {of} properties that are always read into \
                                    `extra`."),
        })
    };
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "contact_properties": names("contact"),
            "deal_properties": names("deal"),
            "key_property": {
                "type": "string",
                "pattern": "^[a-z][a-z0-9_]{0,99}$",
                "default": DEFAULT_KEY_PROPERTY,
                "description": "Internal name of the property with unique values that keeps a \
                                repeated creation from making a second deal or contact.",
            },
        },
    })
}
