//! `crm/v3/objects/{type}`: contacts and deals.
//! Not there: `merge`, `gdpr-delete`, and `propertiesWithHistory`, which is passed over.

pub(super) mod batch;
pub(super) mod create;
mod filter;
pub(super) mod read;
pub(super) mod search;
pub(super) mod upsert;
pub(super) mod write;

use serde::Deserialize;
use serde_json::{Value, json};

use super::hub::{Hub, Sent};
use super::object_type::ObjectType;
use super::record::Record;

/// `SimplePublicObjectInput`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    properties: Sent,
}

/// Adds `associations` where the object has some of the types asked for.
fn with_associations(mut view: Value, hub: &Hub, of: ObjectType, record: &Record) -> Value {
    let kind = match of {
        ObjectType::Contacts => "contact_to_deal",
        ObjectType::Deals => "deal_to_contact",
    };
    let ids = hub.associated(of, record.id).map(|(id, _)| id);
    let results: Vec<_> = ids.map(|id| json!({"id": id.to_string(), "type": kind})).collect();
    if !results.is_empty() {
        view["associations"] = json!({of.other().plural(): {"results": results}});
    }
    view
}
