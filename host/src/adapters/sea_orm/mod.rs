//! The stores on SQLite, PostgreSQL and MySQL/MariaDB.
//!
//! One [`Database`] is all of them. Whatever writes does so in a short transaction that is run
//! again when another one was faster, so races are settled by the constraints of the tables.

mod api_keys;
mod backup;
mod columns;
mod database;
mod entities;
mod error;
mod generations;
mod idempotency;
mod import;
mod installation;
mod integrations;
mod leases;
mod link_tables;
mod links;
mod losses;
mod oauth_states;
mod primaries;
mod revocations;
mod sealed_texts;
mod sessions;
mod sync_states;
mod tokens;
mod transaction;
mod users;

pub use backup::BackupError;
pub use database::{Database, DatabaseOptions, sqlite_file};
pub use import::{ImportError, ImportReport, Outcome, RowReport, import_sqlite};
pub use link_tables::LinkTable;
pub use links::Links;
pub use mortise_migrations::PendingMigration;
