//! Each starts at an empty database.

use mortise::adapters::sea_orm::{Database, DatabaseOptions};

use crate::{
    databases::{Fixture, on_mysql, on_postgres, on_sqlite},
    words::{at_once, connected},
};

macro_rules! on_each_empty_database {
    ($(async fn $name:ident($fixture:ident) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn test($fixture: Fixture) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() { on_sqlite(test).await; }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgresql() { on_postgres(test).await; }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn mysql() { on_mysql(test).await; }
        }
    )+};
}

const MIGRATIONS: usize = 17;
const TABLES: [&str; 17] = [
    "api_keys",
    "calendar_event_links",
    "calendar_event_moves",
    "crm_link_generations",
    "crm_links",
    "idempotency_keys",
    "installation",
    "integration_sync_state",
    "integration_tokens",
    "integrations",
    "link_generations",
    "oauth_states",
    "pending_revocations",
    "primary_calendars",
    "seaql_migrations",
    "sessions",
    "users",
];

fn is_definition(sql: &str) -> bool {
    ["CREATE ", "ALTER TABLE "].iter().any(|begin| sql.starts_with(begin))
}

on_each_empty_database! {
    async fn all_tables_are_made_and_a_second_run_changes_nothing(fixture) {
        assert_eq!(fixture.db.pending_migrations().await.unwrap().len(), MIGRATIONS);
        fixture.db.migrate().await.unwrap();
        assert_eq!(fixture.tables().await, TABLES);
        assert!(fixture.db.pending_migrations().await.unwrap().is_empty());
        assert!(fixture.db.pending_sql().await.unwrap().is_empty());
        connected(&fixture.db, "42").await;
        let before = fixture.counts().await;
        fixture.db.migrate().await.unwrap();
        assert_eq!(fixture.counts().await, before);
    }

    async fn a_dry_run_changes_nothing(fixture) {
        let shown = fixture.db.pending_sql().await.unwrap();
        assert_eq!(fixture.tables().await, Vec::<String>::new());
        let names: Vec<_> = shown.iter().map(|one| one.name.clone()).collect();
        assert_eq!(names, fixture.db.pending_migrations().await.unwrap());
        for migration in shown {
            assert!(migration.statements.iter().any(|sql| is_definition(sql)), "{}", migration.name);
        }
    }

    async fn the_sql_of_a_dry_run_does_by_hand_what_the_migration_does(fixture) {
        for migration in fixture.db.pending_sql().await.unwrap() {
            for statement in migration.statements {
                fixture.run(&statement).await;
            }
        }
        assert_eq!(fixture.tables().await, TABLES);
        assert!(fixture.db.pending_migrations().await.unwrap().is_empty());
        fixture.db.migrate().await.unwrap();
        connected(&fixture.db, "42").await;
    }

    async fn a_migration_that_broke_off_is_taken_up_again(fixture) {
        // As MySQL leaves it, which commits each statement: all is made, and no record says so.
        let shown = fixture.db.pending_sql().await.unwrap();
        for migration in &shown {
            for statement in migration.statements.iter().filter(|sql| is_definition(sql)) {
                fixture.run(statement).await;
            }
        }
        fixture.db.migrate().await.unwrap();
        assert_eq!(fixture.tables().await, TABLES);
        assert!(fixture.db.pending_migrations().await.unwrap().is_empty());
    }

    async fn tables_of_a_later_version_are_left_alone(fixture) {
        fixture.db.migrate().await.unwrap();
        fixture
            .run("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_x', 0)")
            .await;
        let error = fixture.db.migrate().await.unwrap_err().to_string();
        assert!(error.contains("later version"), "{error}");
    }

    async fn hosts_that_migrate_at_once_all_succeed(fixture) {
        let url = fixture.url.clone();
        at_once(4, |_| {
            let url = url.clone();
            async move {
                let host = Database::open(&url, DatabaseOptions::default()).await.unwrap();
                host.migrate().await.unwrap();
                host.close().await.unwrap();
            }
        })
        .await;
        assert_eq!(fixture.tables().await, TABLES);
        let recorded = fixture.texts("SELECT version FROM seaql_migrations").await;
        assert_eq!(recorded.len(), MIGRATIONS);
    }
}
