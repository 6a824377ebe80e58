//! The application's users, by the application's own names.

use crate::schema::{Ddl, Dialect, USER, id, millis, string, unique};

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let users = dialect
        .table("users")
        .col(id())
        .col(string("external_id", USER).not_null())
        .col(millis("created_at").not_null())
        .index(&mut unique("users", &["external_id"]))
        .to_owned();
    vec![users.into()]
}
