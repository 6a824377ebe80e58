//! A database that does not answer.

use std::time::Duration;

use mortise::{
    adapters::sea_orm::{Database, DatabaseOptions},
    ports::{IntegrationRepository as _, StoreError},
};

use crate::{
    databases::{Fixture, on_mysql, on_postgres},
    words::{at_once, connected, google, user},
};

fn patience() -> DatabaseOptions {
    DatabaseOptions { acquire_timeout: Duration::from_millis(300), ..DatabaseOptions::default() }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_and_its_password_not_told() {
    for scheme in ["postgres", "mysql", "mariadb"] {
        // Bound and not listening: nobody else can take the port.
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        drop(socket);
        let url = format!("{scheme}://root:hunter2secret@{address}/mortise");
        let error = Database::open(&url, patience()).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{scheme}: {error:?}");
        assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn an_address_of_something_else_is_refused_and_not_repeated() {
    for url in ["redis://root:hunter2@localhost", "mortise.db", "", "postgres://a:hunter2@b:port/x"]
    {
        let error = Database::open(url, patience()).await.unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_closed_database_is_unavailable() {
    let db = Database::open("sqlite::memory:", patience()).await.unwrap();
    db.ping().await.unwrap();
    db.close().await.unwrap();
    assert!(matches!(db.ping().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(db.migrate().await, Err(StoreError::Unavailable(_))));
}

/// Several connections, idle in the pool.
async fn warm(fixture: &Fixture) {
    let db = fixture.db.clone();
    let find = move |_| {
        let db = db.clone();
        async move { db.connection(&user("42"), &google()).await.unwrap() }
    };
    at_once(10, find).await;
}

/// No caller notices.
async fn recovers(fixture: &Fixture) {
    for _ in 0..10 {
        assert!(fixture.db.connection(&user("42"), &google()).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn connections_that_postgresql_cut_are_replaced_and_no_caller_notices() {
    on_postgres(|fixture| async move {
        fixture.db.migrate().await.unwrap();
        connected(&fixture.db, "42").await;
        let others = "FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        assert!(fixture.number(&format!("SELECT COUNT(*) {others}")).await > 0);
        for name in ["43", "44"] {
            warm(&fixture).await;
            fixture.run(&format!("SELECT pg_terminate_backend(pid) {others}")).await;
            recovers(&fixture).await;
            fixture.run(&format!("SELECT pg_terminate_backend(pid) {others}")).await;
            connected(&fixture.db, name).await;
        }
    })
    .await;
}

#[tokio::test]
async fn connections_that_mysql_cut_are_replaced_and_no_caller_notices() {
    on_mysql(|fixture| async move {
        fixture.db.migrate().await.unwrap();
        connected(&fixture.db, "42").await;
        let others = "FROM information_schema.processlist \
                      WHERE db = DATABASE() AND id <> CONNECTION_ID()";
        assert!(fixture.number(&format!("SELECT COUNT(*) {others}")).await > 0);
        let kills = format!("SELECT CONCAT('KILL ', id) {others}");
        for name in ["43", "44"] {
            warm(&fixture).await;
            for kill in fixture.texts(&kills).await {
                fixture.run(&kill).await;
            }
            recovers(&fixture).await;
            for kill in fixture.texts(&kills).await {
                fixture.run(&kill).await;
            }
            connected(&fixture.db, name).await;
        }
    })
    .await;
}
