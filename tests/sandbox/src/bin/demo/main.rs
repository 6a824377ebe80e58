//! `cargo demo`: the hub with three plugins and loopback vendors, to be tried without any account.

mod address;
mod build;
mod error;
mod folder;
mod host;
mod http;
mod signals;
mod tour;

use std::{
    ffi::OsString,
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
};

use chrono::{Days, NaiveDate};
use clap::Parser;
use mortise_sandbox::{Sandbox, SandboxConfig};

use address::Ports;
use build::Built;
use error::DemoError;
use folder::{Folder, Setup};
use host::{Host, Mortise};
use signals::Signals;
use tour::Tour;

/// The slugs of the plugins that are built, in the order of the vendors' ports.
const PLUGINS: [&str; 3] = ["google_calendar", "outlook", "hubspot"];

/// Whose connect link is printed; the tour has a user of its own.
const BROWSER_USER: &str = "browser";

/// Mortise with loopback vendors, for trying it without any account.
#[derive(Parser)]
#[command(name = "demo", bin_name = "cargo demo --", version)]
struct Options {
    /// Run the tour; exit 0 if every answer is as expected, else 1
    #[arg(long)]
    check: bool,
    /// Where to keep configuration, keys and database [default: .demo in the workspace]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Port of the hub on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Port of the sandbox Google
    #[arg(long, default_value_t = 8081)]
    google_port: u16,
    /// Port of the sandbox Microsoft
    #[arg(long, default_value_t = 8082)]
    microsoft_port: u16,
    /// Port of the sandbox HubSpot
    #[arg(long, default_value_t = 8083)]
    hubspot_port: u16,
}

fn main() -> ExitCode {
    let options = Options::parse_from(arguments(std::env::args_os()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ran = runtime.map_err(DemoError::System).and_then(|runtime| runtime.block_on(run(options)));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The alias ends with `--`, so that `cargo demo --check` works; who writes `cargo demo -- --check`
/// means the same.
fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = given.collect();
    if arguments.get(1).is_some_and(|first| first == "--") {
        arguments.remove(1);
    }
    arguments
}

async fn run(options: Options) -> Result<(), DemoError> {
    let workspace = workspace();
    let folder = Folder::open(options.dir.unwrap_or_else(|| workspace.join(".demo")))?;
    say("Building the hub and its plugins ...")?;
    let built = build::build(&workspace, &PLUGINS).await?;

    let wanted = [options.port, options.google_port, options.microsoft_port, options.hubspot_port];
    let (ports, moved) = Ports::choose(wanted)?;
    for notice in moved {
        say(notice)?;
    }
    let hub = format!("http://localhost:{}", ports.hub);
    let vendors = Sandbox::start(SandboxConfig {
        google_port: ports.google,
        microsoft_port: ports.microsoft,
        hubspot_port: ports.hubspot,
        redirect_uris: PLUGINS.map(|plugin| callback(&hub, plugin)).into(),
        ..SandboxConfig::default()
    })
    .map_err(DemoError::System)?;
    let mortise = prepare(&folder, &built, &ports, &hub, &vendors).await?;

    let mut signals = Signals::listen().map_err(DemoError::System)?;
    let mut host = Host::start(&mortise, &folder.log())?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.hub));
    let ended = tokio::select! {
        ended = serve(&mut host, &mortise, address, &folder, &hub, &vendors, options.check) => ended,
        () = signals.stop() => say("\nStopping ..."),
    };
    let stopped = tokio::select! {
        stopped = host.stop() => stopped,
        () = signals.stop() => Err(DemoError::Killed),
    };
    // The vendors are the last to go: the hub may have been in the middle of a request to one.
    drop(vendors);
    ended.and(stopped)
}

/// Configuration, keys and trusted plugin files.
async fn prepare(
    folder: &Folder,
    built: &Built,
    ports: &Ports,
    hub: &str,
    vendors: &Sandbox,
) -> Result<Mortise, DemoError> {
    folder.keep_fernet_key()?;
    folder.write_config(&Setup {
        port: ports.hub,
        public_url: hub,
        google: client_of(vendors.google()),
        microsoft: client_of(vendors.microsoft()),
        hubspot: client_of(vendors.hubspot()),
    })?;
    let mortise = Mortise { program: built.host.clone(), config: folder.config() };
    for plugin in &built.plugins {
        let file = plugin.as_os_str();
        let added =
            mortise.run(["plugin".as_ref(), "add".as_ref(), "--yes".as_ref(), file]).await?;
        say(added.lines().next().unwrap_or_default())?;
    }
    Ok(mortise)
}

