//! The demo's folder: configuration, keys, database, plugins and the tour.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use base64::Engine as _;

use crate::error::DemoError;

/// Files of the demo. One process at a time has it.
pub struct Folder {
    path: PathBuf,
    /// The system unlocks it when the process ends, however that is.
    _lock: File,
}

impl Folder {
    /// Makes the folder where it is missing, for this user alone, and locks it.
    ///
    /// # Errors
    /// `Busy` where another demo has it; `File`.
    pub fn open(path: PathBuf) -> Result<Self, DemoError> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&path).map_err(at(&path))?;
        let path = path.canonicalize().map_err(at(&path))?;
        let lock_file = path.join("lock");
        let lock = File::create(&lock_file).map_err(at(&lock_file))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(DemoError::Busy(path)),
            Err(fs::TryLockError::Error(source)) => Err(at(&lock_file)(source)),
        }
    }

    pub fn config(&self) -> PathBuf {
        self.path.join("mortise.toml")
    }

    pub fn log(&self) -> PathBuf {
        self.path.join("mortise.log")
    }

    pub fn api_key(&self) -> PathBuf {
        self.path.join("api.key")
    }

    /// Makes the key that tokens are encrypted with, unless there is one.
    ///
    /// # Errors
    /// `Random`, `File`.
    pub fn keep_fernet_key(&self) -> Result<(), DemoError> {
        let path = self.path.join("fernet.key");
        if path.exists() {
            return Ok(());
        }
        let key = base64::engine::general_purpose::URL_SAFE.encode(random_bytes::<32>()?);
        write_private(&path, &format!("{key}\n"))
    }

    /// Writes `mortise.toml`.
    ///
    /// # Errors
    /// `File`.
    pub fn write_config(&self, setup: &Setup<'_>) -> Result<(), DemoError> {
        write_private(&self.config(), &setup.toml())
    }

    /// The API key of an earlier run.
    pub fn read_api_key(&self) -> Option<String> {
        let key = fs::read_to_string(self.api_key()).ok()?;
        Some(key.trim().to_owned()).filter(|key| !key.is_empty())
    }

    /// Keeps an API key for later runs and the tour.
    ///
    /// # Errors
    /// `File`.
    pub fn write_api_key(&self, key: &str) -> Result<(), DemoError> {
        write_private(&self.api_key(), &format!("{key}\n"))
    }

    /// Writes `tour.sh` and gives its path.
    ///
    /// # Errors
    /// `File`.
    pub fn write_tour(&self, script: &str) -> Result<PathBuf, DemoError> {
        let path = self.path.join("tour.sh");
        fs::write(&path, script).map_err(at(&path))?;
        Ok(path)
    }
}

/// The hub's client at a vendor.
#[derive(Debug)]
pub struct Client {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    pub id: String,
    /// A constant of the sandbox that opens nothing else.
    pub secret: String,
}

/// What the configuration depends on.
pub struct Setup<'a> {
    pub port: u16,
    pub public_url: &'a str,
    pub google: Client,
    pub microsoft: Client,
    pub hubspot: Client,
}

impl Setup<'_> {
    /// The configuration. Its paths are relative to its own folder.
    fn toml(&self) -> String {
        let Self { port, public_url, google, microsoft, hubspot } = self;
        format!(
            "\
# Written by `cargo demo` at each start. config/default.toml in the repository explains every key.

[server]
bind = \"127.0.0.1:{port}\"
public_url = \"{public_url}\"
shutdown_grace_seconds = 5

[database]
url = \"sqlite://data/mortise.db\"

[plugins]
dir = \"plugins.d\"
trust = \"locked\"

[tokens]
fernet_key_file = \"fernet.key\"

[oauth]
# The printed link for a browser may lie around for a while.
attempt_ttl_seconds = 86400

# The vendors are sandboxes on this machine.
[providers.google_calendar]
client_id = \"{google_id}\"
client_secret = \"{google_secret}\"
authorize_url = \"{google}/o/oauth2/v2/auth\"
token_url = \"{google}/token\"
revoke_url = \"{google}/revoke\"
api_base = \"{google}/calendar/v3\"

[providers.outlook]
client_id = \"{microsoft_id}\"
client_secret = \"{microsoft_secret}\"
authorize_url = \"{microsoft}/common/oauth2/v2.0/authorize\"
token_url = \"{microsoft}/common/oauth2/v2.0/token\"
api_base = \"{microsoft}/v1.0\"

[providers.hubspot]
client_id = \"{hubspot_id}\"
client_secret = \"{hubspot_secret}\"
authorize_url = \"{hubspot}/oauth/authorize\"
token_url = \"{hubspot}/oauth/2026-03/token\"
revoke_url = \"{hubspot}/oauth/2026-03/token/revoke\"
api_base = \"{hubspot}\"
",
            google = google.url,
            google_id = google.id,
            google_secret = google.secret,
            microsoft = microsoft.url,
            microsoft_id = microsoft.id,
            microsoft_secret = microsoft.secret,
            hubspot = hubspot.url,
            hubspot_id = hubspot.id,
            hubspot_secret = hubspot.secret,
        )
    }
}

