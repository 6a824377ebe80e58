//! How often in a row the refresh of a token failed, and an index to find the tokens near their end.

use crate::schema::{Ddl, Dialect, count};

const TABLE: &str = "integration_tokens";

pub(crate) fn statements(_: Dialect) -> Vec<Ddl> {
    vec![
        Ddl::column(TABLE, "refresh_failures", count("refresh_failures")),
        Ddl::Index { table: TABLE, column: "expires_at" },
    ]
}
