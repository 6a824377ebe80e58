//! Keys of the application's backends, by the SHA-256 of each.

use crate::schema::{Ddl, Dialect, HEX, id, millis, string, text, unique};

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let keys = dialect
        .table("api_keys")
        .col(id())
        .col(string("name", 255).not_null())
        .col(string("key_hash", HEX).not_null())
        .col(text("rights").not_null())
        .col(millis("created_at").not_null())
        .col(millis("revoked_at"))
        .index(&mut unique("api_keys", &["name"]))
        .index(&mut unique("api_keys", &["key_hash"]))
        .to_owned();
    vec![keys.into()]
}
