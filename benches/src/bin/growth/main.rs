//! What requests take with many connections and links beside what they take with few: hubs over a
//! small and a large database, asked in turn in the same run.

mod place;
mod ports;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use mortise_benches::{Outcome, client::Connection, samples::Samples};

use crate::place::{Place, Size};

const WHAT: [&str; 5] = [
    "`GET /token`",
    "`GET /status`",
    "`GET` of an event link",
    "the database's part of the first two",
    "the database's part of the third",
];

/// Fills databases of two sizes and measures hubs over both.
#[derive(Parser)]
struct Options {
    /// Connections and links of the small database
    #[arg(long, num_args = 2, value_names = ["CONNECTIONS", "LINKS"], default_values_t = [1_000, 10_000])]
    small: Vec<u64>,
    /// Connections and links of the large one
    #[arg(long, num_args = 2, value_names = ["CONNECTIONS", "LINKS"], default_values_t = [1_000_000, 10_000_000])]
    large: Vec<u64>,
    /// A PostgreSQL server on which databases may be made and dropped; without it SQLite is measured
    #[arg(long)]
    postgres: Option<String>,
    /// Rounds; each measures everything once
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Seconds that one thing is measured in one round
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// `tokens.cache_ttl_seconds`; 0 looks into the database for each token
    #[arg(long, default_value_t = 0)]
    cache_seconds: u32,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Outcome<()> {
    if cfg!(debug_assertions) {
        println!("This is a debug build: its figures mean nothing. Use --release.\n");
    }
    let sizes =
        [&options.small, &options.large].map(|size| Size { integrations: size[0], links: size[1] });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = options.postgres.as_deref();
        let small = Place::make(sizes[0], server, options.cache_seconds).await?;
        let large = Place::make(sizes[1], server, options.cache_seconds).await?;
        let measured = measure([&small, &large], options).await;
        for place in [small, large] {
            place.end().await?;
        }
        report(server.is_some(), sizes, &measured?);
        Ok(())
    })
}

/// For each thing that is measured, the samples of each place.
type Measured = [[Samples; 2]; WHAT.len()];

async fn measure(places: [&Place; 2], options: &Options) -> Outcome<Measured> {
    let mut measured: Measured = Default::default();
    let span = Duration::from_secs_f64(options.seconds);
    // The first round warms up.
    for round in 0..=options.rounds {
        for (what, samples) in measured.iter_mut().enumerate() {
            for (place, samples) in places.into_iter().zip(samples) {
                let started = Instant::now();
                let latencies = if what < 3 {
                    requests(place, what, span).await?
                } else {
                    ports::calls(place, what - 3, span).await?
                };
                if round > 0 {
                    samples.add(latencies, started.elapsed());
                }
            }
        }
    }
    Ok(measured)
}

/// One client that asks for one user after the other, in no order.
async fn requests(place: &Place, what: usize, span: Duration) -> Outcome<Vec<Duration>> {
    let mut connection = Connection::open(place.hub.address).await?;
    let mut latencies = Vec::new();
    let end = Instant::now() + span;
    while Instant::now() < end {
        let request = place.request(what);
        let sent = Instant::now();
        let answer = connection.exchange(request.as_bytes()).await?;
        if answer.status != 200 {
            let body = String::from_utf8_lossy(answer.body);
            return Err(format!("answered {}: {body}", answer.status).into());
        }
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}

fn report(is_postgres: bool, sizes: [Size; 2], measured: &Measured) {
    let [small, large] = sizes;
    let database = if is_postgres { "PostgreSQL" } else { "SQLite" };
    println!(
        "| {database} | p50, {} connections, {} links | p50, {} connections, {} links | ratio |",
        small.integrations, small.links, large.integrations, large.links
    );
    println!("|---|---:|---:|---:|");
    for (what, [small, large]) in WHAT.into_iter().zip(measured) {
        let [small, large] = [small, large].map(|it| it.quantile(0.5).as_secs_f64() * 1e6);
        println!("| {what} | {small:.0} us | {large:.0} us | {:.2} |", large / small);
    }
}
