use std::{
    env, process,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use sea_orm::ConnectionTrait as _;

/// A database of its own on a server that others use too, empty at first, gone when it is
/// dropped.
pub struct TestDatabase {
    server: String,
    name: String,
    url: String,
}

impl TestDatabase {
    /// On the server that `MORTISE_TEST_POSTGRES_URL` names. Nothing where it names none, unless
    /// `MORTISE_TEST_REQUIRE_DATABASES` is 1.
    ///
    /// # Panics
    /// Where the server cannot be reached, or is required and not named.
    pub async fn postgres() -> Option<Self> {
        Self::on("MORTISE_TEST_POSTGRES_URL").await
    }

    /// As [`postgres`](Self::postgres), for `MORTISE_TEST_MYSQL_URL`.
    ///
    /// # Panics
    /// As there.
    pub async fn mysql() -> Option<Self> {
        Self::on("MORTISE_TEST_MYSQL_URL").await
    }

    async fn on(variable: &str) -> Option<Self> {
        let Ok(server) = env::var(variable) else {
            let required = env::var("MORTISE_TEST_REQUIRE_DATABASES").is_ok_and(|set| set == "1");
            assert!(!required, "{variable} is not set");
            eprintln!("skipped: {variable} is not set");
            return None;
        };
        Some(Self::create(server).await)
    }

    /// On the server with this URL.
    ///
    /// # Panics
    /// Where the server cannot be reached or makes no database.
    pub async fn create(server: String) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mortise_system_{}_{count}", process::id());
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        run(&server, &format!("CREATE DATABASE {name}")).await.unwrap();
        Self { server, name, url: url.into() }
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TestDatabase {
    /// On a thread of its own: a test may end within a runtime that cannot be waited on.
    fn drop(&mut self) {
        // A hub that was killed a moment ago may still have its connections in PostgreSQL.
        let force = if self.server.starts_with("postgres") { " WITH (FORCE)" } else { "" };
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE {}{force}", self.name));
        let drop = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(run(&server, &sql)).map_err(std::io::Error::other)
        };
        if !matches!(thread::spawn(drop).join(), Ok(Ok(()))) {
            eprintln!("the database {} was left behind", self.name);
        }
    }
}

async fn run(server: &str, sql: &str) -> Result<(), sea_orm::DbErr> {
    let admin = sea_orm::Database::connect(server).await?;
    admin.execute_unprepared(sql).await?;
    admin.close().await
}
