//! The tables of Mortise on SQLite, PostgreSQL and MySQL/MariaDB, one migration each.
//!
//! A migration is a list of statements, so that what [`pending_sql`] shows is what
//! [`Migrator`] runs.

mod m20261124_000001_users;
mod m20261124_000002_integrations;
mod m20261124_000003_integration_tokens;
mod m20261124_000004_integration_sync_state;
mod m20261124_000005_calendar_event_links;
mod m20261124_000006_crm_links;
mod m20261124_000007_oauth_states;
mod m20261124_000008_api_keys;
mod m20261124_000009_sessions;
mod m20261124_000010_idempotency_keys;
mod m20261124_000011_pending_revocations;
mod m20261124_000012_installation;
mod m20261125_000013_crm_link_generations;
mod m20261125_000014_calendar_event_moves;
mod m20261125_000015_primary_calendars;
mod m20261125_000016_refresh_leases;
mod m20261125_000017_unsettled_links;
mod pending;
mod schema;

pub use pending::{PendingMigration, pending_sql};
pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{MigrationTrait, async_trait};

use crate::schema::Migration;

/// Brings a database up to this version of the program.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

impl Migrator {
    fn all() -> Vec<Migration> {
        macro_rules! in_order {
            ($($name:ident),+ $(,)?) => {
                vec![$(Migration::new(stringify!($name), $name::statements)),+]
            };
        }
        in_order![
            m20261124_000001_users,
            m20261124_000002_integrations,
            m20261124_000003_integration_tokens,
            m20261124_000004_integration_sync_state,
            m20261124_000005_calendar_event_links,
            m20261124_000006_crm_links,
            m20261124_000007_oauth_states,
            m20261124_000008_api_keys,
            m20261124_000009_sessions,
            m20261124_000010_idempotency_keys,
            m20261124_000011_pending_revocations,
            m20261124_000012_installation,
            m20261125_000013_crm_link_generations,
            m20261125_000014_calendar_event_moves,
            m20261125_000015_primary_calendars,
            m20261125_000016_refresh_leases,
            m20261125_000017_unsettled_links,
        ]
    }
}

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let boxed = |migration| Box::new(migration) as Box<dyn MigrationTrait>;
        Self::all().into_iter().map(boxed).collect()
    }
}
