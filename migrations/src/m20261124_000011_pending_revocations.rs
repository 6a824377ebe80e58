//! Tokens that a vendor has not confirmed to have forgotten. They outlive their connection and
//! their user, so they refer to neither.

use sea_orm_migration::sea_query::ColumnDef;

use crate::schema::{Ddl, Dialect, NAME, id, millis, string, text};

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let revocations = dialect
        .table("pending_revocations")
        .col(id())
        .col(string("provider", NAME).not_null())
        .col(text("token_enc").not_null())
        .col(ColumnDef::new("attempts").integer().not_null().default(0))
        .col(millis("next_attempt_at").not_null())
        .col(millis("created_at").not_null())
        .to_owned();
    vec![revocations.into(), Ddl::Index { table: "pending_revocations", column: "next_attempt_at" }]
}
