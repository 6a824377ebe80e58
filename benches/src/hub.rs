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
    client::{Connection, get, request},
    events,
    serving::{Serving, create_key},
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

    /// Writes the configuration: all defaults, but for places, addresses, keys and what `server`
    /// says; and no rate limit, which is there to keep one caller from measuring anything.
    fn configure(&self, sandbox: &Sandbox, fernet_key: &str, server: &str) -> Outcome<SocketAddr> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        fs::write(self.0.join("fernet.key"), fernet_key)?;
        let mut text = format!(
            "[server]\nbind = \"{address}\"\npublic_url = \"http://{address}\"\n{server}\
             [database]\nurl = \"sqlite://mortise.db\"\n\
             [plugins]\ndir = \"plugins.d\"\ntrust = \"any\"\n\
             [tokens]\nfernet_key_file = \"fernet.key\"\n\
             [rate_limit]\nkey_per_second = 0\n"
        );
        for (provider, table) in providers(sandbox) {
            text.push_str(&format!("[providers.{provider}]\n{table}"));
        }
        fs::write(self.config(), text)?;
        Ok(address)
    }
}

/// The tables of the providers, by their names.
fn providers(sandbox: &Sandbox) -> [(&'static str, String); 3] {
    let (google, microsoft, hubspot) = (sandbox.google(), sandbox.microsoft(), sandbox.hubspot());
    let table = |id: String, secret: String, url: &str, paths: [&str; 3]| {
        let [authorize, token, base] = paths;
        format!(
            "client_id = \"{id}\"\nclient_secret = \"{secret}\"\n\
             authorize_url = \"{url}{authorize}\"\ntoken_url = \"{url}{token}\"\n\
             api_base = \"{url}{base}\"\n"
        )
    };
    let tenant = ["/common/oauth2/v2.0/authorize", "/common/oauth2/v2.0/token", "/v1.0"];
    [
        (
            "google_calendar",
            table(
                google.client_id(),
                google.client_secret(),
                google.url(),
                ["/o/oauth2/v2/auth", "/token", "/calendar/v3"],
            ),
        ),
        (
            "outlook",
            table(microsoft.client_id(), microsoft.client_secret(), microsoft.url(), tenant),
        ),
        (
            "hubspot",
            table(
                hubspot.client_id(),
                hubspot.client_secret(),
                hubspot.url(),
                ["/oauth/authorize", "/oauth/2026-03/token", ""],
            ),
        ),
    ]
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
        Self::start_with(folder, fernet_key, &[]).await
    }

    /// As [`start`](Self::start), with these variables of the environment.
    ///
    /// # Errors
    /// As there.
    pub async fn start_with(
        folder: &Folder,
        fernet_key: &str,
        environment: &[(&str, &str)],
    ) -> Outcome<Self> {
        let (sandbox, address) = vendors(folder, fernet_key, "")?;
        let environment = environment.iter().map(|(name, value)| (name.into(), value.into()));
        let config = Config::load_with(Some(&folder.config()), environment)?;
        init_logging(&config.log);
        let server = Server::start(&config, Replaced::default()).await?;
        let key = NewSecret::draw(&SystemRng, API_KEY_PREFIX);
        let database = &server.assembled().database;
        let made = database.create("bench", &key.hash, &Right::ALL, SystemClock.now()).await?;
        made.ok_or("the folder was used before")?;
        tokio::spawn(server.run(std::future::pending()));
        let hub = Self { sandbox, address, key: key.text.expose_secret().to_owned() };
        hub.connect("google-calendar").await?;
        Ok(hub)
    }

    /// Starts the binary in a process of its own, with these lines in its `[server]` section, and
    /// connects [`USER`]'s Google Calendar. The vendors are in this process.
    ///
    /// # Errors
    /// Where any step of that fails.
    pub async fn spawn(folder: &Folder, binary: &Path, server: &str) -> Outcome<(Self, Serving)> {
        let (sandbox, address) = vendors(folder, &fernet::Fernet::generate_key(), server)?;
        let key = create_key(binary, folder)?;
        let serving = Serving::start(binary, folder)?;
        serving.ready().await?;
        let hub = Self { sandbox, address, key };
        hub.connect("google-calendar").await?;
        Ok((hub, serving))
    }

    /// A request of the application's backend for [`USER`].
    #[must_use]
    pub fn request(&self, target: &str) -> String {
        self.send("GET", target, None)
    }

    /// The same with any method and body.
    #[must_use]
    pub fn send(&self, method: &str, target: &str, body: Option<&Value>) -> String {
        let bearer = format!("Bearer {}", self.key);
        let headers = [("authorization", bearer.as_str()), ("mortise-user", USER)];
        request(self.address, method, target, &headers, body)
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

    /// Connects [`USER`] to a calendar provider.
    ///
    /// # Errors
    /// Where any step of that fails.
    pub async fn connect(&self, slug: &str) -> Outcome<()> {
        let link = self.ask(&format!("/api/integrations/{slug}/connect")).await?;
        let link = link["url"].as_str().ok_or("no connect link")?;
        let mut browser = Connection::open(self.address).await?;
        let opened = get(self.address, self.target_of(link)?, &[]);
        let opened = browser.exchange(opened.as_bytes()).await?;
        let vendor = opened.header("location").ok_or("the connect link leads nowhere")?;
        let cookie = opened.header("set-cookie").ok_or("no cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let consent = Consent::of(DEFAULT_ACCOUNT);
        let callback = match slug {
            "outlook" => self.sandbox.microsoft().approve(vendor, &consent),
            _ => self.sandbox.google().approve(vendor, &consent),
        };
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

/// The vendors, with [`EVENTS`] events, and where the hub that is configured for them will listen.
fn vendors(folder: &Folder, fernet_key: &str, server: &str) -> Outcome<(Sandbox, SocketAddr)> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    for number in 0..EVENTS {
        sandbox.google().put_event(DEFAULT_ACCOUNT, "primary", events::event(number));
    }
    let address = folder.configure(&sandbox, fernet_key, server)?;
    let callback = |slug| format!("http://{address}/api/integrations/{slug}/callback");
    sandbox.google().allow_redirect_uri(callback("google-calendar"));
    sandbox.microsoft().allow_redirect_uri(callback("outlook"));
    Ok((sandbox, address))
}
