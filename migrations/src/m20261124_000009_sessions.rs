//! Browsers' short-lived tokens, by the SHA-256 of each.

use crate::schema::{Ddl, Dialect, HEX, ends_with, millis, reference, string, text};

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let sessions = dialect
        .table("sessions")
        .col(string("token_hash", HEX).not_null().primary_key())
        .col(reference("user_id"))
        .col(reference("api_key_id"))
        .col(text("providers"))
        .col(text("origins"))
        .col(millis("created_at").not_null())
        .col(millis("expires_at").not_null())
        .foreign_key(&mut ends_with("sessions", "user_id", "users"))
        .foreign_key(&mut ends_with("sessions", "api_key_id", "api_keys"))
        .to_owned();
    vec![
        sessions.into(),
        Ddl::Index { table: "sessions", column: "user_id" },
        Ddl::Index { table: "sessions", column: "api_key_id" },
        Ddl::Index { table: "sessions", column: "expires_at" },
    ]
}
