//! The load driver: the hub beside the least that axum and sea-orm can do, with the same client in
//! the same run; then how fast the binary starts and what it takes while idle.
//!
//! The servers live in a process of their own whose log goes nowhere, as `mortise serve 2>/dev/null`
//! would; this one is the client.

mod process;
mod report;
mod rounds;
mod servers;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use mortise_benches::{Outcome, artifacts, hub::Folder};

/// Measures the hub beside its baselines and prints a table.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    role: Option<Role>,
    /// Rounds; each measures everything once
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Seconds that one thing is measured in one round
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Measured starts of the binary
    #[arg(long, default_value_t = 20)]
    starts: usize,
}

#[derive(Subcommand)]
enum Role {
    /// Runs the servers until standard input ends
    #[command(hide = true)]
    Servers { folder: PathBuf },
}

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.role {
        Some(Role::Servers { folder }) => servers::run(folder),
        None => measure(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not standard error: that of the servers goes nowhere.
            println!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Outcome<()> {
    if cfg!(debug_assertions) {
        println!("This is a debug build: its figures mean nothing. Use --release.\n");
    }
    // With this package among them all features are those of this program: nothing is built twice.
    let packages = ["mortise", "google_calendar", "outlook", "hubspot", "mortise-benches"];
    let files = artifacts::build(&packages)?;
    let place = tempfile::tempdir()?;
    let folder = Folder::new(place.path());
    for plugin in artifacts::PLUGINS {
        folder.add_plugin(&files[plugin])?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let servers = servers::Servers::spawn(&files["load"], place.path())?;
        let span = Duration::from_secs_f64(options.seconds);
        let measured = rounds::run(&servers.targets, options.rounds, span).await?;
        report::table(&measured);
        let statements = servers::statements_per_token(&servers).await?;
        println!("\nSQL statements per GET /token on a fresh token: {statements}");
        drop(servers);
        let starts = process::starts(&files["mortise"], &folder, options.starts).await?;
        report::starts(&starts);
        println!(
            "Resident after 5 s idle: {:.1} MB",
            process::idle(&files["mortise"], &folder).await?
        );
        Ok(())
    })
}
