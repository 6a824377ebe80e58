//! What makes this installation differ from any other: one row, made at the first start.

use sea_orm_migration::sea_query::ColumnDef;

use crate::schema::{Ddl, Dialect, HEX, string};

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let installation = dialect
        .table("installation")
        .col(ColumnDef::new("id").integer().not_null().primary_key())
        .col(string("salt", HEX).not_null())
        .to_owned();
    vec![installation.into()]
}
