//! Fills a database with as many connections and links as one likes; see docs/reliability.md.

use std::{error::Error, process::ExitCode, time::Instant};

use clap::Parser;
use fernet::Fernet;
use mortise::adapters::sea_orm::{Database, DatabaseOptions};
use mortise_tests::seed::Seed;

/// Makes the tables where missing and fills them. For a database that holds nothing of value.
#[derive(Parser)]
struct Options {
    /// As `database.url` in the configuration
    #[arg(long)]
    database: String,
    /// Connections, two for each user
    #[arg(long, default_value_t = 1_000_000)]
    integrations: u64,
    /// Links to events; a tenth as many to a CRM's objects come beside them
    #[arg(long, default_value_t = 10_000_000)]
    links: u64,
    /// Another number makes other rows
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The key that the tokens are encrypted under; without it one is made and printed
    #[arg(long, env = "FERNET_KEY", hide_env_values = true)]
    fernet_key: Option<String>,
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

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let key = options.fernet_key.clone().unwrap_or_else(|| {
        let key = Fernet::generate_key();
        println!("FERNET_KEY={key}");
        key
    });
    let key = Fernet::new(&key).ok_or("the key is none of Fernet's")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let database = Database::open(&options.database, DatabaseOptions::default()).await?;
        database.migrate().await?;
        database.close().await?;
        let started = Instant::now();
        let seed = Seed {
            seed: options.seed,
            ..Seed::new(options.integrations, options.links, &key, None)
        };
        seed.fill(&options.database).await?;
        println!(
            "{} users (user-1 to user-{}), {} connections, {} links to events in {:.0} s, seed {}",
            seed.users(),
            seed.users(),
            seed.users() * 2,
            seed.links,
            started.elapsed().as_secs_f64(),
            seed.seed,
        );
        Ok(())
    })
}
