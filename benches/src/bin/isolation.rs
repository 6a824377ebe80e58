//! What users of one vendor notice of another one that hangs or fails: the time of requests to the
//! first, beside many clients of the second.

use std::{
    net::SocketAddr,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Parser;
use mortise_benches::{
    Outcome, artifacts,
    client::Connection,
    hub::{Folder, Hub},
    samples::Samples,
};
use mortise_sandbox::{Fault, FaultKind};

/// Measures requests to one vendor while another one hangs or fails.
#[derive(Parser, Clone, Copy)]
struct Options {
    /// Clients of the vendor that fails
    #[arg(long, default_value_t = 100)]
    crowd: usize,
    /// What each of them waits between two requests, in milliseconds
    #[arg(long, default_value_t = 500)]
    pause: u64,
    /// Rounds, each with both vendors well, then one hanging, then one failing
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds for each of the three
    #[arg(long, default_value_t = 4)]
    seconds: u64,
}

const CLIENTS: usize = 4;
const CLIENT_PAUSE: Duration = Duration::from_millis(5);
const GOOD: &str = "/api/integrations/outlook/proxy/me/calendars";
const BAD: &str = "/api/integrations/google-calendar/proxy/users/me/calendarList";

#[derive(Clone, Copy, PartialEq)]
enum Vendor {
    Well,
    Hanging,
    Failing,
}

fn main() -> ExitCode {
    let ran = tokio::runtime::Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(measure(Options::parse())));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(options: Options) -> Outcome<()> {
    let files = artifacts::build(&["google_calendar", "outlook", "hubspot", "mortise-benches"])?;
    let place = tempfile::tempdir()?;
    let folder = Folder::new(place.path());
    for plugin in artifacts::PLUGINS {
        folder.add_plugin(&files[plugin])?;
    }
    let hub = Hub::start(&folder, &fernet::Fernet::generate_key()).await?;
    hub.connect("outlook").await?;
    let kinds = [Vendor::Well, Vendor::Hanging, Vendor::Failing];
    let mut measured = kinds.map(|_| Samples::default());
    let mut refused = [0; 3];
    for _ in 0..options.rounds {
        for (number, kind) in kinds.into_iter().enumerate() {
            set(&hub, kind);
            let (samples, answered_503) = round(&hub, options).await?;
            measured[number].add(samples, Duration::from_secs(options.seconds));
            refused[number] += answered_503;
        }
    }
    report(&measured, refused);
    Ok(())
}

fn set(hub: &Hub, kind: Vendor) {
    let google = hub.sandbox.google();
    google.clear_faults();
    let path = "/calendar/v3";
    match kind {
        Vendor::Well => {}
        Vendor::Hanging => {
            let hang = Fault::on(path, FaultKind::Slow).delay(Duration::from_secs(30));
            google.set_fault(hang);
        }
        Vendor::Failing => google.set_fault(Fault::on(path, FaultKind::InternalError)),
    }
}

/// One stretch of time: how long the requests to the good vendor took, and how many of the crowd were
/// answered with 503.
async fn round(hub: &Hub, options: Options) -> Outcome<(Vec<Duration>, usize)> {
    let over = Arc::new(AtomicBool::new(false));
    let pause = Duration::from_millis(options.pause);
    let crowd: Vec<_> = (0..options.crowd)
        .map(|_| tokio::spawn(ask(hub.address, hub.request(BAD), pause, Arc::clone(&over))))
        .collect();
    // What a vendor that fails sets going is part of the measure, its beginning is not.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| tokio::spawn(ask(hub.address, hub.request(GOOD), CLIENT_PAUSE, Arc::clone(&over))))
        .collect();
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    over.store(true, Ordering::Relaxed);
    let mut samples = Vec::new();
    for client in clients {
        for (status, took) in client.await?? {
            if status != 200 {
                return Err(format!("the good vendor's client was answered {status}").into());
            }
            samples.push(took);
        }
    }
    let mut refused = 0;
    for one in crowd {
        // Those that still wait for a vendor that hangs are given up.
        one.abort();
        if let Ok(answers) = one.await {
            refused += answers?.iter().filter(|(status, _)| *status == 503).count();
        }
    }
    Ok((samples, refused))
}

/// Sends the same request again and again; each answer's status and time.
async fn ask(
    address: SocketAddr,
    request: String,
    pause: Duration,
    over: Arc<AtomicBool>,
) -> Outcome<Vec<(u16, Duration)>> {
    let mut connection = Connection::open(address).await?;
    let mut answers = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let status = connection.exchange(request.as_bytes()).await?.status;
        answers.push((status, begun.elapsed()));
        tokio::time::sleep(pause).await;
    }
    Ok(answers)
}

fn report(measured: &[Samples; 3], refused: [usize; 3]) {
    let micros = |samples: &Samples, share| samples.quantile(share).as_secs_f64() * 1e6;
    let quiet = micros(&measured[0], 0.99);
    println!(
        "| the other vendor | requests/s | p50 | p99 | p99 to quiet | 503 for its own clients |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    for (number, name) in ["is well", "hangs", "answers 500"].into_iter().enumerate() {
        let samples = &measured[number];
        println!(
            "| {name} | {:.0} | {:.0} us | {:.0} us | {:.2} | {} |",
            samples.rate(),
            micros(samples, 0.5),
            micros(samples, 0.99),
            micros(samples, 0.99) / quiet,
            refused[number],
        );
    }
}
