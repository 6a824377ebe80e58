//! A hub at mixed work for a while: whether its memory, its tasks and its database connections stay
//! where they were after the first part. Fails where they do not.

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Parser;
use mortise_benches::{
    Outcome, artifacts,
    client::Connection,
    hub::{Folder, Hub},
    serving::Serving,
};
use serde_json::json;
use tokio::{task::JoinSet, time};

/// Lets a hub work and looks whether it grows.
#[derive(Parser)]
struct Options {
    /// Minutes of work in all
    #[arg(long, conflicts_with = "seconds")]
    minutes: Option<u64>,
    /// Seconds of work in all
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Clients that work at once
    #[arg(long, default_value_t = 8)]
    clients: usize,
}

const PACKAGES: [&str; 5] = ["mortise", "google_calendar", "outlook", "hubspot", "mortise-benches"];
const LIST: &str = "/api/calendar/events?start=2026-12-01T00:00:00Z&end=2027-01-01T00:00:00Z\
                    &provider=google_calendar&limit=100";
const TOKEN: &str = "/api/integrations/google-calendar/token";
const STATUS: &str = "/api/integrations/google-calendar/status";
/// Memory at the end may be so much of that after the warm-up.
const MOST_GROWTH: f64 = 1.05;
/// How long tasks and connections may take to end once nobody calls.
const SETTLING: Duration = Duration::from_secs(15);

/// What must come back to its level.
#[derive(Debug)]
struct Level {
    tasks: f64,
    connections: f64,
    pool: f64,
    idle: f64,
}

fn main() -> ExitCode {
    let ran = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(soak(&Options::parse())));
    match ran {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn soak(options: &Options) -> Outcome<bool> {
    let files = artifacts::build(&PACKAGES)?;
    let place = tempfile::tempdir()?;
    let folder = Folder::new(place.path());
    for plugin in artifacts::PLUGINS {
        folder.add_plugin(&files[plugin])?;
    }
    let (hub, serving) = Hub::spawn(&folder, &files["mortise"], "").await?;
    let hub = Arc::new(hub);
    let whole =
        Duration::from_secs(options.minutes.map_or(options.seconds, |minutes| minutes * 60));
    let warm_up = (whole / 3).min(Duration::from_secs(120));
    // More at once than later: what grows to its size and stays there shall have done so.
    work(&hub, &serving, 4 * options.clients, warm_up).await?;
    let level = settled(&serving, None).await?;
    let before = serving.resident()?;
    println!("after the warm-up of {} s: {before:.1} MB, {level:?}", warm_up.as_secs());
    let done = work(&hub, &serving, options.clients, whole - warm_up).await?;
    let at_end = settled(&serving, Some(&level)).await?;
    let after = serving.resident()?;
    println!("after {done} further requests: {after:.1} MB, {at_end:?}");
    let growth = after / before;
    println!("memory: {:+.1} % (at most {:+.1} %)", percent(growth), percent(MOST_GROWTH));
    let back = at_end.is_back_at(&level);
    println!("tasks and connections: {}", if back { "back at their level" } else { "NOT back" });
    Ok(growth <= MOST_GROWTH && back)
}

fn percent(ratio: f64) -> f64 {
    (ratio - 1.0) * 100.0
}

impl Level {
    async fn of(serving: &Serving) -> Outcome<Self> {
        let figures = serving.figures().await?;
        let figure = |name: &str| {
            let name = format!("mortise_{name}");
            figures.get(&name).copied().ok_or_else(|| format!("no {name} in /metrics"))
        };
        Ok(Self {
            tasks: figure("tasks")?,
            connections: figure("http_connections")?,
            pool: figure("database_connections")?,
            idle: figure("database_connections_idle")?,
        })
    }

    /// The pool may have grown to its size meanwhile, but all of it is idle.
    fn is_back_at(&self, level: &Self) -> bool {
        self.tasks <= level.tasks && self.connections <= level.connections && self.is_idle()
    }

    fn is_idle(&self) -> bool {
        self.pool == self.idle
    }
}

/// How things stand once nobody calls any more.
async fn settled(serving: &Serving, level: Option<&Level>) -> Outcome<Level> {
    let end = Instant::now() + SETTLING;
    loop {
        let now = Level::of(serving).await?;
        // One connection is the one that asks.
        let quiet = now.connections <= 1.0 && now.is_idle();
        if Instant::now() > end || quiet && level.is_none_or(|level| now.is_back_at(level)) {
            return Ok(now);
        }
        time::sleep(Duration::from_millis(200)).await;
    }
}

/// Keeps the clients busy for a while; how many requests were answered.
async fn work(hub: &Arc<Hub>, serving: &Serving, clients: usize, span: Duration) -> Outcome<usize> {
    let end = Instant::now() + span;
    let mut running = JoinSet::new();
    for client in 0..clients {
        let connection = Connection::open(serving.address).await?;
        running.spawn(one_client(Arc::clone(hub), connection, client, end));
    }
    let mut done = 0;
    while let Some(client) = running.join_next().await {
        done += client??;
    }
    Ok(done)
}

/// One round after the other: reads, and the life of a linked event.
async fn one_client(
    hub: Arc<Hub>,
    mut connection: Connection,
    client: usize,
    end: Instant,
) -> Outcome<usize> {
    let mut done = 0;
    let mut round = 0;
    while Instant::now() < end {
        let entity = format!("{client}-{}", round % 50);
        let day = 1 + round % 28;
        let at = |hour: u8| json!({"date_time": format!("2026-12-{day:02}T{hour:02}:00:00"), "time_zone": "UTC"});
        let event = |title: &str| json!({"title": title, "start": at(10), "end": at(11)});
        let path = format!("/api/calendar/events/soak/{entity}");
        let create = json!({"entity_type": "soak", "entity_id": entity, "allow_conflicts": true,
            "event": event("Soak")});
        let update = json!({"allow_conflicts": true, "event": event("Soak, moved")});
        let requests = [
            (hub.request(TOKEN), 200),
            (hub.request(STATUS), 200),
            (hub.send("POST", "/api/calendar/events", Some(&create)), 201),
            (hub.request(LIST), 200),
            (hub.send("PUT", &path, Some(&update)), 200),
            (hub.request(&path), 200),
            (hub.send("DELETE", &path, None), 204),
            // Addresses and methods that nobody knows must not be remembered.
            (hub.send("BREW", &format!("/nowhere/{client}/{round}"), None), 404),
        ];
        for (request, expected) in &requests {
            let answer = connection.exchange(request.as_bytes()).await?;
            if answer.status != *expected {
                let line = request.lines().next().unwrap_or_default();
                let body = String::from_utf8_lossy(answer.body);
                return Err(format!("{line} answered {}: {body}", answer.status).into());
            }
            done += 1;
        }
        round += 1;
    }
    Ok(done)
}
