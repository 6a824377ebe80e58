//! How the databases run each statement of the stores on tables with many rows: by an index, and
//! reading no more rows than are asked for.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

mod calls;
mod links;
mod references;
mod shown;
mod words;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use fernet::Fernet;
use mortise::adapters::sea_orm::{Database, DatabaseOptions};
use mortise_tests::{TestDatabase, seed::Seed};
use sea_orm::{ConnectOptions, ConnectionTrait as _, DatabaseConnection, Statement};

/// Enough that a planner that could read a whole table instead of an index would not.
const INTEGRATIONS: u64 = 20_000;
const LINKS: u64 = 40_000;

#[tokio::test]
async fn every_statement_uses_an_index_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("mortise.db").display());
    let Seeded { raw, statements, .. } = seeded(&url).await;
    let mut wrong = Vec::new();
    for statement in &statements {
        let plan = shown::by_sqlite(&raw, statement).await;
        wrong.extend(plan.wrong().map(|line| format!("{}\n    {line}", statement.sql)));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(references::without_index(&raw).await, Vec::<String>::new());
}

#[tokio::test]
async fn every_statement_uses_an_index_on_postgresql() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let Seeded { raw, statements, definitions } = seeded(database.url()).await;
    let mut wrong = Vec::new();
    for statement in &statements {
        let plan = shown::by_postgres(&raw, statement).await;
        wrong.extend(plan.wrong().map(|line| format!("{}\n    {line}", statement.sql)));
    }
    raw.close().await.unwrap();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));

    let used = statements.iter().flat_map(|statement| words::of_statement(&statement.sql));
    let defined = definitions.iter().flat_map(|sql| words::of_definition(sql));
    let used: BTreeSet<String> = used.chain(defined).collect();
    let documented = words::documented();
    let missing: Vec<_> = used.difference(&documented).collect();
    assert!(missing.is_empty(), "docs/operators.md does not name {missing:?}");
}

struct Seeded {
    raw: DatabaseConnection,
    /// Each statement that the stores ran.
    statements: Vec<Statement>,
    /// Those that made the tables.
    definitions: Vec<String>,
}

async fn seeded(url: &str) -> Seeded {
    let database = Database::open(url, DatabaseOptions::default()).await.unwrap();
    let pending = database.pending_sql().await.unwrap();
    let definitions = pending.into_iter().flat_map(|migration| migration.statements).collect();
    database.migrate().await.unwrap();
    let key = Fernet::new(&Fernet::generate_key()).unwrap();
    let mut seed = Seed::new(INTEGRATIONS, LINKS, &key, None);
    seed.seed = 7;
    seed.fill(url).await.unwrap();
    let mut one = ConnectOptions::new(url);
    one.max_connections(1).sqlx_logging(false);
    let raw = sea_orm::Database::connect(one).await.unwrap();
    raw.execute_unprepared(calls::MANY_OBJECTS).await.unwrap();
    if url.starts_with("postgres") {
        raw.execute_unprepared("ANALYZE").await.unwrap();
    }
    let seen = Arc::new(Mutex::new(Vec::<Statement>::new()));
    let watching = Arc::clone(&seen);
    let watched = database.clone().watched(move |statement| {
        let mut seen = watching.lock().unwrap();
        if seen.iter().all(|known| known.sql != statement.sql) {
            seen.push(statement.clone());
        }
    });
    calls::everything(&watched, &database).await;
    watched.close().await.unwrap();
    let statements = seen.lock().unwrap().clone();
    assert!(statements.len() > 50, "only {} statements were seen", statements.len());
    Seeded { raw, statements, definitions }
}
