//! The command line.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use secrecy::SecretString;

use crate::domain::keys::Right;

const DEFAULT_CONFIG: &str = "mortise.toml";

/// An integration hub: OAuth, encrypted tokens, and one API over many vendors.
#[derive(Debug, Parser)]
#[command(name = "mortise", version)]
pub struct Cli {
    /// The configuration file [default: mortise.toml, if there is one]
    #[arg(long, value_name = "FILE", env = "MORTISE_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// The configuration file that was named, or `mortise.toml` in the working directory if there
    /// is one. One that was named need not exist.
    #[must_use]
    pub fn config(&self) -> Option<&Path> {
        self.config.as_deref().or_else(|| {
            let path = Path::new(DEFAULT_CONFIG);
            path.exists().then_some(path)
        })
    }
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the HTTP API
    Serve,
    /// Report every mistake in the configuration; exit 1 if there is one
    CheckConfig,
    /// Bring the database's tables up to date
    Migrate {
        /// Print the SQL and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Copy a SQLite database into a new file, while hubs serve
    Backup {
        /// The file; it must not be there yet
        file: PathBuf,
    },
    /// Make, list and revoke API keys; change the encryption key
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Trust, list and remove plugin files
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Take over another installation's data
    #[command(subcommand)]
    Import(ImportCommand),
}

/// `mortise keys ...`
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key and print it, once
    Create {
        /// What to call it; no two keys share a name
        #[arg(long)]
        name: String,
        /// What it may do beyond the ordinary calls: tokens, proxy, admin
        #[arg(long, value_delimiter = ',', value_parser = right)]
        rights: Vec<Right>,
    },
    /// List all keys, revoked ones included
    List,
    /// Revoke a key and end its sessions
    Revoke {
        /// What it is called
        #[arg(long)]
        name: String,
    },
    /// Encrypt everything that is kept with the first of the encryption keys, while hubs serve
    RotateTokens,
}

/// `mortise plugin ...`
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// Check a plugin file, copy it into the plugin folder and lock its hash
    Add {
        /// The file
        file: PathBuf,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// List the plugin files, and why one is refused
    List,
    /// Take a plugin out of the folder and the lock file
    Remove {
        /// The plugin's name
        name: String,
    },
}

/// `mortise import ...`
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// From a SQLite file with the four tables of integrations and links
    Sqlite(ImportSqlite),
}

/// `mortise import sqlite ...`
#[derive(Debug, Args)]
pub struct ImportSqlite {
    /// The database file; it is only read
    pub file: PathBuf,
    /// The key that its tokens are encrypted with, or several with commas. Other users of this
    /// machine can read a command line: the environment variable is safer
    #[arg(
        long,
        value_name = "KEY",
        env = "IMPORT_FERNET_KEY",
        hide_env_values = true,
        value_parser = secret
    )]
    pub fernet_key: Option<SecretString>,
    /// Report what would be taken over and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

fn right(name: &str) -> Result<Right, String> {
    Right::from_name(name).ok_or_else(|| {
        let known = Right::ALL.map(Right::as_str).join(", ");
        format!("expected one of {known}")
    })
}

fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, error::ErrorKind};
    use secrecy::ExposeSecret;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("mortise").chain(line.split_whitespace()))
    }

    fn command(line: &str) -> Command {
        parse(line).unwrap().command
    }

    #[test]
    fn the_definitions_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn commands_are_read() {
        assert!(matches!(command("serve"), Command::Serve));
        assert!(matches!(command("check-config"), Command::CheckConfig));
        assert!(matches!(command("migrate"), Command::Migrate { dry_run: false }));
        assert!(matches!(command("migrate --dry-run"), Command::Migrate { dry_run: true }));
        assert!(matches!(command("keys list"), Command::Keys(KeysCommand::List)));
        assert!(matches!(command("plugin list"), Command::Plugin(PluginCommand::List)));
        let Command::Keys(KeysCommand::Revoke { name }) = command("keys revoke --name app") else {
            panic!("another command");
        };
        assert_eq!(name, "app");
        let rotate = command("keys rotate-tokens");
        assert!(matches!(rotate, Command::Keys(KeysCommand::RotateTokens)));
        let Command::Backup { file } = command("backup copy.db") else { panic!("another command") };
        assert_eq!(file.to_str(), Some("copy.db"));
        let Command::Plugin(PluginCommand::Add { file, yes }) = command("plugin add a.so --yes")
        else {
            panic!("another command");
        };
        assert_eq!((file.to_str(), yes), (Some("a.so"), true));
        let Command::Plugin(PluginCommand::Remove { name }) = command("plugin remove a") else {
            panic!("another command");
        };
        assert_eq!(name, "a");
    }

    #[test]
    fn a_config_file_is_named_before_or_after_the_command() {
        for line in ["--config a.toml serve", "serve --config a.toml"] {
            assert_eq!(parse(line).unwrap().config(), Some(Path::new("a.toml")), "{line}");
        }
    }

    #[test]
    fn rights_are_separated_by_commas_and_a_wrong_one_names_the_right_ones() {
        let line = "keys create --name app --rights tokens,admin";
        let Command::Keys(KeysCommand::Create { name, rights }) = command(line) else {
            panic!("another command");
        };
        assert_eq!((name.as_str(), rights), ("app", vec![Right::Tokens, Right::Admin]));
        let error = parse("keys create --name app --rights root").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ValueValidation);
        assert!(error.to_string().contains("expected one of tokens, proxy, admin"), "{error}");
        let Command::Keys(KeysCommand::Create { rights, .. }) = command("keys create --name app")
        else {
            panic!("another command");
        };
        assert_eq!(rights, []);
    }

    #[test]
    fn the_import_key_is_in_neither_debug_nor_help() {
        let cli = parse("import sqlite old.db --fernet-key hunter2 --dry-run").unwrap();
        assert!(!format!("{cli:?}").contains("hunter2"));
        let Command::Import(ImportCommand::Sqlite(import)) = cli.command else {
            panic!("another command");
        };
        assert_eq!(import.fernet_key.unwrap().expose_secret(), "hunter2");
        assert_eq!((import.file.to_str(), import.dry_run), (Some("old.db"), true));
        let command = Cli::command();
        let import = command.find_subcommand("import").unwrap().find_subcommand("sqlite").unwrap();
        let key = import.get_arguments().find(|arg| arg.get_id() == "fernet_key").unwrap();
        assert_eq!(key.get_env().unwrap(), "IMPORT_FERNET_KEY");
        assert!(key.is_hide_env_values_set());
    }

    #[test]
    fn what_is_missing_or_unknown_is_refused() {
        for line in
            ["", "keys create", "keys revoke", "plugin add", "import sqlite", "backup", "serf"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
