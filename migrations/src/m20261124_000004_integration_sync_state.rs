//! Where the reading of a resource's changes stands.

use crate::schema::{Ddl, Dialect, NAME, ends_with, id, millis, reference, string, text, unique};

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let states = dialect
        .table("integration_sync_state")
        .col(id())
        .col(reference("integration_id"))
        .col(string("resource", 512).not_null())
        .col(text("cursor"))
        .col(millis("last_synced_at"))
        .col(string("status", NAME).not_null().default("idle"))
        .col(text("error"))
        .index(&mut unique("integration_sync_state", &["integration_id", "resource"]))
        .foreign_key(&mut ends_with("integration_sync_state", "integration_id", "integrations"))
        .to_owned();
    vec![states.into()]
}
