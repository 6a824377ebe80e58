use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr as _,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use mortise_migrations::{Migrator, MigratorTrait as _, PendingMigration};
use sea_orm::{
    ConnectOptions, DatabaseConnection, DbBackend,
    sqlx::{
        Executor as _,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};
use tokio::sync::Semaphore;

use super::{
    error::{is_busy, is_conflict, store_error},
    integrations::connection_sql,
    losses::Losses,
};
use crate::ports::{PoolFigures, StoreError};

/// A connection that was idle for so long is tried before it is used.
const SUSPECT_AFTER: Duration = Duration::from_secs(10);
const STATEMENTS: &str = "mortise_database_statements_total";
/// Another host may be migrating at the same moment.
const MIGRATION_ATTEMPTS: u32 = 20;

/// What can be set about a pool.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    /// `None`: as many as there are cores, within 2 to 8, on SQLite; 10 elsewhere.
    pub max_connections: Option<u32>,
    /// How long a call waits for a free connection, and on SQLite for its turn to write and then
    /// for another process that writes.
    pub acquire_timeout: Duration,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self { max_connections: None, acquire_timeout: Duration::from_secs(5) }
    }
}

/// A pool of connections to one database. Clones share it.
#[derive(Clone)]
pub struct Database {
    pub(super) pool: DatabaseConnection,
    /// SQLite has one writer at a time: waiting for one's turn here leaves the connections to the
    /// readers.
    pub(super) writer: Option<Arc<Semaphore>>,
    pub(super) acquire_timeout: Duration,
    pub(super) connection_sql: Arc<str>,
    /// Whether the database knows `FOR UPDATE SKIP LOCKED`, as far as was seen.
    pub(super) skips_locked: Arc<AtomicBool>,
    pub(super) losses: Losses,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

impl Database {
    /// Connects to `sqlite://path`, `sqlite::memory:`, `postgres://...` or `mysql://...`
    /// (`mariadb://...`). A SQLite file and its folder are made where missing, readable for their
    /// owner only. Tables are not made: see [`Database::migrate`].
    ///
    /// # Errors
    /// `Unusable` for an address that cannot be one, `Unavailable` where nothing answers there. The
    /// message never holds the address, which may hold a password.
    pub async fn open(url: &str, options: DatabaseOptions) -> Result<Self, StoreError> {
        let mut connect = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => sqlite(url, &options)?,
            Some("postgres" | "postgresql") => server(url, &options),
            Some("mysql") => mysql(server(url, &options)),
            Some("mariadb") => mysql(server(&url.replacen("mariadb:", "mysql:", 1), &options)),
            _ => {
                return Err(StoreError::Unusable(
                    "the database's address must begin with sqlite:, postgres:// or mysql://"
                        .into(),
                ));
            }
        };
        let losses = Losses::new();
        losses.watch(&mut connect);
        let mut pool = sea_orm::Database::connect(connect).await.map_err(store_error)?;
        pool.set_metric_callback(|_| metrics::counter!(STATEMENTS).increment(1));
        let backend = pool.get_database_backend();
        Ok(Self {
            writer: (backend == DbBackend::Sqlite).then(|| Arc::new(Semaphore::new(1))),
            acquire_timeout: options.acquire_timeout,
            connection_sql: connection_sql(backend).into(),
            skips_locked: Arc::new(AtomicBool::new(backend != DbBackend::Sqlite)),
            losses,
            pool,
        })
    }

    /// The same pool, with every statement shown as it was sent, its values included: for a look at
    /// how the database runs it, not for a log.
    #[must_use]
    pub fn watched(mut self, watch: impl Fn(&sea_orm::Statement) + Send + Sync + 'static) -> Self {
        self.pool.set_metric_callback(move |run| watch(run.statement));
        self
    }

