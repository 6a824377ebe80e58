//! The end of a row is looked for wherever a table refers to it: a reference without an index would
//! read the whole table for each row that goes, and no plan shows it.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

/// References, `table.column`, of which no index begins with the column. Both databases have the
/// same tables; SQLite can be asked in one statement.
pub async fn without_index(sqlite: &DatabaseConnection) -> Vec<String> {
    // A key that is an integer is the table itself and has no index of its own.
    let sql = "SELECT t.name || '.' || f.\"from\" FROM sqlite_master t \
               JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' \
               AND NOT EXISTS (SELECT 1 FROM pragma_table_info(t.name) c \
               WHERE c.name = f.\"from\" AND c.pk = 1) \
               AND NOT EXISTS (SELECT 1 FROM pragma_index_list(t.name) i \
               JOIN pragma_index_info(i.name) c WHERE c.seqno = 0 AND c.name = f.\"from\")";
    let rows = sqlite.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}
