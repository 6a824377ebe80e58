//! The calendar that a user's events go to where a call names none.

use crate::schema::{Ddl, Dialect, EXTERNAL_ID, ends_with, millis, reference, string};

const TABLE: &str = "primary_calendars";

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let primaries = dialect
        .table(TABLE)
        .col(reference("user_id").primary_key())
        .col(reference("integration_id"))
        .col(string("calendar_id", EXTERNAL_ID))
        .col(millis("updated_at").not_null())
        .foreign_key(&mut ends_with(TABLE, "user_id", "users"))
        .foreign_key(&mut ends_with(TABLE, "integration_id", "integrations"))
        .to_owned();
    vec![primaries.into(), Ddl::Index { table: TABLE, column: "integration_id" }]
}
