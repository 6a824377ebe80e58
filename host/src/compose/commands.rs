use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use secrecy::ExposeSecret as _;

use super::{Replaced, Server, cipher, logging, open_database, rotate::rotate_tokens};
use crate::{
    adapters::{
        clock::SystemClock,
        fernet::{FernetCipher, PlainCipher},
        plugin::commands::{self as plugin_commands, PluginPaths},
        rng::SystemRng,
        sea_orm::{Database, import_sqlite, sqlite_file},
    },
    app::{API_KEY_PREFIX, NewSecret},
    cli::{Cli, Command, ImportCommand, ImportSqlite, KeysCommand, PluginCommand},
    config::Config,
    ports::{ApiKeyStore as _, Cipher, Clock as _},
};

type Failure = Box<dyn std::error::Error>;

/// How long threads may still work after a command is done.
const LEFTOVERS: Duration = Duration::from_secs(1);

/// Runs a command. What it makes goes to standard output, what it has to say to standard error.
#[must_use]
pub fn run(cli: &Cli) -> ExitCode {
    let config = match Config::load(cli.config()) {
        Ok(config) => config,
        Err(mistakes) => {
            eprintln!("{mistakes}");
            return ExitCode::FAILURE;
        }
    };
    if !matches!(cli.command, Command::Serve) {
        for warning in &config.warnings {
            eprintln!("warning: {warning}");
        }
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("mortise: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(command(&cli.command, &config));
    // What a thread is still busy with after the end must not keep the process.
    runtime.shutdown_timeout(LEFTOVERS);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mortise: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn command(command: &Command, config: &Config) -> Result<(), Failure> {
    match command {
        Command::Serve => serve(config).await,
        Command::CheckConfig => say("the configuration has no mistakes"),
        Command::Migrate { dry_run } => migrate(config, *dry_run).await,
        Command::Backup { file } => backup(config, file).await,
        Command::Keys(keys) => self::keys(config, keys).await,
        Command::Plugin(plugin) => self::plugin(config, plugin),
        Command::Import(ImportCommand::Sqlite(import)) => self::import(config, import).await,
    }
}

/// A pipe that was closed early is no reason to panic.
fn say(line: impl std::fmt::Display) -> Result<(), Failure> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

async fn serve(config: &Config) -> Result<(), Failure> {
    logging::init(&config.log);
    let server = Server::start(config, Replaced::default()).await?;
    tracing::info!(address = %server.address()?, public_url = %config.server.public_url, "serving");
    server.run(stop_signal()).await;
    Ok(())
}

async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => {}, () = terminate => {} }
}

async fn migrate(config: &Config, dry_run: bool) -> Result<(), Failure> {
    let database = open_database(config).await?;
    if dry_run {
        for migration in database.pending_sql().await? {
            say(format_args!("-- {}", migration.name))?;
            for statement in &migration.statements {
                say(format_args!("{statement};"))?;
            }
        }
        return Ok(());
    }
    let pending = database.pending_migrations().await?;
    database.migrate().await?;
    match pending.as_slice() {
        [] => say("nothing to do: the tables are up to date"),
        pending => pending.iter().try_for_each(|name| say(format_args!("applied {name}"))),
    }
}

async fn backup(config: &Config, to: &Path) -> Result<(), Failure> {
    // Opening it would make it.
    if let Some(file) = sqlite_file(config.database.url.expose_secret())
        && !file.exists()
    {
        return Err(format!("there is no database at {}", file.display()).into());
    }
    let database = open_database(config).await?;
    let bytes = database.backup(to).await.map_err(|error| format!("{}: {error}", to.display()))?;
    database.close().await?;
    say(format_args!("backed up to {} ({bytes} bytes); it was checked", to.display()))
}

async fn keys(config: &Config, command: &KeysCommand) -> Result<(), Failure> {
    let database = migrated(config).await?;
    let now = SystemClock.now();
    match command {
        KeysCommand::RotateTokens => say(rotate_tokens(config, &database).await?),
        KeysCommand::Create { name, rights } => {
            if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
                return Err("a name has 1 to 64 bytes and no control characters".into());
            }
            let key = NewSecret::draw(&SystemRng, API_KEY_PREFIX);
            if database.create(name, &key.hash, rights, now).await?.is_none() {
                return Err(format!("there is a key named {name:?}: choose another name").into());
            }
            say(key.text.expose_secret())
        }
        KeysCommand::List => {
            for key in database.list().await? {
                let rights: Vec<&str> = key.rights.iter().map(|right| right.as_str()).collect();
                let state = key.revoked_at.map_or_else(
                    || "live".to_owned(),
                    |at| format!("revoked {}", at.format("%Y-%m-%d %H:%M:%SZ")),
                );
                let made = key.created_at.format("%Y-%m-%d %H:%M:%SZ");
                say(format_args!("{}\t[{}]\tmade {made}\t{state}", key.name, rights.join(",")))?;
            }
            Ok(())
        }
        KeysCommand::Revoke { name } => {
            if database.revoke(name, now).await? {
                say(format_args!(
                    "revoked {name}; hubs believe it for up to {} s",
                    config.auth.cache.as_secs()
                ))
            } else {
                Err(format!("there is no live key named {name:?}").into())
            }
        }
    }
}

/// The database with its tables: made here for SQLite, where `serve` would make them too.
async fn migrated(config: &Config) -> Result<Database, Failure> {
    let database = open_database(config).await?;
    if database.is_sqlite() {
        database.migrate().await?;
    } else if !database.pending_migrations().await?.is_empty() {
        return Err("the database is not migrated: run `mortise migrate`".into());
    }
    Ok(database)
}

fn plugin(config: &Config, command: &PluginCommand) -> Result<(), Failure> {
    let paths = PluginPaths {
        dir: config.plugins.dir.clone(),
        cache_dir: config.plugins.cache_dir.clone(),
        lock: config.plugins.lock_file.clone(),
    };
    match command {
        PluginCommand::Add { file, yes } => {
            let (sha256, bytes) = plugin_commands::fingerprint(file)?;
            let question = format!("{}: sha256 {sha256}, {bytes} bytes. Trust it?", file.display());
            if !yes && !confirmed(&question)? {
                return Err("nothing was added".into());
            }
            say(plugin_commands::add(file, &paths)?)
        }
        PluginCommand::List => say(plugin_commands::list(&paths)?),
        PluginCommand::Remove { name } => {
            plugin_commands::remove(name, &paths)?;
            say(format_args!("removed {name}"))
        }
    }
}

fn confirmed(question: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err("standard input is no terminal: add --yes if you trust the file".into());
    }
    eprint!("{question} Its code runs inside the hub. [y/N] ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

async fn import(config: &Config, import: &ImportSqlite) -> Result<(), Failure> {
    let database = migrated(config).await?;
    let from: Box<dyn Cipher> = match &import.fernet_key {
        Some(keys) => {
            let keys: Vec<_> =
                keys.expose_secret().split(',').map(|key| key.trim().to_owned().into()).collect();
            Box::new(FernetCipher::new(&keys)?)
        }
        None => Box::new(PlainCipher),
    };
    let to = cipher(config)?;
    let now = SystemClock.now();
    let report = import_sqlite(&import.file, &database, &*from, &*to, now, import.dry_run).await?;
    say(report)
}
