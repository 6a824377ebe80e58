use sea_orm_migration::{
    MigrationName as _, MigratorTrait as _,
    sea_orm::{ConnectionTrait, DbBackend, DbErr, Schema},
    seaql_migrations,
};

use crate::{Migrator, schema::Dialect};

/// A migration that the database has not seen yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingMigration {
    /// Its name.
    pub name: String,
    /// Its statements in order, without a semicolon. Run by hand they have the same effect as
    /// [`Migrator`], its own record of what was run included.
    pub statements: Vec<String>,
}

/// The SQL of all pending migrations in the dialect of the database. Changes nothing.
///
/// # Errors
/// Those of the database.
pub async fn pending_sql(db: &impl ConnectionTrait) -> Result<Vec<PendingMigration>, DbErr> {
    let dialect = Dialect::of(db).await?;
    let pending = Migrator::get_pending_migrations_read_only(db).await?;
    let mut shown = Vec::with_capacity(pending.len());
    for migration in Migrator::all() {
        if !pending.iter().any(|pending| pending.name() == migration.name()) {
            continue;
        }
        let mut statements = Vec::new();
        if shown.is_empty() {
            statements.push(ledger(dialect.backend));
        }
        statements.extend(migration.statements(dialect).iter().map(|ddl| ddl.sql(dialect)));
        statements.push(record(dialect.backend, migration.name()));
        shown.push(PendingMigration { name: migration.name().to_owned(), statements });
    }
    Ok(shown)
}

/// The table that the migrator keeps its record in.
fn ledger(backend: DbBackend) -> String {
    let mut table = Schema::new(backend).create_table_from_entity(seaql_migrations::Entity);
    backend.build(table.if_not_exists()).sql
}

fn record(backend: DbBackend, name: &str) -> String {
    let now = match backend {
        DbBackend::MySql => "UNIX_TIMESTAMP()",
        DbBackend::Postgres => "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) AS BIGINT)",
        _ => "CAST(strftime('%s', 'now') AS INTEGER)",
    };
    format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ('{name}', {now})")
}