/// Comes back when the check is over or the host has ended.
async fn serve(
    host: &mut Host,
    mortise: &Mortise,
    address: SocketAddr,
    folder: &Folder,
    hub: &str,
    vendors: &Sandbox,
    check: bool,
) -> Result<(), DemoError> {
    host.ready(address).await?;
    let link = connect_link(mortise, address, folder).await?;
    let tour = Tour {
        hub,
        google: vendors.google().url(),
        microsoft: vendors.microsoft().url(),
        hubspot: vendors.hubspot().url(),
        key_file: &folder.api_key(),
        day: tomorrow(),
    };
    let script = folder.write_tour(&tour.script())?;
    if check {
        return tokio::select! {
            ran = tour::run(&script) => ran,
            died = host.ended() => Err(died),
        };
    }
    say(format_args!("{tour}"))?;
    say(format_args!(
        "\
The commands above work in another shell (bash), one by one; all of them at once:
  bash {script}

The API:        {hub}/openapi.json
In a browser:   {link}
                connects Google Calendar for the user `{BROWSER_USER}`
The hub's log:  {log}
The vendors are sandboxes on this machine; they forget everything when they stop.
Press Ctrl-C to stop.",
        script = script.display(),
        log = folder.log().display(),
    ))?;
    Err(host.ended().await)
}

/// A link for a browser. Makes an API key first where there is none or the hub does not know it.
async fn connect_link(
    mortise: &Mortise,
    address: SocketAddr,
    folder: &Folder,
) -> Result<String, DemoError> {
    let path = "/api/integrations/google-calendar/connect";
    if let Some(key) = folder.read_api_key() {
        let answer = http::get(address, path, Some((&key, BROWSER_USER))).await?;
        if answer.status != 401 {
            return answer.text_of("url");
        }
    }
    let name = format!("demo-{}", folder::random_name()?);
    let arguments = ["keys", "create", "--name", &name, "--rights", "tokens,proxy,admin"];
    let key = mortise.run(arguments.map(AsRef::as_ref)).await?;
    let key = key.trim();
    folder.write_api_key(key)?;
    http::get(address, path, Some((key, BROWSER_USER))).await?.text_of("url")
}

fn callback(hub: &str, plugin: &str) -> String {
    format!("{hub}/api/integrations/{}/callback", plugin.replace('_', "-"))
}

fn client_of<A>(vendor: &mortise_sandbox::Vendor<A>) -> folder::Client {
    folder::Client {
        url: vendor.url().to_owned(),
        id: vendor.client_id(),
        secret: vendor.client_secret(),
    }
}

/// Where cargo found this crate when it started the program; else where it was compiled.
fn workspace() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors().nth(2).map_or_else(|| here.clone(), Path::to_path_buf)
}

/// The tour's events lie in the future, as appointments do.
#[expect(clippy::disallowed_methods, reason = "the demo is no part of the hub")]
fn tomorrow() -> NaiveDate {
    let today = chrono::Utc::now().date_naive();
    today.checked_add_days(Days::new(1)).unwrap_or(today)
}

/// A terminal that went away is no reason to panic.
fn say(line: impl std::fmt::Display) -> Result<(), DemoError> {
    writeln!(std::io::stdout(), "{line}").map_err(DemoError::System)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_with_and_without_a_second_separator() {
        for line in [&["demo", "--check"][..], &["demo", "--", "--check"]] {
            let options = Options::parse_from(arguments(line.iter().map(OsString::from)));
            assert!(options.check, "{line:?}");
            assert_eq!(options.port, 8080);
        }
    }

    #[test]
    fn the_registered_callback_is_the_one_that_the_hub_names() {
        let url = callback("http://localhost:8080", "google_calendar");
        assert_eq!(url, "http://localhost:8080/api/integrations/google-calendar/callback");
    }
}
