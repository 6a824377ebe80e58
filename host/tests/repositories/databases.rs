//! A database for each test, dropped at its end.

use std::{
    future::Future,
    sync::atomic::{AtomicU32, Ordering},
};

use mortise::adapters::sea_orm::{Database, DatabaseOptions};
use sea_orm::{ConnectOptions, ConnectionTrait as _, DatabaseConnection, Statement};
use tempfile::TempDir;

/// A database, empty at first.
#[derive(Clone)]
pub struct Fixture {
    pub db: Database,
    pub url: String,
    /// For looking at the rows past the stores.
    pub raw: DatabaseConnection,
}

impl Fixture {
    async fn open(url: String) -> Self {
        let db = Database::open(&url, DatabaseOptions::default()).await.unwrap();
        // One, so that what a test does by it happens in order.
        let mut one = ConnectOptions::new(&url);
        one.max_connections(1);
        let raw = sea_orm::Database::connect(one).await.unwrap();
        Self { db, url, raw }
    }

    pub async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let row = self.raw.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let rows = self.raw.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    pub async fn run(&self, sql: &str) {
        self.raw.execute_unprepared(sql).await.unwrap();
    }

    pub async fn tables(&self) -> Vec<String> {
        let sql = match self.raw.get_database_backend() {
            sea_orm::DbBackend::Postgres => {
                "SELECT table_name::text FROM information_schema.tables \
                 WHERE table_schema = 'public'"
            }
            sea_orm::DbBackend::MySql => {
                "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
                 WHERE table_schema = DATABASE()"
            }
            _ => {
                "SELECT name FROM sqlite_master \
                 WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            }
        };
        let mut names = self.texts(sql).await;
        names.sort();
        names
    }

    /// Every table with the number of its rows.
    pub async fn counts(&self) -> Vec<(String, i64)> {
        let mut counts = Vec::new();
        for table in self.tables().await {
            let count = self.number(&format!("SELECT COUNT(*) FROM {table}")).await;
            counts.push((table, count));
        }
        counts
    }

    async fn close(&self) {
        self.db.close().await.unwrap();
        self.raw.clone().close().await.unwrap();
    }
}

pub async fn on_sqlite<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Fixture) -> F) {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("data/mortise.db").display());
    let fixture = Fixture::open(url).await;
    let outcome = tokio::spawn(test(fixture.clone())).await;
    fixture.close().await;
    pass_on(outcome);
}

pub async fn on_postgres<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Fixture) -> F) {
    on_server("MORTISE_TEST_POSTGRES_URL", test).await;
}

pub async fn on_mysql<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Fixture) -> F) {
    on_server("MORTISE_TEST_MYSQL_URL", test).await;
}

async fn on_server<F: Future<Output = ()> + Send + 'static>(
    variable: &str,
    test: impl FnOnce(Fixture) -> F,
) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Ok(server) = std::env::var(variable) else {
        let required = std::env::var("MORTISE_TEST_REQUIRE_DATABASES").is_ok_and(|set| set == "1");
        assert!(!required, "{variable} is not set");
        eprintln!("skipped: {variable} is not set");
        return;
    };
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("mortise_test_{}_{count}", std::process::id());
    let admin = sea_orm::Database::connect(&server).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    let fixture = Fixture::open(url.into()).await;
    let outcome = tokio::spawn(test(fixture.clone())).await;
    fixture.close().await;
    admin.execute_unprepared(&format!("DROP DATABASE {name}")).await.unwrap();
    pass_on(outcome);
}

/// Fails as the test did, now that its database is gone.
fn pass_on(outcome: Result<(), tokio::task::JoinError>) {
    if let Err(error) = outcome {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// Tests that are run on each database, its tables made.
macro_rules! on_each_database {
    ($($(#[$attribute:meta])* async fn $name:ident($fixture:ident) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of its module's imports")]
            use super::*;

            async fn test($fixture: crate::databases::Fixture) {
                $fixture.db.migrate().await.unwrap();
                $body
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                crate::databases::on_sqlite(test).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgresql() {
                crate::databases::on_postgres(test).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_mysql() {
                crate::databases::on_mysql(test).await;
            }
        }
    )+};
}
pub(crate) use on_each_database;

/// The same tests for links to events and to objects of a CRM.
macro_rules! for_each_sort {
    ($($tests:tt)+) => {
        mod to_events {
            use super::*;
            type Place = EventPlace;
            crate::databases::on_each_database! { $($tests)+ }
        }

        mod to_crm_objects {
            use super::*;
            type Place = CrmObject;
            crate::databases::on_each_database! { $($tests)+ }
        }
    };
}

pub(crate) use for_each_sort;
