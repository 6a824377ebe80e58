//! Fills a migrated database with sound rows, as many as one likes: what the hub would have written
//! for its users, by statements that make many rows each.

mod sql;

use fernet::Fernet;
use mortise::{adapters::clock::SystemClock, ports::Clock as _};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement,
    TransactionTrait as _,
};
use sha2::{Digest as _, Sha256};

/// Few enough rows for a transaction, and enough that its end costs nothing beside them.
const BATCH: u64 = 50_000;
/// So many different ciphertexts there are.
pub(crate) const SECRETS: usize = 4;

/// What to fill a database with.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Connections in all: each user has one to Google Calendar and one to HubSpot.
    pub integrations: u64,
    /// Links to events in all, the same number for each user; a tenth as many to a CRM's objects.
    pub links: u64,
    /// Rows differ with it: which records are in their second generation, who has which token.
    pub seed: u64,
    /// The time of all rows, in milliseconds since the epoch. Nothing ends within a day of it.
    pub now: i64,
    /// Access and refresh tokens, encrypted.
    pub secrets: [(String, String); SECRETS],
    /// The head and the body of a kept answer, encrypted.
    pub answer: (String, String),
    /// The verifier of a connect attempt under way, encrypted.
    pub verifier: String,
}

impl Seed {
    /// With tokens encrypted under a key; the access token is this one, or some of no vendor.
    #[must_use]
    pub fn new(integrations: u64, links: u64, key: &Fernet, access_token: Option<&str>) -> Self {
        let secrets = std::array::from_fn(|n| {
            let access = access_token.map_or_else(|| format!("seeded-access-{n}"), str::to_owned);
            let refresh = format!("seeded-refresh-{n}");
            (key.encrypt(access.as_bytes()), key.encrypt(refresh.as_bytes()))
        });
        let verifier = key.encrypt(&[b'v'; 43]);
        let answer = (key.encrypt(br#"{"shape":"own","headers":[]}"#), key.encrypt(b"text:{}"));
        let now = SystemClock.now().timestamp_millis();
        Self { integrations, links, seed: 1, now, secrets, answer, verifier }
    }

    /// How many users there will be.
    #[must_use]
    pub fn users(&self) -> u64 {
        self.integrations.div_ceil(2)
    }

    /// Fills the database; its tables must be there and without users of these names.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn fill(&self, url: &str) -> Result<(), DbErr> {
        let db = connect(url).await?;
        self.run(&db, &[sql::api_key(self)]).await?;
        let mut from = 1;
        while from <= self.users() {
            let to = self.users().min(from + BATCH - 1);
            self.run(&db, &sql::users(self, from, to)).await?;
            from = to + 1;
        }
        // Each user's first link, then each one's second: as they come in over time.
        self.rounds(&db, self.links, sql::event_links).await?;
        self.rounds(&db, self.links / 10, sql::crm_links).await?;
        if db.get_database_backend() == DbBackend::Postgres {
            // As the server does by itself after a while.
            db.execute_unprepared("VACUUM ANALYZE").await?;
        }
        db.close().await
    }

    async fn rounds(
        &self,
        db: &DatabaseConnection,
        rows: u64,
        statements: fn(&Self, u64, std::ops::RangeInclusive<i64>) -> Vec<String>,
    ) -> Result<(), DbErr> {
        let first = number(db, "SELECT MIN(id) FROM users WHERE external_id = 'user-1'").await?;
        let (mut left, mut round) = (rows, 0);
        while left > 0 {
            let of_round = left.min(self.users());
            let mut done = 0;
            while done < of_round {
                let batch = BATCH.min(of_round - done);
                let from = first + i64::try_from(done).unwrap_or(i64::MAX);
                let to = from + i64::try_from(batch).unwrap_or(i64::MAX) - 1;
                self.run(db, &statements(self, round, from..=to)).await?;
                done += batch;
            }
            left -= of_round;
            round += 1;
        }
        Ok(())
    }

    async fn run(&self, db: &DatabaseConnection, statements: &[String]) -> Result<(), DbErr> {
        let tx = db.begin().await?;
        for statement in statements {
            tx.execute_unprepared(statement).await?;
        }
        tx.commit().await
    }
}

/// The name of a user, from 1.
#[must_use]
pub fn user(number: u64) -> String {
    format!("user-{number}")
}

/// The id of a user's record with a link, from 0.
#[must_use]
pub fn record(round: u64, user: &str) -> String {
    format!("{round}-{user}")
}

/// The id of the event that a user's link with this number leads to: the same for all users.
#[must_use]
pub fn event(round: u64) -> String {
    hex::encode(&Sha256::digest(format!("event {round}"))[..20])
}

/// One connection, and for SQLite none of the care that rows of value need.
async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut one = ConnectOptions::new(url);
    one.max_connections(1).sqlx_logging(false);
    let db = sea_orm::Database::connect(one).await?;
    let settings: &[&str] = match db.get_database_backend() {
        DbBackend::Sqlite => &["PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000"],
        DbBackend::Postgres => &["SET synchronous_commit = off"],
        // Names as they differ between MySQL and MariaDB; the other one's is refused.
        _ => &[
            "SET SESSION cte_max_recursion_depth = 1000000",
            "SET SESSION max_recursive_iterations = 1000000",
        ],
    };
    for setting in settings {
        match db.execute_unprepared(setting).await {
            Err(error) if db.get_database_backend() != DbBackend::MySql => return Err(error),
            _ => {}
        }
    }
    Ok(db)
}

async fn number(db: &DatabaseConnection, sql: &str) -> Result<i64, DbErr> {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let found = row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?.flatten();
    found.ok_or_else(|| DbErr::RecordNotFound("user-1".into()))
}
