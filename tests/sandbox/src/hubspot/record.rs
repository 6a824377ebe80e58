//! One contact or deal.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::hub::Hub;
use super::object_type::ObjectType;
use super::property::written;

/// A contact or deal as the vendor keeps it, archived ones included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredObject {
    pub id: String,
    /// Properties that have a value.
    pub properties: BTreeMap<String, String>,
    pub archived: bool,
    /// Ids of the deals of a contact, or of the contacts of a deal, that are not archived.
    pub associated: Vec<String>,
}

impl StoredObject {
    /// The property's value; empty where it has none.
    pub fn property(&self, name: &str) -> &str {
        self.properties.get(name).map_or("", String::as_str)
    }
}

#[derive(Clone)]
pub(super) struct Record {
    pub(super) id: u64,
    pub(super) properties: BTreeMap<String, String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) archived_at: Option<DateTime<Utc>>,
}

/// Which properties an answer shows.
pub(super) enum Shown {
    /// All that have a value, as after a write.
    Filled,
    /// These, `null` where empty. Names that no property has are left out.
    Named(Vec<String>),
}

impl Shown {
    /// The properties that a reader asked for, or the usual ones, and always those that tell the
    /// object's id and times.
    pub(super) fn asked(of: ObjectType, mut names: Vec<String>) -> Self {
        if names.is_empty() {
            names.extend(of.default_properties().iter().copied().map(str::to_owned));
        } else {
            names.extend(["createdate", "hs_object_id", of.modified()].map(str::to_owned));
        }
        Self::Named(names)
    }
}

impl Record {
    pub(super) fn new(of: ObjectType, id: u64, at: DateTime<Utc>) -> Self {
        let mut record = Self {
            id,
            properties: BTreeMap::new(),
            created_at: at,
            updated_at: at,
            archived_at: None,
        };
        record.put("hs_object_id", id.to_string());
        record.put("createdate", written(at));
        record.touch(of, at);
        record
    }

    /// Sets a property; an empty value clears it.
    pub(super) fn put(&mut self, name: &str, value: String) {
        if value.is_empty() {
            self.properties.remove(name);
        } else {
            self.properties.insert(name.to_owned(), value);
        }
    }

    pub(super) fn touch(&mut self, of: ObjectType, at: DateTime<Utc>) {
        self.updated_at = at;
        self.put(of.modified(), written(at));
    }

    pub(super) fn is_live(&self) -> bool {
        self.archived_at.is_none()
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.properties.get(name).map_or("", String::as_str)
    }

    /// The object as the API answers it.
    pub(super) fn view(&self, hub: &Hub, of: ObjectType, shown: &Shown) -> Value {
        let properties: Map<String, Value> = match shown {
            Shown::Filled => {
                let all = self.properties.iter();
                all.map(|(name, value)| (name.clone(), json!(value))).collect()
            }
            Shown::Named(names) => {
                let known = |name: &&String| hub.property(of, name).is_some();
                let known = names.iter().filter(known);
                known.map(|name| (name.clone(), json!(self.properties.get(name)))).collect()
            }
        };
        let mut view = json!({
            "id": self.id.to_string(),
            "properties": properties,
            "createdAt": written(self.created_at),
            "updatedAt": written(self.updated_at),
            "archived": self.archived_at.is_some(),
        });
        if let Some(at) = self.archived_at {
            view["archivedAt"] = json!(written(at));
        }
        view
    }

    pub(super) fn stored(&self, hub: &Hub, of: ObjectType) -> StoredObject {
        let associated = hub.associated(of, self.id).map(|(id, _)| id.to_string());
        StoredObject {
            id: self.id.to_string(),
            properties: self.properties.clone(),
            archived: !self.is_live(),
            associated: associated.collect(),
        }
    }
}
