//! The property with unique values by which the plugin knows what it created.

use mortise_plugin_api::{Error, ErrorKind, Result, Value, json, path};

use crate::{errors::Refusal, objects::Objects};

/// How the key property came to be there.
pub(crate) enum KeyProperty {
    Made,
    ThereAlready,
}

impl Objects<'_> {
    /// Makes the key property.
    pub(crate) async fn make_key_property(&self) -> Result<KeyProperty> {
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

    /// The error where HubSpot does not take the key property although it has it. One that was made
    /// just now, by this call or by another at the same time, only needs time.
    pub(crate) async fn useless(&self, key_property: KeyProperty) -> Error {
        let name = &self.config.key_property;
        let unique = match key_property {
            KeyProperty::Made => true,
            KeyProperty::ThereAlready => {
                let path = path!("/crm/v3/properties/{}/{}", self.kind.path(), name);
                let property: Result<Value> = self.cx.get(path).send().await;
                property.map_or(true, |property| property["hasUniqueValue"] != false)
            }
        };
        if unique {
            let message =
                format!("HubSpot does not know its new property {name} yet: try again later");
            return Error::new(ErrorKind::Unavailable, message);
        }
        let message = format!(
            "HubSpot's {} property {name} does not have unique values: create a single-line text \
             property that has, and name it with the setting key_property",
            self.kind.word()
        );
        Error::invalid("settings.key_property", message)
    }
}
