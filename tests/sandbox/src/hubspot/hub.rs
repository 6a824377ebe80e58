//! The contents of one HubSpot account, and the rules that every write keeps.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::error::{ApiError, Complaint};
use super::label::Label;
use super::object_type::ObjectType;
use super::owner::Owner;
use super::property::{Property, instant};
use super::record::Record;
use super::standard::{self, DEAL_DEFAULTS};
use super::store::hub_id;
use crate::clock::now;

#[derive(Clone)]
pub(super) struct Hub {
    pub(super) id: u32,
    contacts: Table,
    deals: Table,
    /// By deal and contact.
    pub(super) associations: BTreeMap<(u64, u64), BTreeSet<Label>>,
    pub(super) owners: Vec<Owner>,
    last_id: u64,
    last_change: DateTime<Utc>,
}

/// All objects of one type, and their properties' definitions.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) records: BTreeMap<u64, Record>,
    pub(super) properties: BTreeMap<String, Property>,
}

impl Table {
    fn new(of: ObjectType, at: DateTime<Utc>) -> Self {
        Self { records: BTreeMap::new(), properties: standard::properties(of, at) }
    }
}

/// Properties as a client sends them.
pub(super) type Sent = BTreeMap<String, String>;

impl Hub {
    pub(super) fn new(account: &str) -> Self {
        let at = now();
        Self {
            id: hub_id(account),
            contacts: Table::new(ObjectType::Contacts, at),
            deals: Table::new(ObjectType::Deals, at),
            associations: BTreeMap::new(),
            owners: Owner::all(account, at),
            last_id: 7_000,
            last_change: at,
        }
    }

    pub(super) fn table(&self, of: ObjectType) -> &Table {
        match of {
            ObjectType::Contacts => &self.contacts,
            ObjectType::Deals => &self.deals,
        }
    }

    pub(super) fn table_mut(&mut self, of: ObjectType) -> &mut Table {
        match of {
            ObjectType::Contacts => &mut self.contacts,
            ObjectType::Deals => &mut self.deals,
        }
    }

    /// The present, and later than any change before, so that changes can be told apart.
    pub(super) fn tick(&mut self) -> DateTime<Utc> {
        self.last_change = now().max(self.last_change + TimeDelta::milliseconds(1));
        self.last_change
    }

    /// A property that is not archived.
    pub(super) fn property(&self, of: ObjectType, name: &str) -> Option<&Property> {
        self.table(of).properties.get(name).filter(|property| property.archived_at.is_none())
    }

    pub(super) fn live(&self, of: ObjectType, id: u64) -> Option<&Record> {
        self.table(of).records.get(&id).filter(|record| record.is_live())
    }

    /// The object that `key` names: its id, or the value of a property that identifies.
    ///
    /// # Errors
    /// Where `id_property` is none that identifies objects.
    pub(super) fn find(
        &self,
        of: ObjectType,
        key: &str,
        id_property: Option<&str>,
        archived: bool,
    ) -> Result<Option<&Record>, ApiError> {
        let name = id_property.unwrap_or("hs_object_id");
        let property = self.identifying(of, name)?;
        let key = property.admit(key, &[]).unwrap_or_else(|_| key.to_owned());
        let mut records = self.table(of).records.values();
        Ok(records.find(|record| record.is_live() != archived && record.text(name) == key))
    }

    /// A property whose value names one object.
    pub(super) fn identifying(&self, of: ObjectType, name: &str) -> Result<&Property, ApiError> {
        let known = self.property(of, name).filter(|property| property.identifies());
        known.ok_or_else(|| {
            ApiError::invalid(format!("{name} is not a property with unique values"))
        })
    }

