//! A real hub, the vendors it knows, and one user who is connected.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

use mortise::{
    adapters::{clock::SystemClock, rng::SystemRng},
    app::{API_KEY_PREFIX, NewSecret},
    compose::{Replaced, Server, init_logging},
    config::Config,
    domain::keys::Right,
    ports::{ApiKeyStore as _, Clock as _},
};
use mortise_sandbox::{Consent, DEFAULT_ACCOUNT, Sandbox, SandboxConfig};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::{
    Outcome,
    artifacts::PLUGINS,
    client::{Connection, get},
    events,
};

/// Whom the requests are for.
pub const USER: &str = "ada";
/// Events in the user's calendar.
pub const EVENTS: usize = 10;

/// A folder with plugins, configuration, key and database.
pub struct Folder(PathBuf);

impl Folder {
    /// # Errors
    /// None but those of its files.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.0.join("mortise.toml")
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join("mortise.db")
    }

    /// Copies a plugin into its place.
    ///
    /// # Errors
    /// Those of the system.
    pub fn add_plugin(&self, file: &Path) -> Outcome<()> {
        let plugins = self.0.join("plugins.d");
        fs::create_dir_all(&plugins)?;
        fs::copy(file, plugins.join(file.file_name().ok_or("no file name")?))?;
        Ok(())
    }

    /// Writes the configuration: all defaults, but for places, addresses and keys.
    fn configure(&self, sandbox: &Sandbox, fernet_key: &str) -> Outcome<SocketAddr> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        fs::write(self.0.join("fernet.key"), fernet_key)?;
        let mut text = format!(
            "[server]\nbind = \"{address}\"\npublic_url = \"http://{address}\"\n\
             [database]\nurl = \"sqlite://mortise.db\"\n\
             [plugins]\ndir = \"plugins.d\"\ntrust = \"any\"\n\
             [tokens]\nfernet_key_file = \"fernet.key\"\n"
        );
        let google = sandbox.google();
        for plugin in PLUGINS {
            text.push_str(&format!(
                "[providers.{plugin}]\nclient_id = \"{}\"\nclient_secret = \"{}\"\n",
                google.client_id(),
                google.client_secret(),
            ));
        }
        let url = google.url();
        text = text.replace(
            "[providers.google_calendar]\n",
            &format!(
                "[providers.google_calendar]\nauthorize_url = \"{url}/o/oauth2/v2/auth\"\n\
                 token_url = \"{url}/token\"\nrevoke_url = \"{url}/revoke\"\n\
                 api_base = \"{url}/calendar/v3\"\n"
            ),
        );
        fs::write(self.config(), text)?;
        Ok(address)
    }
}

/// A hub that serves in this process.
pub struct Hub {
    /// The vendors; they end with this.
    pub sandbox: Sandbox,
    /// Where the hub listens.
    pub address: SocketAddr,
    /// An API key with all rights.
    pub key: String,
}

impl Hub {
    /// Starts a hub and connects [`USER`]'s Google Calendar, with [`EVENTS`] events in it.
    ///
    /// # Errors
    /// Where any step of that fails.
    pub async fn start(folder: &Folder, fernet_key: &str) -> Outcome<Self> {
        let sandbox = Sandbox::start(SandboxConfig::default())?;
        for number in 0..EVENTS {
            sandbox.google().put_event(DEFAULT_ACCOUNT, "primary", events::event(number));
        }
        let address = folder.configure(&sandbox, fernet_key)?;
        let callback = format!("http://{address}/api/integrations/google-calendar/callback");
        sandbox.google().allow_redirect_uri(callback);
        let config = Config::load_with(Some(&folder.config()), [])?;
        init_logging(&config.log);
        let server = Server::start(&config, Replaced::default()).await?;
        let key = NewSecret::draw(&SystemRng, API_KEY_PREFIX);
        let database = &server.assembled().database;
        let made = database.create("bench", &key.hash, &Right::ALL, SystemClock.now()).await?;
        made.ok_or("the folder was used before")?;
        tokio::spawn(server.run(std::future::pending()));
        let hub = Self { sandbox, address, key: key.text.expose_secret().to_owned() };
        hub.connect().await?;
        Ok(hub)
    }

    /// A request of the application's backend for [`USER`].
    #[must_use]
    pub fn request(&self, target: &str) -> String {
        let bearer = format!("Bearer {}", self.key);
        get(self.address, target, &[("authorization", &bearer), ("mortise-user", USER)])
    }

    /// Asks the hub and reads the JSON that it answers.
    ///
    /// # Errors
    /// For every answer but 200.
    pub async fn ask(&self, target: &str) -> Outcome<Value> {
        let mut connection = Connection::open(self.address).await?;
        let answer = connection.exchange(self.request(target).as_bytes()).await?;
        if answer.status != 200 {
            let body = String::from_utf8_lossy(answer.body);
            return Err(format!("{target} answered {}: {body}", answer.status).into());
        }
        Ok(serde_json::from_slice(answer.body)?)
    }

    async fn connect(&self) -> Outcome<()> {
        let link = self.ask("/api/integrations/google-calendar/connect").await?;
        let link = link["url"].as_str().ok_or("no connect link")?;
        let mut browser = Connection::open(self.address).await?;
        let opened = get(self.address, self.target_of(link)?, &[]);
        let opened = browser.exchange(opened.as_bytes()).await?;
        let vendor = opened.header("location").ok_or("the connect link leads nowhere")?;
        let cookie = opened.header("set-cookie").ok_or("no cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let callback = self.sandbox.google().approve(vendor, &Consent::of(DEFAULT_ACCOUNT));
        let callback = callback.map_err(|refusal| format!("not approved: {refusal}"))?;
        let back = get(self.address, self.target_of(&callback)?, &[("cookie", &cookie)]);
        match browser.exchange(back.as_bytes()).await?.status {
            200 => Ok(()),
            status => Err(format!("the callback answered {status}").into()),
        }
    }

    fn target_of<'u>(&self, url: &'u str) -> Outcome<&'u str> {
        Ok(url.strip_prefix(&format!("http://{}", self.address)).ok_or("a foreign address")?)
    }
}
