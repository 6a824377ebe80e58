use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use fernet::Fernet;
use mortise::adapters::sea_orm::{Database, DatabaseOptions};
use mortise_benches::{
    Outcome, artifacts,
    client::get,
    events,
    hub::{Folder, Hub},
};
use mortise_sandbox::DEFAULT_ACCOUNT;
use mortise_tests::seed::{self, Seed};
use sea_orm::ConnectionTrait as _;
use serde_json::Value;
use tempfile::TempDir;

const TOKEN: &str = "/api/integrations/google-calendar/token";
const STATUS: &str = "/api/integrations/google-calendar/status";
/// Odd, and larger than any number of users: so the users come in no order that a cache could like.
const STEP: u64 = 2_654_435_761;

#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub integrations: u64,
    pub links: u64,
}

/// A filled database and a hub over it.
pub struct Place {
    pub hub: Hub,
    pub database: Database,
    users: u64,
    rounds: u64,
    asked: AtomicU64,
    /// Server and name.
    dropped: Option<(String, String)>,
    _folder: TempDir,
}

impl Place {
    /// The vendor knows every user by the one token that it has given.
    pub async fn make(size: Size, server: Option<&str>, cache_seconds: u32) -> Outcome<Self> {
        let home = tempfile::tempdir()?;
        let folder = Folder::new(home.path());
        folder.add_plugin(&artifacts::build(&["google_calendar"])?["google_calendar"])?;
        let mut url = format!("sqlite://{}", folder.database().display());
        let mut dropped = None;
        if let Some(server) = server {
            let name = format!("mortise_growth_{}_{}", std::process::id(), size.integrations);
            run(server, &format!("CREATE DATABASE {name}")).await?;
            let (before, _) = server.rsplit_once('/').ok_or("the server's address has no path")?;
            url = format!("{before}/{name}");
            dropped = Some((server.to_owned(), name));
        }
        let database = Database::open(&url, DatabaseOptions::default()).await?;
        database.migrate().await?;
        let key = Fernet::generate_key();
        let cache = cache_seconds.to_string();
        let environment = [
            ("MORTISE__DATABASE__URL", url.as_str()),
            ("MORTISE__TOKENS__CACHE_TTL_SECONDS", cache.as_str()),
        ];
        let hub = Hub::start_with(&folder, &key, &environment).await?;
        let token: Value = hub.ask(TOKEN).await?;
        let key = Fernet::new(&key).ok_or("no key")?;
        let seed = Seed::new(size.integrations, size.links, &key, token["access_token"].as_str());
        let started = Instant::now();
        seed.fill(&url).await?;
        println!("{size:?} in {:.0} s", started.elapsed().as_secs_f64());
        let (users, rounds) = (seed.users(), size.links.div_ceil(seed.users()));
        for round in 0..rounds {
            let mut event = events::event(usize::try_from(round)?);
            event["id"] = seed::event(round).into();
            hub.sandbox.google().put_event(DEFAULT_ACCOUNT, "primary", event);
        }
        let asked = AtomicU64::new(0);
        Ok(Self { hub, database, users, rounds, asked, dropped, _folder: home })
    }

    /// The next user and one of their records.
    pub fn next(&self) -> (String, String) {
        let number = self.asked.fetch_add(1, Ordering::Relaxed).wrapping_mul(STEP);
        let user = seed::user(number % self.users + 1);
        // Every user has a link of each round but the last.
        let round = number / self.users % (self.rounds - 1).max(1);
        let record = seed::record(round, &user);
        (user, record)
    }

    /// A request for the next user: a token, a status, or a record's event.
    pub fn request(&self, what: usize) -> String {
        let (user, record) = self.next();
        let event = format!("/api/calendar/events/appointment/{record}");
        let target = [TOKEN, STATUS, &event][what];
        let bearer = format!("Bearer {}", self.hub.key);
        let headers = [("authorization", bearer.as_str()), ("mortise-user", user.as_str())];
        get(self.hub.address, target, &headers)
    }

    /// Drops the database; the hub's own connections end with the process.
    pub async fn end(self) -> Outcome<()> {
        self.database.close().await?;
        if let Some((server, name)) = self.dropped {
            run(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        Ok(())
    }
}

async fn run(server: &str, sql: &str) -> Outcome<()> {
    let admin = sea_orm::Database::connect(server).await?;
    admin.execute_unprepared(sql).await?;
    Ok(admin.close().await?)
}
