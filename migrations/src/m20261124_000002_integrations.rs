//! One user's connection to one provider.
//!
//! `token_version` is the highest version that its token ever had: it outlives the token.

use crate::schema::{Ddl, Dialect, NAME, ends_with, id, millis, reference, string, text, unique};

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let integrations = dialect
        .table("integrations")
        .col(id())
        .col(reference("user_id"))
        .col(string("provider", NAME).not_null())
        .col(string("status", NAME).not_null().default("active"))
        .col(text("scopes").not_null())
        .col(text("meta_json").not_null())
        .col(text("last_error"))
        .col(reference("token_version").default(0))
        .col(millis("created_at").not_null())
        .col(millis("updated_at").not_null())
        .index(&mut unique("integrations", &["user_id", "provider"]))
        .foreign_key(&mut ends_with("integrations", "user_id", "users"))
        .to_owned();
    vec![integrations.into()]
}
