//! When a link whose write was interrupted is looked after: null where there is nothing to settle.

use crate::schema::{Ddl, Dialect, count, millis};

const EVENTS: &str = "calendar_event_links";
const OBJECTS: &str = "crm_links";

pub(crate) fn statements(_: Dialect) -> Vec<Ddl> {
    let mut statements = Vec::new();
    for table in [EVENTS, OBJECTS] {
        statements.push(Ddl::column(table, "settle_at", millis("settle_at")));
        statements.push(Ddl::column(table, "settle_attempts", count("settle_attempts")));
        statements.push(Ddl::Index { table, column: "settle_at" });
    }
    // What an earlier version left behind.
    statements.extend([
        Ddl::Rows(
            "UPDATE calendar_event_links SET settle_at = updated_at WHERE settle_at IS NULL AND \
             (state <> 'confirmed' OR id IN (SELECT link_id FROM calendar_event_moves))",
        ),
        Ddl::Rows(
            "UPDATE crm_links SET settle_at = updated_at WHERE settle_at IS NULL AND \
             state <> 'confirmed'",
        ),
    ]);
    statements
}
