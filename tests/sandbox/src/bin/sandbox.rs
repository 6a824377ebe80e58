//! Runs the sandbox vendors until interrupted and prints their addresses.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use mortise_sandbox::{DEFAULT_ACCOUNT, Sandbox, SandboxConfig, Vendor};

/// Loopback Google Calendar, Microsoft and HubSpot for trying Mortise without any account.
#[derive(Parser)]
#[command(name = "sandbox", version)]
struct Options {
    /// Port of Google on 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 0)]
    google_port: u16,
    /// Port of Microsoft on 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 0)]
    microsoft_port: u16,
    /// Port of HubSpot on 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 0)]
    hubspot_port: u16,
    /// A redirect URI to register at every vendor; may be given several times
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Decides which requests are struck by faults with a chance
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> std::io::Result<()> {
    let sandbox = Sandbox::start(SandboxConfig {
        google_port: options.google_port,
        microsoft_port: options.microsoft_port,
        hubspot_port: options.hubspot_port,
        redirect_uris: options.redirect_uris,
        seed: options.seed,
    })?;
    show("google", sandbox.google())?;
    show("microsoft", sandbox.microsoft())?;
    show("hubspot", sandbox.hubspot())?;
    let mut out = std::io::stdout();
    writeln!(out, "account    {DEFAULT_ACCOUNT} (any other e-mail address works too)")?;
    writeln!(out, "Press Ctrl-C to stop.")?;
    out.flush()?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(tokio::signal::ctrl_c())
}

fn show<A>(name: &str, vendor: &Vendor<A>) -> std::io::Result<()> {
    // The client secret is a constant of the sandbox and opens nothing else.
    writeln!(
        std::io::stdout(),
        "{name:<10} {}  client id {}  client secret {}",
        vendor.url(),
        vendor.client_id(),
        vendor.client_secret()
    )
}
