//! Links between the application's records and events, and the generation that each record has
//! reached over a connection, which outlives its links.

use sea_orm_migration::sea_query::{ColumnDef, Index};

use crate::schema::{
    Ddl, Dialect, ENTITY_ID, EXTERNAL_ID, NAME, ends_with, id, millis, reference, string, unique,
};

const RECORD: [&str; 4] =
    ["user_id", "internal_entity_type", "internal_entity_id", "integration_id"];

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let links = dialect
        .table("calendar_event_links")
        .col(id())
        .col(reference("user_id"))
        .col(reference("integration_id"))
        .col(string("internal_entity_type", NAME).not_null())
        .col(string("internal_entity_id", ENTITY_ID).not_null())
        .col(string("external_event_id", EXTERNAL_ID).not_null())
        .col(string("external_calendar_id", EXTERNAL_ID).not_null())
        .col(string("state", NAME).not_null())
        .col(ColumnDef::new("generation").integer().not_null())
        .col(millis("created_at").not_null())
        .col(millis("updated_at").not_null())
        .index(&mut unique("calendar_event_links", &["integration_id", "external_event_id"]))
        .index(unique("calendar_event_links", &RECORD).name("uq__calendar_event_links__record"))
        .foreign_key(&mut ends_with("calendar_event_links", "user_id", "users"))
        .foreign_key(&mut ends_with("calendar_event_links", "integration_id", "integrations"))
        .to_owned();
    let key = ["integration_id", "internal_entity_type", "internal_entity_id"];
    let mut record = Index::create();
    for column in key {
        record.col(column);
    }
    let generations = dialect
        .table("link_generations")
        .col(reference("integration_id"))
        .col(string("internal_entity_type", NAME).not_null())
        .col(string("internal_entity_id", ENTITY_ID).not_null())
        .col(ColumnDef::new("generation").integer().not_null())
        .primary_key(&mut record)
        .foreign_key(&mut ends_with("link_generations", "integration_id", "integrations"))
        .to_owned();
    vec![links.into(), generations.into()]
}
