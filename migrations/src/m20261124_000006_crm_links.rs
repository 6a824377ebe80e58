//! Links between the application's records and the objects of a CRM: `contact`, `deal`.

use sea_orm_migration::sea_query::ColumnDef;

use crate::schema::{
    Ddl, Dialect, ENTITY_ID, NAME, ends_with, id, millis, reference, string, unique,
};

// Shorter than an event's: the type is in the index too.
const OBJECT_ID: u32 = 512;

const RECORD: [&str; 5] =
    ["user_id", "internal_entity_type", "internal_entity_id", "integration_id", "object_type"];
const OBJECT: [&str; 3] = ["integration_id", "object_type", "external_object_id"];

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let links = dialect
        .table("crm_links")
        .col(id())
        .col(reference("user_id"))
        .col(reference("integration_id"))
        .col(string("object_type", NAME).not_null())
        .col(string("internal_entity_type", NAME).not_null())
        .col(string("internal_entity_id", ENTITY_ID).not_null())
        .col(string("external_object_id", OBJECT_ID).not_null())
        .col(string("state", NAME).not_null())
        .col(ColumnDef::new("generation").integer().not_null())
        .col(millis("created_at").not_null())
        .col(millis("updated_at").not_null())
        .index(unique("crm_links", &OBJECT).name("uq__crm_links__object"))
        .index(unique("crm_links", &RECORD).name("uq__crm_links__record"))
        .foreign_key(&mut ends_with("crm_links", "user_id", "users"))
        .foreign_key(&mut ends_with("crm_links", "integration_id", "integrations"))
        .to_owned();
    vec![links.into()]
}
