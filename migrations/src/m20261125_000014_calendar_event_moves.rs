//! Events on their way from one vendor to another: the new link, and the old one that goes once the
//! new event is there. A row ends with either link.

use crate::schema::{Ddl, Dialect, ends_with, reference, unique};

const TABLE: &str = "calendar_event_moves";

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let moves = dialect
        .table(TABLE)
        .col(reference("link_id").primary_key())
        .col(reference("from_link_id"))
        .index(&mut unique(TABLE, &["from_link_id"]))
        .foreign_key(&mut ends_with(TABLE, "link_id", "calendar_event_links"))
        .foreign_key(&mut ends_with(TABLE, "from_link_id", "calendar_event_links"))
        .to_owned();
    vec![moves.into()]
}
