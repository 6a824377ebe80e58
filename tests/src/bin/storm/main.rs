//! A storm: clients write linked events through hubs that are killed at random moments, over
//! vendors that drop answers after doing the work. Then the dust settles, and what the vendors
//! have is compared with what the hubs' database and the clients know.
//!
//! `cargo run -p mortise-tests --bin storm -- --kills 300`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here is a failed test"
)]

mod calls;
mod check;
mod client;
mod hosts;
mod ledger;
mod outcome;
mod postgres;
mod settle;
mod tally;

use std::{
    hash::{BuildHasher as _, RandomState},
    process::ExitCode,
    sync::Arc,
    time::Instant,
};

use clap::Parser;
use mortise_sandbox::{Consent, Dice, Fault, FaultKind, Sandbox, SandboxConfig};
use mortise_tests::{GOOGLE, HostProcess, OUTLOOK, TestDatabase, TestHub};

use crate::{client::Client, hosts::Killer, ledger::Ledger, postgres::Cluster, tally::Tally};

/// How many people the clients write for.
const USERS: usize = 4;
/// Of the vendors' answers, after the work was done.
const DROPPED: f64 = 0.3;

/// Kills hubs while clients write, and looks whether anything was lost or is there twice
#[derive(Parser, Debug)]
struct Options {
    /// How often a hub is killed
    #[arg(long, default_value_t = 20)]
    kills: u32,
    /// Decides all that is left to chance; drawn and printed where it is not given
    #[arg(long)]
    seed: Option<u64>,
    /// sqlite, postgres (a database of its own on the server that MORTISE_TEST_POSTGRES_URL names),
    /// or the URL of an empty database
    #[arg(long, default_value = "sqlite")]
    database: String,
    /// Write to a PostgreSQL cluster of its own, stopped and started every few seconds
    #[arg(long)]
    restart_postgres: bool,
    /// Hubs on the one database; 3 where not said, 1 on SQLite
    #[arg(long)]
    hosts: Option<usize>,
    /// How many write at once
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// `server.request_timeout_seconds` of the hubs: they look after an interrupted write once it
    /// is over
    #[arg(long, default_value_t = 15)]
    request_timeout: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match runtime.block_on(storm(options)) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Where the links are kept.
enum Store {
    Sqlite,
    Given(String),
    OnServer(TestDatabase),
    OfItsOwn(Cluster),
}

impl Store {
    async fn open(options: &Options) -> Self {
        match options.database.as_str() {
            _ if options.restart_postgres => Self::OfItsOwn(Cluster::start()),
            "sqlite" => Self::Sqlite,
            "postgres" => {
                let database = TestDatabase::postgres().await;
                Self::OnServer(database.expect("MORTISE_TEST_POSTGRES_URL names a server"))
            }
            url => Self::Given(url.to_owned()),
        }
    }