/// Eight characters that no earlier name has had.
///
/// # Errors
/// `Random`.
pub fn random_name() -> Result<String, DemoError> {
    random_bytes::<4>().map(hex::encode)
}

#[expect(clippy::disallowed_methods, reason = "the demo is no part of the hub")]
fn random_bytes<const N: usize>() -> Result<[u8; N], DemoError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(DemoError::Random)?;
    Ok(bytes)
}

/// Writes a file that others cannot read; it is there as a whole or not at all.
fn write_private(path: &Path, text: &str) -> Result<(), DemoError> {
    let draft = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // One that an interrupted run left.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&draft)(error)),
        _ => {}
    }
    let written = options.open(&draft).and_then(|mut file| file.write_all(text.as_bytes()));
    written.and_then(|()| fs::rename(&draft, path)).map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> DemoError {
    let path = path.to_owned();
    move |source| DemoError::File { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &str, port: u16) -> Client {
        Client {
            url: format!("http://127.0.0.1:{port}"),
            id: format!("{name}-client"),
            secret: format!("{name}-secret"),
        }
    }

    #[test]
    fn the_configuration_sends_each_provider_to_its_sandbox_and_trusts_locked_files_only() {
        let setup = Setup {
            port: 9000,
            public_url: "http://localhost:9000",
            google: client("google", 9001),
            microsoft: client("microsoft", 9002),
            hubspot: client("hubspot", 9003),
        };
        let config: toml::Value = toml::from_str(&setup.toml()).unwrap();
        assert_eq!(config["server"]["bind"].as_str(), Some("127.0.0.1:9000"));
        assert_eq!(config["plugins"]["trust"].as_str(), Some("locked"));
        let providers = config["providers"].as_table().unwrap();
        let sandboxes = [("google_calendar", 9001), ("hubspot", 9003), ("outlook", 9002)];
        assert_eq!(providers.len(), sandboxes.len());
        for (name, port) in sandboxes {
            let base = format!("http://127.0.0.1:{port}");
            let table = providers[name].as_table().unwrap();
            for (key, value) in table.iter().filter(|(key, _)| !key.starts_with("client_")) {
                let value = value.as_str().unwrap();
                assert!(value.starts_with(&base), "{name}.{key} = {value}");
            }
            for key in ["authorize_url", "token_url", "api_base", "client_id", "client_secret"] {
                assert!(table.contains_key(key), "{name}.{key}");
            }
        }
    }

    #[test]
    fn the_keys_stay_over_runs_and_are_readable_by_their_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("demo");
        let first = Folder::open(path.clone()).unwrap();
        assert_eq!(first.read_api_key(), None);
        first.write_api_key("key").unwrap();
        first.keep_fernet_key().unwrap();
        let fernet = fs::read_to_string(path.join("fernet.key")).unwrap();
        assert_eq!(fernet.trim_end().len(), 44);
        drop(first);

        let second = Folder::open(path.clone()).unwrap();
        second.keep_fernet_key().unwrap();
        assert_eq!(fs::read_to_string(path.join("fernet.key")).unwrap(), fernet);
        assert_eq!(second.read_api_key().as_deref(), Some("key"));
        #[cfg(unix)]
        for (name, mode) in [("", 0o700), ("fernet.key", 0o600), ("api.key", 0o600)] {
            use std::os::unix::fs::PermissionsExt as _;
            let found = fs::metadata(path.join(name)).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode, "{name}");
        }
    }

    #[test]
    fn one_demo_at_a_time_has_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = Folder::open(dir.path().to_owned()).unwrap();
        let error = Folder::open(dir.path().to_owned()).err().unwrap();
        assert!(matches!(error, DemoError::Busy(_)), "{error}");
        drop(first);
        Folder::open(dir.path().to_owned()).unwrap();
    }
}
