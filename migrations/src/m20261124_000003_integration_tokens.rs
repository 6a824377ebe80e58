//! The encrypted tokens of a connection. The lease is for hubs that share a database.

use crate::schema::{Ddl, Dialect, NAME, ends_with, id, millis, reference, string, text, unique};

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let tokens = dialect
        .table("integration_tokens")
        .col(id())
        .col(reference("integration_id"))
        .col(text("access_token_enc").not_null())
        .col(text("refresh_token_enc"))
        .col(millis("expires_at"))
        .col(string("token_type", NAME).not_null().default("Bearer"))
        .col(reference("version"))
        .col(string("lease_owner", NAME))
        .col(millis("lease_until"))
        .col(millis("created_at").not_null())
        .col(millis("updated_at").not_null())
        .index(&mut unique("integration_tokens", &["integration_id"]))
        .foreign_key(&mut ends_with("integration_tokens", "integration_id", "integrations"))
        .to_owned();
    vec![tokens.into()]
}
