//! Answers kept for repeated requests. A row without an answer is in flight.

use sea_orm_migration::sea_query::{ColumnDef, Index};

use crate::schema::{Ddl, Dialect, HEX, ends_with, millis, reference, string};

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let mut request = Index::create();
    request.col("user_id").col("endpoint").col("idempotency_key");
    let keys = dialect
        .table("idempotency_keys")
        .col(reference("user_id"))
        .col(string("endpoint", 255).not_null())
        .col(string("idempotency_key", 255).not_null())
        .col(string("request_hash", HEX).not_null())
        .col(ColumnDef::new("answer_status").integer())
        .col(dialect.long_text("answer_headers"))
        .col(dialect.long_text("answer_body"))
        .col(millis("created_at").not_null())
        .col(millis("expires_at").not_null())
        .primary_key(&mut request)
        .foreign_key(&mut ends_with("idempotency_keys", "user_id", "users"))
        .to_owned();
    vec![keys.into(), Ddl::Index { table: "idempotency_keys", column: "expires_at" }]
}
