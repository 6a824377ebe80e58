use std::{fs, io, path::Path};

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::sqlite::SqliteConnectOptions,
};

use super::{Database, error::store_error};
use crate::ports::StoreError;

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Other databases have tools of their own.
    #[error(
        "this copies SQLite databases only: for PostgreSQL use pg_dump, for MySQL mysqldump, for \
         MariaDB mariadb-dump"
    )]
    NotSqlite,
    /// A file is never overwritten.
    #[error("the file exists already: name another, or move it away")]
    Exists,
    /// The database could not be read.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The file could not be written.
    #[error("the copy could not be written: {0}")]
    Io(#[from] io::Error),
    /// The copy differs from a sound database.
    #[error("the copy is damaged, so the database may be too: {0}")]
    Damaged(String),
}

impl Database {
    /// Copies the database as it is at one moment into a new file, while hubs read and write. The
    /// file has its name only once it is whole, checked and on the disk; before that, and after a
    /// crash, there is a hidden file beside it that ends in `.partial`. Says how many bytes.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub async fn backup(&self, to: &Path) -> Result<u64, BackupError> {
        if self.backend() != DbBackend::Sqlite {
            return Err(BackupError::NotSqlite);
        }
        // Also where it is a link that leads nowhere.
        if fs::symlink_metadata(to).is_ok() {
            return Err(BackupError::Exists);
        }
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        // Readable for its owner only, from the beginning.
        let partial = tempfile::Builder::new()
            .prefix(".mortise-backup-")
            .suffix(".partial")
            .tempfile_in(folder)?;
        // It writes into a file that is there if that is empty, and reads in one transaction.
        let name = partial
            .path()
            .to_str()
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
        let copy =
            Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [name.into()]);
        self.pool.execute_raw(copy).await.map_err(store_error)?;
        check(partial.path()).await?;
        partial.as_file().sync_all()?;
        let bytes = partial.as_file().metadata()?.len();
        partial.persist_noclobber(to).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists,
            _ => BackupError::Io(error.error),
        })?;
        // The name is on the disk when its folder is.
        fs::File::open(folder)?.sync_all()?;
        Ok(bytes)
    }
}

/// Whether the file is a whole database, the rows that refer to others included.
async fn check(file: &Path) -> Result<(), BackupError> {
    // Nothing is written beside it.
    let read_only = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
    let mut options = ConnectOptions::new("sqlite:");
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(move |_| read_only.clone());
    let copy = sea_orm::Database::connect(options).await.map_err(store_error)?;
    let findings = findings(&copy).await.map_err(store_error);
    copy.close().await.map_err(store_error)?;
    match findings?.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(BackupError::Damaged(first.clone())),
    }
}

async fn findings(copy: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let ask = |sql| Statement::from_string(DbBackend::Sqlite, sql);
    let mut findings = Vec::new();
    for row in copy.query_all_raw(ask("PRAGMA integrity_check")).await? {
        let finding: String = row.try_get_by_index(0)?;
        if finding != "ok" {
            findings.push(finding);
        }
    }
    for row in copy.query_all_raw(ask("PRAGMA foreign_key_check")).await? {
        let table: String = row.try_get_by_index(0)?;
        findings.push(format!("a row of {table} refers to one that is not there"));
    }
    Ok(findings)
}
