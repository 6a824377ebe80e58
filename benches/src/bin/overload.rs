//! Ten times the clients that a hub can serve: what those who are answered notice of it, how fast
//! the others are turned away, what it costs in memory, and how fast the hub is right after.
//!
//! The hub is the real binary in a process of its own; the clients are one thread of this one.

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
    samples::Samples,
    serving::Serving,
};
use tokio::{task::JoinSet, time};

/// Measures a hub under ten times its load.
#[derive(Parser)]
struct Options {
    /// Seconds of the overload, for each kind of clients
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Clients that the hub can serve: `server.max_in_flight`
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// So many times as many come
    #[arg(long, default_value_t = 10)]
    times: usize,
}

const TARGETS: [&str; 2] =
    ["/api/integrations/google-calendar/token", "/api/integrations/google-calendar/status"];
const PACKAGES: [&str; 5] = ["mortise", "google_calendar", "outlook", "hubspot", "mortise-benches"];
/// Before and after.
const QUIET: Duration = Duration::from_secs(10);

/// What clients do when they are turned away.
#[derive(Clone, Copy, PartialEq)]
enum Manners {
    /// They wait as long as `Retry-After` says.
    Polite,
    /// They come back at once.
    Pushing,
}

/// What the clients of one phase saw.
#[derive(Default)]
struct Seen {
    answered: Vec<Duration>,
    shed: Vec<Duration>,
    others: usize,
}

struct Phase {
    answered: Samples,
    shed: Samples,
    others: usize,
    highest: f64,
}

fn main() -> ExitCode {
    let ran = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(measure(&Options::parse())));
    match ran {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(options: &Options) -> Outcome<bool> {
    let files = artifacts::build(&PACKAGES)?;
    let place = tempfile::tempdir()?;
    let folder = Folder::new(place.path());
    for plugin in artifacts::PLUGINS {
        folder.add_plugin(&files[plugin])?;
    }
    let limit = format!("max_in_flight = {}\n", options.clients);
    let (hub, serving) = Hub::spawn(&folder, &files["mortise"], &limit).await?;
    let (few, many) = (options.clients, options.clients * options.times);
    let span = Duration::from_secs(options.seconds);
    // The first seconds fill caches and pools.
    phase(&hub, &serving, few, Manners::Pushing, QUIET / 2).await?;
    let idle = serving.resident()?;
    println!(
        "| clients | requests/s | p50 | p99 | turned away/s | p99 of these | others | memory |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    let before = phase(&hub, &serving, few, Manners::Pushing, QUIET).await?;
    row(&format!("{few}, before"), &before);
    let polite = phase(&hub, &serving, many, Manners::Polite, span).await?;
    row(&format!("{many} that wait as told"), &polite);
    let pushing = phase(&hub, &serving, many, Manners::Pushing, span).await?;
    row(&format!("{many} that do not wait"), &pushing);
    let after = phase(&hub, &serving, few, Manners::Pushing, QUIET).await?;
    row(&format!("{few}, right after"), &after);
    println!("\nMemory before: {idle:.1} MB, at the end: {:.1} MB", serving.resident()?);
    Ok(judge(&before, [&polite, &pushing], &after))
}

/// Prints how the aims are met; whether all are.
fn judge(before: &Phase, overloaded: [&Phase; 2], after: &Phase) -> bool {
    let p99 = |phase: &Phase| phase.answered.quantile(0.99).as_secs_f64();
    let mut all = true;
    let mut aim = |what: &str, figure: f64, most: f64| {
        let met = figure <= most;
        println!("{what}: {figure:.2} (at most {most}): {}", if met { "met" } else { "MISSED" });
        all &= met;
    };
    for (phase, clients) in overloaded.into_iter().zip(["that wait", "that do not wait"]) {
        aim(&format!("p99 with clients {clients}, to before"), p99(phase) / p99(before), 2.0);
        let grown = phase.highest / before.highest;
        aim(&format!("memory with clients {clients}, to before"), grown, 1.25);
        #[expect(clippy::cast_precision_loss, reason = "a count of requests fits")]
        aim("answers that are neither 200 nor 503", phase.others as f64, 0.0);
    }
    aim("p99 right after, to before", p99(after) / p99(before), 1.2);
    aim("requests/s before, to right after", before.answered.rate() / after.answered.rate(), 1.1);
    all
}

fn row(name: &str, phase: &Phase) {
    let micros = |samples: &Samples, share| samples.quantile(share).as_micros();
    println!(
        "| {name} | {:.0} | {} us | {} us | {:.0} | {} us | {} | {:.1} MB |",
        phase.answered.rate(),
        micros(&phase.answered, 0.5),
        micros(&phase.answered, 0.99),
        phase.shed.rate(),
        micros(&phase.shed, 0.99),
        phase.others,
        phase.highest,
    );
}

async fn phase(
    hub: &Hub,
    serving: &Serving,
    clients: usize,
    manners: Manners,
    span: Duration,
) -> Outcome<Phase> {
    let started = Instant::now();
    let end = started + span;
    let requests: Arc<[String]> = TARGETS.iter().map(|target| hub.request(target)).collect();
    let mut running = JoinSet::new();
    for _ in 0..clients {
        let connection = Connection::open(serving.address).await?;
        running.spawn(one_client(connection, Arc::clone(&requests), manners, end));
    }
    let mut phase =
        Phase { answered: Samples::default(), shed: Samples::default(), others: 0, highest: 0.0 };
    let mut looks = time::interval(Duration::from_millis(500));
    let mut all = Seen::default();
    loop {
        tokio::select! {
            client = running.join_next() => match client {
                Some(seen) => {
                    let seen = seen??;
                    all.answered.extend(seen.answered);
                    all.shed.extend(seen.shed);
                    all.others += seen.others;
                }
                None => break,
            },
            _ = looks.tick() => phase.highest = phase.highest.max(serving.resident()?),
        }
    }
    phase.answered.add(all.answered, started.elapsed());
    phase.shed.add(all.shed, started.elapsed());
    phase.others = all.others;
    Ok(phase)
}

async fn one_client(
    mut connection: Connection,
    requests: Arc<[String]>,
    manners: Manners,
    end: Instant,
) -> Outcome<Seen> {
    let mut seen = Seen::default();
    for request in requests.iter().cycle() {
        let sent = Instant::now();
        if sent >= end {
            break;
        }
        let answer = connection.exchange(request.as_bytes()).await?;
        match answer.status {
            200 => seen.answered.push(sent.elapsed()),
            503 => {
                seen.shed.push(sent.elapsed());
                let seconds = answer.header("retry-after").ok_or("503 without Retry-After")?;
                if manners == Manners::Polite {
                    let back = Instant::now() + Duration::from_secs(seconds.parse()?);
                    time::sleep_until(back.min(end).into()).await;
                }
            }
            _ => seen.others += 1,
        }
    }
    Ok(seen)
}
