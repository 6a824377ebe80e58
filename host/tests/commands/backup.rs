//! `mortise backup`.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use mortise::{
    adapters::sea_orm::{Database, DatabaseOptions},
    domain::ids::IntegrationId,
    ports::TokenStore as _,
};

use crate::{
    databases::{on_postgres, on_sqlite},
    program::{OLD, Program, Seeded, cipher, connections, said},
};

async fn opened(file: &Path) -> Database {
    let url = format!("sqlite://{}", file.display());
    Database::open(&url, DatabaseOptions::default()).await.unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_is_a_whole_database_for_its_owner_only() {
    on_sqlite(|fixture| async move {
        fixture.db.migrate().await.unwrap();
        connections(&fixture, &cipher(&[OLD]), 50).await;
        let program = Program::on(&fixture.url, &[OLD]);
        let ran = program.run(&["backup", "copy.db"]).await;
        assert!(ran.status.success(), "{}", said(&ran));
        let file = program.folder.path().join("copy.db");
        assert_eq!(names(program.folder.path()), ["copy.db"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let copy = opened(&file).await;
        assert_eq!(copy.pending_migrations().await.unwrap(), Vec::<String>::new());
        for n in 1..=50 {
            let there = fixture.db.load(IntegrationId(n)).await.unwrap();
            assert!(there.is_some());
            assert!(copy.load(IntegrationId(n)).await.unwrap() == there);
        }
        copy.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    on_sqlite(|fixture| async move {
        fixture.db.migrate().await.unwrap();
        let program = Program::on(&fixture.url, &[OLD]);
        let file = program.folder.path().join("copy.db");
        fs::write(&file, "precious").unwrap();
        let ran = program.run(&["backup", "copy.db"]).await;
        assert_eq!(ran.status.code(), Some(1));
        assert!(said(&ran).contains("the file exists already"), "{}", said(&ran));
        assert_eq!(fs::read(&file).unwrap(), b"precious");
        assert_eq!(names(program.folder.path()), ["copy.db"]);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made_for_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mortise.db");
    let program = Program::on(&format!("sqlite://{}", file.display()), &[OLD]);
    let ran = program.run(&["backup", "copy.db"]).await;
    assert_eq!(ran.status.code(), Some(1));
    assert!(said(&ran).contains("there is no database at"), "{}", said(&ran));
    assert!(!file.exists() && names(program.folder.path()).is_empty());
}

#[tokio::test]
async fn another_database_is_sent_to_its_own_tools() {
    on_postgres(|fixture| async move {
        fixture.db.migrate().await.unwrap();
        let ran = Program::on(&fixture.url, &[OLD]).run(&["backup", "copy.db"]).await;
        assert_eq!(ran.status.code(), Some(1));
        for tool in ["pg_dump", "mysqldump", "mariadb-dump"] {
            assert!(said(&ran).contains(tool), "{}", said(&ran));
        }
    })
    .await;
}

#[tokio::test]
async fn a_backup_that_is_killed_leaves_no_half_file_under_its_name() {
    on_sqlite(|fixture| async move {
        fixture.db.migrate().await.unwrap();
        connections(&fixture, &cipher(&[OLD]), 2_000).await;
        let program = Program::on(&fixture.url, &[OLD]);
        let start = Instant::now();
        assert!(program.run(&["backup", "whole.db"]).await.status.success());
        let whole = u64::try_from(start.elapsed().as_micros()).unwrap();
        let mut random = Seeded::new();
        let mut cut = 0;
        for n in 0..20 {
            let name = format!("copy{n}.db");
            let time = Duration::from_micros(whole / 4 + random.below(whole));
            cut += u32::from(program.kill_after(&["backup", &name], time).await);
            let file = program.folder.path().join(name);
            if file.exists() {
                let copy = opened(&file).await;
                assert!(copy.load(IntegrationId(2_000)).await.unwrap().is_some());
                copy.close().await.unwrap();
            }
        }
        assert!(cut > 0, "no kill met the process");
    })
    .await;
}
