//! A database that does not answer.

use std::time::Duration;

use mortise::{
    adapters::sea_orm::{Database, DatabaseOptions},
    ports::StoreError,
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