    fn url(&self) -> Option<&str> {
        match self {
            Self::Sqlite => None,
            Self::Given(url) => Some(url),
            Self::OnServer(database) => Some(database.url()),
            Self::OfItsOwn(cluster) => Some(cluster.url()),
        }
    }
}

async fn storm(options: Options) -> bool {
    let seed = options.seed.unwrap_or_else(drawn_seed);
    println!("seed {seed}");
    println!("{options:?}");
    let mut dice = Dice::new(seed);
    let sandbox = Sandbox::start(SandboxConfig { seed, ..SandboxConfig::default() }).unwrap();
    let mut store = Store::open(&options).await;
    let hosts = started(&options, &store, &sandbox).await;
    let users: Vec<String> = (0..USERS).map(|n| format!("user-{n}")).collect();
    for user in &users {
        for slug in [GOOGLE, OUTLOOK] {
            hosts[0].connect(&sandbox, user, slug, &Consent::of(account(user))).await;
        }
    }
    let drops = |path| Fault::on(path, FaultKind::DoThenCut).chance(DROPPED);
    sandbox.google().set_fault(drops("/calendar/v3"));
    sandbox.microsoft().set_fault(drops("/v1.0"));

    let began = Instant::now();
    let (ledger, tally) = (Arc::new(Ledger::default()), Arc::new(Tally::default()));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let clients: Vec<_> = (0..options.clients)
        .map(|index| {
            let user = &users[index % USERS];
            let hubs = hosts.iter().map(|host| host.as_user(user)).collect();
            let book = (Arc::clone(&ledger), Arc::clone(&tally));
            let client = Client::new(index, user, hubs, book, dice.fork());
            tokio::spawn(client.run(stopped.clone()))
        })
        .collect();
    let mut killer = Killer::new(hosts, dice.fork());
    let restarts = match &mut store {
        Store::OfItsOwn(cluster) => cluster.while_restarting(killer.storm(options.kills)).await,
        _ => {
            killer.storm(options.kills).await;
            0
        }
    };
    let _ = stop.send(true);
    for client in clients {
        client.await.unwrap();
    }
    killer.all_serve().await;
    sandbox.google().clear_faults();
    sandbox.microsoft().clear_faults();
    let blown = began.elapsed();

    let rows = killer.hosts()[0].rows().await;
    let (open, settled) = settle::settled(&rows, options.request_timeout).await;
    let found = check::violations(&sandbox, &rows, &users, &ledger).await;
    println!("{} kills, {restarts} restarts of PostgreSQL, in {:.0?}", options.kills, blown);
    println!("{tally}");
    println!("{ledger}");
    match settled {
        Some(took) => println!("{open} interrupted writes left, all settled after {took:.1?}"),
        None => println!("{open} interrupted writes left, not all of them settled in time"),
    }
    println!("{} events and links at the end", check::events(&sandbox, &users).len());
    report(found, &killer, seed, &options)
}

/// The vendors' account of a user, at each of them.
fn account(user: &str) -> String {
    format!("{user}@example.com")
}

/// Short enough to be typed.
fn drawn_seed() -> u64 {
    RandomState::new().hash_one("storm") % 1_000_000
}

async fn started(options: &Options, store: &Store, sandbox: &Sandbox) -> Vec<HostProcess> {
    let on_sqlite = store.url().is_none_or(|url| url.starts_with("sqlite"));
    let count = options.hosts.unwrap_or(if on_sqlite { 1 } else { 3 });
    assert!(count == 1 || !on_sqlite, "one hub alone may have a SQLite file");
    let mut hub = TestHub::options()
        .providers(&["google_calendar", "outlook"])
        .set("server.request_timeout_seconds", &options.request_timeout.to_string());
    if let Some(url) = store.url() {
        hub = hub.database(url);
    }
    let mut hosts = vec![HostProcess::start(sandbox, hub).await];
    while hosts.len() < count {
        let another = hosts[0].beside(sandbox).await;
        hosts.push(another);
    }
    hosts
}

/// Says what was found; true where that is nothing.
fn report(found: Vec<String>, killer: &Killer, seed: u64, options: &Options) -> bool {
    if found.is_empty() {
        println!("nothing lost, nothing twice");
        return true;
    }
    for violation in &found {
        println!("VIOLATION: {violation}");
    }
    for host in killer.hosts() {
        let kept = std::env::temp_dir().join(format!("storm-{seed}-{}.log", host.port()));
        if std::fs::write(&kept, host.log()).is_ok() {
            println!("log: {}", kept.display());
        }
    }
    let restart = if options.restart_postgres { " --restart-postgres" } else { "" };
    println!(
        "{} violations; again: cargo run -p mortise-tests --bin storm -- --kills {} --seed {seed} \
         --database {} --clients {} --hosts {} --request-timeout {}{restart}",
        found.len(),
        options.kills,
        options.database,
        options.clients,
        killer.hosts().len(),
        options.request_timeout,
    );
    false
}
