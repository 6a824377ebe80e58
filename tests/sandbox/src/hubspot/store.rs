//! Hubs and what they hold, in memory. Each account has a hub of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::hub::Hub;
use super::object_type::ObjectType;
use super::property::{Definition, Property};
use super::record::StoredObject;

/// HubSpot's CRM.
#[derive(Default)]
pub struct HubSpotApi(Mutex<Hubs>);

#[derive(Default)]
pub(super) struct Hubs(BTreeMap<String, Hub>);

impl Hubs {
    /// The account's hub, made on first use.
    pub(super) fn of(&mut self, account: &str) -> &mut Hub {
        self.0.entry(account.to_owned()).or_insert_with(|| Hub::new(account))
    }
}

impl HubSpotApi {
    pub(super) fn hubs(&self) -> MutexGuard<'_, Hubs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn objects(&self, account: &str, of: ObjectType) -> Vec<StoredObject> {
        let mut hubs = self.hubs();
        let hub = hubs.of(account);
        hub.table(of).records.values().map(|record| record.stored(hub, of)).collect()
    }

    pub(crate) fn put_object(
        &self,
        account: &str,
        of: ObjectType,
        properties: &Value,
    ) -> StoredObject {
        let mut hubs = self.hubs();
        let hub = hubs.of(account);
        hub.plant(of, properties).stored(hub, of)
    }

    pub(crate) fn set_property(
        &self,
        account: &str,
        of: ObjectType,
        id: &str,
        (name, value): (&str, &str),
    ) -> bool {
        let mut hubs = self.hubs();
        let hub = hubs.of(account);
        let at = hub.tick();
        let records = &mut hub.table_mut(of).records;
        let record = id.parse().ok().and_then(|id: u64| records.get_mut(&id));
        if let Some(record) = record {
            record.put(name, value.to_owned());
            record.touch(of, at);
            return true;
        }
        false
    }

    pub(crate) fn put_property(
        &self,
        account: &str,
        of: ObjectType,
        property: Value,
    ) -> Result<Value, serde_json::Error> {
        let mut definition: Definition = serde_json::from_value(property)?;
        definition.group_name.get_or_insert_with(|| of.property_group().to_owned());
        let mut hubs = self.hubs();
        let hub = hubs.of(account);
        let property = Property::custom(definition, hub.tick());
        let view = property.view();
        hub.table_mut(of).properties.insert(property.name().to_owned(), property);
        Ok(view)
    }
}

/// The same hub for the same account.
pub(super) fn hub_id(account: &str) -> u32 {
    let digest = Sha256::digest(account);
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % 100_000_000
}
