//! The generation that each record has reached over a connection in each kind of object of a CRM.

use sea_orm_migration::sea_query::{ColumnDef, Index};

use crate::schema::{Ddl, Dialect, ENTITY_ID, NAME, ends_with, reference, string};

const KEY: [&str; 4] =
    ["integration_id", "object_type", "internal_entity_type", "internal_entity_id"];

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let mut key = Index::create();
    for column in KEY {
        key.col(column);
    }
    let generations = dialect
        .table("crm_link_generations")
        .col(reference("integration_id"))
        .col(string("object_type", NAME).not_null())
        .col(string("internal_entity_type", NAME).not_null())
        .col(string("internal_entity_id", ENTITY_ID).not_null())
        .col(ColumnDef::new("generation").integer().not_null())
        .primary_key(&mut key)
        .foreign_key(&mut ends_with("crm_link_generations", "integration_id", "integrations"))
        .to_owned();
    vec![generations.into()]
}
