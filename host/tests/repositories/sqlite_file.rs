//! What is SQLite's own.

use std::time::Duration;

use mortise::{
    adapters::sea_orm::{Database, DatabaseOptions},
    ports::{IntegrationRepository as _, StoreError},
};
use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;

use crate::words::{at, at_once, connected, google, granted, user};

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_made_with_its_folder_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("new/folder/mortise.db");
    let url = format!("sqlite://{}", path.display());
    let db = Database::open(&url, DatabaseOptions::default()).await.unwrap();
    db.migrate().await.unwrap();
    for ending in ["", "-wal", "-shm"] {
        let file = format!("{}{ending}", path.display());
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_database_in_memory_lives_as_long_as_its_handle() {
    let db = Database::open("sqlite::memory:", DatabaseOptions::default()).await.unwrap();
    db.migrate().await.unwrap();
    connected(&db, "42").await;
    assert!(db.connection(&user("42"), &google()).await.unwrap().is_some());
    assert!(db.is_sqlite());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_that_write_to_one_file_wait_for_each_other() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("mortise.db").display());
    let hosts = [
        Database::open(&url, DatabaseOptions::default()).await.unwrap(),
        Database::open(&url, DatabaseOptions::default()).await.unwrap(),
    ];
    hosts[0].migrate().await.unwrap();
    at_once(40, |n| {
        let db = hosts[n % 2].clone();
        async move {
            let of = user(&(n % 7).to_string());
            db.connect(&of, &google(), &granted("x"), at(0)).await.unwrap();
            assert!(db.connection(&of, &google()).await.unwrap().is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_that_another_process_writes_to_is_unavailable_to_writers_only() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("mortise.db").display());
    let options = DatabaseOptions {
        acquire_timeout: Duration::from_millis(100),
        ..DatabaseOptions::default()
    };
    let db = Database::open(&url, options).await.unwrap();
    db.migrate().await.unwrap();
    connected(&db, "42").await;
    let other = sea_orm::Database::connect(&url).await.unwrap();
    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let refused = db.connect(&user("42"), &google(), &granted("x"), at(1)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert!(db.connection(&user("42"), &google()).await.unwrap().is_some());
    other.execute_unprepared("COMMIT").await.unwrap();
    db.connect(&user("42"), &google(), &granted("x"), at(1)).await.unwrap();
}

#[tokio::test]
async fn a_file_that_can_only_be_read_is_unavailable_to_writers_only() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("mortise.db").display());
    let db = Database::open(&url, DatabaseOptions::default()).await.unwrap();
    db.migrate().await.unwrap();
    connected(&db, "42").await;
    let read_only =
        Database::open(&format!("{url}?mode=ro"), DatabaseOptions::default()).await.unwrap();
    let refused = read_only.connect(&user("42"), &google(), &granted("x"), at(1)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert!(read_only.connection(&user("42"), &google()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_called_corrupt() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mortise.db");
    std::fs::write(&path, "not a database, but long enough to be looked at. ".repeat(100)).unwrap();
    let url = format!("sqlite://{}", path.display());
    let opened = Database::open(&url, DatabaseOptions::default()).await;
    assert!(matches!(opened, Err(StoreError::Corrupt(_))), "{opened:?}");
}