    pub(super) fn create(&mut self, of: ObjectType, mut sent: Sent) -> Result<u64, ApiError> {
        if of == ObjectType::Deals {
            for (name, value) in DEAL_DEFAULTS {
                let given = sent.entry(name.to_owned()).or_default();
                if given.is_empty() {
                    value.clone_into(given);
                }
            }
        }
        let settled = self.settle(of, None, &sent)?;
        let at = self.tick();
        self.last_id += 1;
        let mut record = Record::new(of, self.last_id, at);
        for (name, value) in settled {
            record.put(&name, value);
        }
        self.table_mut(of).records.insert(record.id, record);
        Ok(self.last_id)
    }

    /// Changes a live object. Where nothing is new, its time of change stays.
    pub(super) fn change(&mut self, of: ObjectType, id: u64, sent: &Sent) -> Result<(), ApiError> {
        let settled = self.settle(of, Some(id), sent)?;
        let at = self.tick();
        let record = self.table_mut(of).records.get_mut(&id).ok_or_else(ApiError::not_found)?;
        let before = record.properties.clone();
        for (name, value) in settled {
            record.put(&name, value);
        }
        if record.properties != before {
            record.touch(of, at);
        }
        Ok(())
    }

    /// Does nothing where the object is archived already, or was never there.
    pub(super) fn archive(&mut self, of: ObjectType, id: u64) {
        let at = self.tick();
        if let Some(record) = self.table_mut(of).records.get_mut(&id) {
            record.archived_at.get_or_insert(at);
        }
    }

    /// The values as they are kept. All that is wrong with them is told at once; a value that
    /// another object holds is told after that.
    fn settle(&self, of: ObjectType, own: Option<u64>, sent: &Sent) -> Result<Sent, ApiError> {
        let owners = self.owners.iter().filter(|owner| !owner.archived);
        let owners: Vec<_> = owners.map(|owner| owner.id.as_str()).collect();
        let (mut settled, mut complaints) = (Sent::new(), Vec::new());
        for (name, value) in sent {
            let kept = match self.property(of, name) {
                None => {
                    Err(("PROPERTY_DOESNT_EXIST", format!("Property \"{name}\" does not exist")))
                }
                Some(property) if property.read_only => Err((
                    "READ_ONLY_VALUE",
                    format!("\"{name}\" is a read only property; its value cannot be set."),
                )),
                Some(_) if value.is_empty() => Ok(String::new()),
                Some(property) => property.admit(value, &owners),
            };
            match kept {
                Ok(value) => _ = settled.insert(name.clone(), value),
                Err((code, message)) => {
                    complaints.push(Complaint { property: name.clone(), code, message });
                }
            }
        }
        if !complaints.is_empty() {
            return Err(ApiError::invalid_values(self.id, &complaints));
        }
        for (name, value) in settled.iter().filter(|(_, value)| !value.is_empty()) {
            let unique = self.property(of, name).is_some_and(Property::identifies);
            let taken = |record: &&Record| {
                record.is_live() && Some(record.id) != own && record.text(name) == value
            };
            if let Some(other) = self.table(of).records.values().find(taken).filter(|_| unique) {
                if name == "email" {
                    return Err(ApiError::address_taken(of.noun(), other.id));
                }
                let own = own.unwrap_or(self.last_id + 1);
                return Err(ApiError::value_taken(self.id, (name, value), own, other.id));
            }
        }
        Ok(settled)
    }

    /// Adds an object without any check. Of the vendor's own properties those that are given
    /// replace what it would have written.
    pub(super) fn plant(&mut self, of: ObjectType, properties: &Value) -> Record {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let given = properties.as_object().into_iter().flatten();
        let given: Sent = given.map(|(name, value)| (name.clone(), text(value))).collect();
        let at = self.tick();
        let id = given.get("hs_object_id").and_then(|id| id.parse().ok());
        let id = id.unwrap_or(self.last_id + 1);
        self.last_id = self.last_id.max(id);
        let mut record = Record::new(of, id, at);
        for (name, value) in given {
            record.put(&name, value);
        }
        record.created_at = instant(record.text("createdate")).unwrap_or(at);
        record.updated_at = instant(record.text(of.modified())).unwrap_or(at);
        self.table_mut(of).records.insert(id, record.clone());
        record
    }
}
