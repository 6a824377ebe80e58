//! Busy time over two vendors and ten calendars, beside one call to one vendor: how much of the
//! vendors' time adds up.

use std::{
    collections::BTreeSet,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use mortise_benches::{
    Outcome, artifacts,
    client::{Connection, get},
    hub::{Folder, Hub},
    samples::Samples,
};
use mortise_sandbox::{DEFAULT_ACCOUNT, FAMILY_CALENDAR, Fault, FaultKind};
use serde_json::{Value, json};

/// Measures the merged busy time beside one call to a vendor.
#[derive(Parser)]
struct Options {
    /// Time that a vendor takes for an answer, in milliseconds
    #[arg(long, default_value_t = 100)]
    vendor: u64,
    /// Times that each is measured
    #[arg(long, default_value_t = 30)]
    rounds: usize,
}

const WINDOW: &str = "start=2026-12-01T00:00:00Z&end=2026-12-08T00:00:00Z";
/// Own calendars at each vendor; as many as the second lets one ask at a time.
const GOOGLE: [&str; 6] = ["primary", "work", "family", "sport", "school", "choir"];
const OUTLOOK: [&str; 4] = ["Calendar", FAMILY_CALENDAR, "Garden", "Club"];

fn main() -> ExitCode {
    let ran = tokio::runtime::Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(measure(&Options::parse())));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(options: &Options) -> Outcome<()> {
    let files = artifacts::build(&["google_calendar", "outlook", "hubspot", "mortise-benches"])?;
    let place = tempfile::tempdir()?;
    let folder = Folder::new(place.path());
    for plugin in artifacts::PLUGINS {
        folder.add_plugin(&files[plugin])?;
    }
    let hub = Hub::start(&folder, &fernet::Fernet::generate_key()).await?;
    hub.connect("outlook").await?;
    fill(&hub);
    let target = format!("/api/calendar/freebusy?{WINDOW}");
    let cold = hub.ask(&target).await?;
    check(&cold)?;

    let slow =
        |path: &str| Fault::on(path, FaultKind::Slow).delay(Duration::from_millis(options.vendor));
    hub.sandbox.google().set_fault(slow("/calendar/v3"));
    hub.sandbox.microsoft().set_fault(slow("/v1.0"));
    let mut to_hub = Connection::open(hub.address).await?;
    let one = one_call(&hub)?;
    let vendor = hub.sandbox.google().url().trim_start_matches("http://").parse()?;
    let mut to_vendor = Connection::open(vendor).await?;
    let (mut merged, mut single) = (Samples::default(), Samples::default());
    for _ in 0..options.rounds {
        single.add([timed(&mut to_vendor, &one).await?], Duration::from_secs(1));
        merged.add([timed(&mut to_hub, &hub.request(&target)).await?], Duration::from_secs(1));
    }
    let millis = |samples: &Samples| samples.quantile(0.5).as_secs_f64() * 1e3;
    println!("vendors answer after {} ms; medians of {} rounds", options.vendor, options.rounds);
    println!("one call to a vendor:                        {:.1} ms", millis(&single));
    println!("busy time of 2 vendors and 10 calendars:     {:.1} ms", millis(&merged));
    println!(
        "ratio:                                       {:.2}",
        millis(&merged) / millis(&single)
    );
    println!("(the sum of its calls would be {} ms)", options.vendor * calls(&hub, &target).await?);
    Ok(())
}

fn fill(hub: &Hub) {
    let at = |hour: usize| {
        (format!("2026-12-01T{hour:02}:00:00"), format!("2026-12-01T{hour:02}:30:00"))
    };
    for (number, calendar) in GOOGLE.into_iter().enumerate() {
        let (start, end) = at(8 + number);
        let event = json!({
            "summary": "Busy",
            "start": {"dateTime": format!("{start}Z")}, "end": {"dateTime": format!("{end}Z")},
        });
        hub.sandbox.google().put_event(DEFAULT_ACCOUNT, calendar, event);
    }
    for (number, calendar) in OUTLOOK.into_iter().enumerate() {
        let (start, end) = at(14 + number);
        let event = json!({
            "subject": "Busy", "showAs": "busy",
            "start": {"dateTime": start, "timeZone": "UTC"},
            "end": {"dateTime": end, "timeZone": "UTC"},
        });
        hub.sandbox.microsoft().put_event(DEFAULT_ACCOUNT, calendar, event);
    }
}

/// All ten calendars are there, none is missing from what is measured.
fn check(report: &Value) -> Outcome<()> {
    let blocks = report["items"].as_array().into_iter().flatten();
    let sources = blocks.filter_map(|block| block["sources"].as_array()).flatten();
    let calendars: BTreeSet<String> = sources.map(Value::to_string).collect();
    if report["partial"] == false && calendars.len() == GOOGLE.len() + OUTLOOK.len() {
        return Ok(());
    }
    Err(format!("not all ten calendars were asked: {report}").into())
}

/// A question to the vendor that answers for all of its calendars at once.
fn one_call(hub: &Hub) -> Outcome<String> {
    let google = hub.sandbox.google();
    let address = google.url().trim_start_matches("http://").parse()?;
    let tokens = google.live_tokens(DEFAULT_ACCOUNT);
    let bearer = format!("Bearer {}", tokens.access.first().ok_or("no token")?);
    let items: Vec<Value> = GOOGLE.iter().map(|id| json!({"id": id})).collect();
    let body = json!({
        "timeMin": "2026-12-01T00:00:00Z", "timeMax": "2026-12-08T00:00:00Z", "items": items,
    });
    let body = body.to_string();
    let length = body.len().to_string();
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("content-length", length.as_str()),
    ];
    let head = get(address, "/calendar/v3/freeBusy", &headers);
    Ok(head.replacen("GET", "POST", 1) + &body)
}

async fn timed(connection: &mut Connection, request: &str) -> Outcome<Duration> {
    let begun = Instant::now();
    let answer = connection.exchange(request.as_bytes()).await?;
    match answer.status {
        200 => Ok(begun.elapsed()),
        status => Err(format!("answered {status}").into()),
    }
}

/// How many requests one question to the hub makes of the vendors.
async fn calls(hub: &Hub, target: &str) -> Outcome<u64> {
    let count = || hub.sandbox.google().requests().len() + hub.sandbox.microsoft().requests().len();
    let before = count();
    hub.ask(target).await?;
    Ok(u64::try_from(count() - before)?)
}
