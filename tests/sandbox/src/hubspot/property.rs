//! Properties: how they are defined, and which values they take.

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::oauth::is_email;

/// The data type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    String,
    Number,
    Date,
    Datetime,
    Enumeration,
    Bool,
}

/// One allowed value of an enumeration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Choice {
    pub(super) label: String,
    pub(super) value: String,
    #[serde(default)]
    pub(super) hidden: bool,
    #[serde(default = "last")]
    pub(super) display_order: i64,
    #[serde(default)]
    pub(super) description: String,
}

fn last() -> i64 {
    -1
}

/// What a client says of a new property; only the name is needed here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) label: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<Kind>,
    pub(super) field_type: Option<String>,
    pub(super) group_name: Option<String>,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) options: Vec<Choice>,
    #[serde(default)]
    pub(super) has_unique_value: bool,
    #[serde(default)]
    pub(super) hidden: bool,
    #[serde(default)]
    pub(super) form_field: bool,
    #[serde(default = "last")]
    pub(super) display_order: i64,
}

#[derive(Clone)]
pub(super) struct Property {
    pub(super) kind: Kind,
    pub(super) definition: Definition,
    pub(super) hubspot_defined: bool,
    pub(super) read_only: bool,
    pub(super) created_at: DateTime<Utc>,
    pub(super) archived_at: Option<DateTime<Utc>>,
}

/// Why a value does not fit: HubSpot's code, and a message.
pub(super) type Misfit = (&'static str, String);

impl Property {
    pub(super) fn custom(definition: Definition, created_at: DateTime<Utc>) -> Self {
        Self {
            kind: definition.kind.unwrap_or(Kind::String),
            definition,
            hubspot_defined: false,
            read_only: false,
            created_at,
            archived_at: None,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.definition.name
    }

    /// Enumerations whose values are the hub's owners.
    pub(super) fn is_owner(&self) -> bool {
        self.definition.name == "hubspot_owner_id"
    }

    /// Whether an object can be named by this property's value. Contacts are unique by e-mail
    /// though the definition does not say so.
    pub(super) fn identifies(&self) -> bool {
        self.definition.has_unique_value || self.name() == "email"
    }

    /// The value as it is kept, or why it cannot be.
    pub(super) fn admit(&self, value: &str, owners: &[&str]) -> Result<String, Misfit> {
        match self.kind {
            Kind::String if self.name() == "email" => {
                let email = value.trim().to_lowercase();
                let wrong = || ("INVALID_EMAIL", format!("Email address {value} is invalid"));
                if is_email(&email) && email.contains('.') { Ok(email) } else { Err(wrong()) }
            }
            Kind::String => Ok(value.to_owned()),
            Kind::Number => {
                let number = value.trim();
                let finite = number.parse::<f64>().is_ok_and(f64::is_finite);
                let wrong = || ("INVALID_NUMBER", format!("{value} was not a valid number."));
                if finite { Ok(number.to_owned()) } else { Err(wrong()) }
            }
            Kind::Bool if matches!(value, "true" | "false") => Ok(value.to_owned()),
            Kind::Bool => Err(("INVALID_BOOLEAN", format!("{value} was not true or false."))),
            Kind::Date => {
                let at = instant(value).filter(|at| at.time() == NaiveTime::MIN);
                let wrong = || ("INVALID_DATE", format!("{value} was not a valid date."));
                at.map(|at| at.date_naive().to_string()).ok_or_else(wrong)
            }
            Kind::Datetime => {
                let wrong = || ("INVALID_DATE", format!("{value} was not a valid date."));
                instant(value).map(written).ok_or_else(wrong)
            }
            Kind::Enumeration if self.is_owner() => self.option(value, owners),
            Kind::Enumeration => {
                let options: Vec<_> =
                    self.definition.options.iter().map(|option| option.value.as_str()).collect();
                self.option(value, &options)
            }
        }
    }

    /// Checkboxes take several options, divided by semicolons.
    fn option(&self, value: &str, options: &[&str]) -> Result<String, Misfit> {
        let several = self.definition.field_type.as_deref() == Some("checkbox");
        let mut parts = value.split(';').filter(|part| !part.is_empty());
        let known = match several {
            true => parts.all(|part| options.contains(&part)),
            false => options.contains(&value),
        };
        let options = options.join(", ");
        let wrong = || format!("{value} was not one of the allowed options: [{options}]");
        if known { Ok(value.to_owned()) } else { Err(("INVALID_OPTION", wrong())) }
    }

    /// The definition as the API answers it.
    pub(super) fn view(&self) -> Value {
        let definition = &self.definition;
        let at = written(self.created_at);
        let mut view = json!({
            "name": definition.name,
            "label": definition.label.as_ref().unwrap_or(&definition.name),
            "type": self.kind,
            "fieldType": definition.field_type.as_deref().unwrap_or("text"),
            "description": definition.description,
            "groupName": definition.group_name,
            "options": definition.options,
            "displayOrder": definition.display_order,
            "hasUniqueValue": definition.has_unique_value,
            "hidden": definition.hidden,
            "formField": definition.form_field,
            "hubspotDefined": self.hubspot_defined,
            "calculated": false,
            "externalOptions": self.is_owner(),
            "archived": self.archived_at.is_some(),
            "createdAt": at,
            "updatedAt": at,
            "modificationMetadata": {
                "archivable": !self.hubspot_defined,
                "readOnlyDefinition": self.hubspot_defined,
                "readOnlyValue": self.read_only,
                "readOnlyOptions": self.hubspot_defined,
            },
        });
        if self.is_owner() {
            view["referencedObjectType"] = json!("OWNER");
        }
        if let Some(at) = self.archived_at {
            view["archivedAt"] = json!(written(at));
        }
        view
    }
}

/// A date-time (RFC 3339), a date (its midnight in UTC), or milliseconds since 1970.
pub(super) fn instant(value: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(value) {
        return Some(at.to_utc());
    }
    if let Ok(date) = value.parse::<NaiveDate>() {
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    value.parse().ok().and_then(DateTime::from_timestamp_millis)
}

/// As HubSpot writes instants: in UTC, with milliseconds only where there are some.
pub(super) fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_as_date_times_dates_and_milliseconds() {
        for value in ["2026-12-31T13:00:00+01:00", "1798718400000"] {
            assert_eq!(instant(value).map(written).as_deref(), Some("2026-12-31T12:00:00Z"));
        }
        assert_eq!(instant("2026-12-31").map(written).as_deref(), Some("2026-12-31T00:00:00Z"));
        assert_eq!(instant("soon"), None);
    }
}
