//! From HubSpot's objects to the model.
//!
//! - HubSpot sends every property as a text, an unset one as null or as the empty text. Numbers
//!   and truth values are taken as well.
//! - What the model has no place for stays in `extra` under HubSpot's names.
//! - Id and times come with every answer as properties too, and are in `extra` only where they were
//!   asked for; so is the key property.

use std::fmt;

use mortise_plugin_api::{
    Error, ErrorKind, Map, Value,
    chrono::{DateTime, NaiveDate, Utc},
    crm::{Address, Contact, Deal},
};

use crate::kind::Kind;

/// Properties that repeat what an object says beside its properties.
const REPEATED: [&str; 4] =
    ["createdate", "hs_lastmodifieddate", "hs_object_id", "lastmodifieddate"];

/// An object that HubSpot sent broken: which one, and where.
#[derive(Debug)]
pub(crate) struct Broken {
    kind: Kind,
    id: Option<String>,
    field: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => {
                write!(f, "{} {}", self.kind.word(), id.chars().take(64).collect::<String>())?;
            }
            None => write!(f, "a {} without id", self.kind.word())?,
        }
        write!(f, " was sent broken: `{}` cannot be understood", self.field)
    }
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        Self::new(ErrorKind::BadAnswer, format!("HubSpot's answer cannot be used: {broken}"))
    }
}

/// What of an object was asked for by name.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The property of the hub's own.
    pub(crate) key_property: &'a str,
    /// Properties besides the model's.
    pub(crate) names: &'a [String],
}

/// Reads a contact; its texts are moved, not copied.
pub(crate) fn contact(item: Value, asked: Asked<'_>) -> Result<Contact, Broken> {
    let mut object = Object::open(item, Kind::Contact)?;
    let address = Address {
        street: object.take("address")?,
        city: object.take("city")?,
        region: object.take("state")?,
        postal_code: object.take("zip")?,
        country: object.take("country")?,
    };
    Ok(Contact {
        email: object.take("email")?,
        first_name: object.take("firstname")?,
        last_name: object.take("lastname")?,
        phone: object.take("phone")?,
        mobile_phone: object.take("mobilephone")?,
        company: object.take("company")?,
        job_title: object.take("jobtitle")?,
        website: object.take("website")?,
        owner_id: object.take("hubspot_owner_id")?,
        address: (address != Address::default()).then_some(address),
        extra: object.extra(asked),
        archived: object.archived,
        created_at: object.created_at,
        updated_at: object.updated_at,
        id: object.id,
        ..Contact::default()
    })
}

/// Reads a deal without its contacts.
pub(crate) fn deal(item: Value, asked: Asked<'_>) -> Result<Deal, Broken> {
    let mut object = Object::open(item, Kind::Deal)?;
    let closes_at = match object.rest.remove("closedate").unwrap_or_default() {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        value => Some(moment(&value).ok_or_else(|| object.broken("closedate"))?),
    };
    Ok(Deal {
        name: object.take("dealname")?,
        amount: object.take("amount")?,
        currency: object.take("deal_currency_code")?,
        pipeline: object.take("pipeline")?,
        stage: object.take("dealstage")?,
        closes_at,
        description: object.take("description")?,
        owner_id: object.take("hubspot_owner_id")?,
        extra: object.extra(asked),
        archived: object.archived,
        created_at: object.created_at,
        updated_at: object.updated_at,
        id: object.id,
        ..Deal::default()
    })
}

struct Object {
    kind: Kind,
    id: String,
    archived: bool,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    rest: Map<String, Value>,
}

impl Object {
    fn open(item: Value, kind: Kind) -> Result<Self, Broken> {
        let Some(id) = id(&item["id"]) else {
            return Err(Broken { kind, id: None, field: "id".to_owned() });
        };
        let archived = item["archived"].as_bool().unwrap_or_default();
        let (created_at, updated_at) = (moment(&item["createdAt"]), moment(&item["updatedAt"]));
        let properties = match item {
            Value::Object(mut fields) => fields.remove("properties"),
            _ => None,
        };
        let Some(Value::Object(rest)) = properties else {
            return Err(Broken { kind, id: Some(id), field: "properties".to_owned() });
        };
        Ok(Self { kind, id, archived, created_at, updated_at, rest })
    }

    fn take(&mut self, property: &str) -> Result<Option<String>, Broken> {
        match self.rest.remove(property).unwrap_or_default() {
            Value::Null => Ok(None),
            Value::String(text) => Ok((!text.is_empty()).then_some(text)),
            Value::Number(number) => Ok(Some(number.to_string())),
            Value::Bool(flag) => Ok(Some(flag.to_string())),
            Value::Array(_) | Value::Object(_) => Err(self.broken(property)),
        }
    }

    /// What is left. An unset property is null, however HubSpot wrote that.
    fn extra(&mut self, asked: Asked<'_>) -> Map<String, Value> {
        let mut extra = std::mem::take(&mut self.rest);
        extra.retain(|name, _| {
            let unasked = REPEATED.contains(&name.as_str()) || name == asked.key_property;
            !unasked || asked.names.contains(name)
        });
        for value in extra.values_mut().filter(|value| *value == "") {
            *value = Value::Null;
        }
        extra
    }

    fn broken(&self, property: &str) -> Broken {
        Broken { kind: self.kind, id: Some(self.id.clone()), field: property.to_owned() }
    }
}

/// The error for an answer without an object that can be told from others.
pub(crate) fn unnamed() -> Error {
    let message = "HubSpot's answer cannot be used: it does not name the object";
    Error::new(ErrorKind::BadAnswer, message)
}

/// An id; HubSpot writes the same one as text here and as number there.
pub(crate) fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// ISO 8601, a date alone (its midnight in UTC), or milliseconds since 1970 as text or number.
fn moment(value: &Value) -> Option<DateTime<Utc>> {
    let text = match value {
        Value::Number(number) => return DateTime::from_timestamp_millis(number.as_i64()?),
        Value::String(text) => text.trim(),
        _ => return None,
    };
    if let Ok(millis) = text.parse() {
        return DateTime::from_timestamp_millis(millis);
    }
    if let Ok(date) = text.parse::<NaiveDate>() {
        return date.and_hms_opt(0, 0, 0).map(|midnight| midnight.and_utc());
    }
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.to_utc())
}