    /// Whether it is SQLite, whose tables the host makes by itself at its start.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    /// Brings the tables up to date. Several hosts may do so at once.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let _turn = self.turn().await?;
        let mut attempt = 0;
        loop {
            let pending = self.pending_migrations().await?.len();
            if pending == 0 {
                return Ok(());
            }
            let Err(error) = Migrator::up(&self.pool, None).await else { return Ok(()) };
            let overtaken = self.pending_migrations().await?.len() < pending;
            attempt += 1;
            let again = overtaken || is_conflict(&error) || is_busy(&error);
            if !again || attempt == MIGRATION_ATTEMPTS {
                return Err(store_error(error));
            }
            tokio::time::sleep(Duration::from_millis(10 * u64::from(attempt))).await;
        }
    }

    /// The migrations that the database has not seen. Changes nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        let pending = Migrator::get_pending_migrations_read_only(&self.pool).await;
        let pending = pending.map_err(store_error)?;
        Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
    }

    /// Their SQL, for an operator to read or run. Changes nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn pending_sql(&self) -> Result<Vec<PendingMigration>, StoreError> {
        mortise_migrations::pending_sql(&self.pool).await.map_err(store_error)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `Unavailable` where it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|| self.pool.ping()).await
    }

    /// How the pool stands.
    #[must_use]
    pub fn figures(&self) -> PoolFigures {
        let (open, idle) = match self.backend() {
            DbBackend::Sqlite => {
                let pool = self.pool.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            }
            DbBackend::Postgres => {
                let pool = self.pool.get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            }
            _ => {
                let pool = self.pool.get_mysql_connection_pool();
                (pool.size(), pool.num_idle())
            }
        };
        PoolFigures { open: usize::try_from(open).unwrap_or(usize::MAX), idle }
    }

    /// Closes all connections, once those in use are given back. Calls after it fail.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.pool.close_by_ref().await.map_err(store_error)
    }
}

fn server(url: &str, options: &DatabaseOptions) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(options.max_connections.unwrap_or(10))
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire_if_idle_for(SUSPECT_AFTER)
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    connect
}

/// With MySQL's own default a transaction that runs again, or waits, would read what was there
/// before the one that it waited for.
fn mysql(mut connect: ConnectOptions) -> ConnectOptions {
    connect.map_sqlx_mysql_pool_opts(|pool| {
        pool.after_connect(|connection, _| {
            Box::pin(async move {
                let level = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
                connection.execute(level).await.map(|_| ())
            })
        })
    });
    connect
}

fn sqlite(url: &str, options: &DatabaseOptions) -> Result<ConnectOptions, StoreError> {
    let parsed = SqliteConnectOptions::from_str(url)
        .map_err(|_| StoreError::Unusable("the database's address is not one of SQLite".into()))?;
    let in_memory = is_in_memory(url);
    if !in_memory {
        make_file(parsed.get_filename()).map_err(|error| {
            StoreError::Unavailable(format!("the database's file cannot be made: {}", error.kind()))
        })?;
    }
    let mut connect = ConnectOptions::new(url);
    connect.acquire_timeout(options.acquire_timeout).test_before_acquire(false);
    connect.sqlx_logging(false).record_stmt_in_spans(false);
    if in_memory {
        // Each connection would have a database of its own, and it would end with it.
        connect.max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
    } else {
        let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get());
        let default = u32::try_from(cores.clamp(2, 8)).unwrap_or(2);
        connect.max_connections(options.max_connections.unwrap_or(default));
    }
    let busy_timeout = options.acquire_timeout;
    connect.map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(busy_timeout)
    });
    Ok(connect)
}

fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

/// The file that an address names, where it is one of SQLite's and not in memory.
#[must_use]
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    if !url.starts_with("sqlite:") || is_in_memory(url) {
        return None;
    }
    let parsed = SqliteConnectOptions::from_str(url).ok()?;
    Some(parsed.get_filename().to_owned())
}

/// SQLite gives its journals the mode of the file.
fn make_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new();
    file.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    match file.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(|_| ()),
    }
}
