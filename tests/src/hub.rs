use std::{net::TcpListener, path::Path, sync::Arc};

use futures::future::LocalBoxFuture;
use mortise::{
    adapters::{rng::SystemRng, sea_orm::Database},
    app::{API_KEY_PREFIX, Hub, NewSecret},
    compose::{Replaced, ServeError, Server},
    config::Config,
    domain::keys::Right,
    http::AppState,
    ports::{ApiKeyStore as _, Clock as _},
};
use mortise_sandbox::{Consent, Sandbox, SandboxConfig};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{
    Answer, Browser, Client, Rows, TestClock, TestHubOptions, client, configuration, vendors,
};

/// A real hub that serves on loopback, and the vendors of its own that it knows.
pub struct TestHub {
    pub sandbox: Sandbox,
    pub clock: Arc<TestClock>,
    /// The use cases, below HTTP.
    pub hub: Arc<Hub>,
    pub state: AppState,
    pub database: Database,
    /// The database as it is on the disk.
    pub rows: Rows,
    /// `http://127.0.0.1:PORT`, without a slash at its end.
    pub url: String,
    /// An API key with all rights.
    pub key: String,
    /// An API key without any right.
    pub plain_key: String,
    /// What tokens are encrypted with.
    pub fernet_keys: String,
    database_url: String,
    http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
    // Last, so that the database in it is closed before.
    dir: TempDir,
}

impl TestHub {
    /// A hub with the three providers and a database of its own.
    pub async fn start() -> Self {
        Self::options().start().await
    }

    /// A hub that differs from the usual one.
    pub fn options() -> TestHubOptions {
        TestHubOptions::default()
    }

    /// Boxed: the hub's own futures nest deeper than the compiler follows by itself in every test.
    pub(crate) fn start_with(options: TestHubOptions) -> LocalBoxFuture<'static, Self> {
        Box::pin(Self::starting(options))
    }

    async fn starting(options: TestHubOptions) -> Self {
        let http = client::http();
        let sandbox = Sandbox::start(SandboxConfig::default()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::default());
        let (server, config, url) = listen(&sandbox, &options, &dir, &clock).await;
        vendors::allow_redirects(&sandbox, &url);
        for (name, of) in &options.twins {
            vendors::allow_redirect(&sandbox, &url, name, of);
        }
        let assembled = server.assembled();
        let (hub, state) = (Arc::clone(&assembled.hub), assembled.state.clone());
        let database = assembled.database.clone();
        let key = create_key(&database, &clock, &Right::ALL).await;
        let plain_key = create_key(&database, &clock, &[]).await;
        let database_url = config.database.url.expose_secret().to_owned();
        let rows = Rows::open(&database_url).await;
        let fernet_keys = match &config.tokens {
            mortise::config::TokenProtection::Fernet(keys) => {
                keys.iter().map(|key| key.expose_secret()).collect::<Vec<_>>().join(",")
            }
            mortise::config::TokenProtection::Unencrypted => String::new(),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async move {
            // Dropping the sender stops it too.
            let _ = stopped.await;
        }));
        let (stop, serving) = (Some(stop), Some(serving));
        Self {
            sandbox,
            clock,
            hub,
            state,
            database,
            rows,
            url,
            key,
            plain_key,
            fernet_keys,
            database_url,
            http,
            stop,
            serving,
            dir,
        }
    }

    /// Where the database is, for a second hub on it.
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// A folder that ends with the hub.
    pub fn scratch(&self) -> &Path {
        self.dir.path()
    }

    /// The API key with all rights, for a user.
    pub fn as_user(&self, user: &str) -> Client {
        self.backend().header("mortise-user", user)
    }

    /// The API key with all rights, for nobody.
    pub fn backend(&self) -> Client {
        self.anonymous().bearer(&self.key)
    }

    /// The API key without any right, for a user.
    pub fn without_rights(&self, user: &str) -> Client {
        self.anonymous().bearer(&self.plain_key).header("mortise-user", user)
    }

    /// Nobody.
    pub fn anonymous(&self) -> Client {
        Client::new(self.http.clone(), &self.url)
    }

    /// A further API key.
    pub async fn key_with(&self, rights: &[Right]) -> String {
        create_key(&self.database, &self.clock, rights).await
    }

    /// A session token of a user, as the backend mints it.
    pub async fn session_token(&self, user: &str, more: Value) -> String {
        let mut body = json!({"user": user});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let minted = self.backend().post("/api/sessions", body).await.expect(201);
        minted.body["token"].as_str().unwrap().to_owned()
    }

    /// A user's browser after `POST /api/sessions`.
    pub async fn session_for(&self, user: &str) -> Client {
        self.anonymous().bearer(&self.session_token(user, json!({})).await)
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(self.http.clone(), &self.url)
    }

    /// Asks for a connect link.
    pub async fn connect_link(&self, user: &str, slug: &str) -> String {
        let path = format!("/api/integrations/{slug}/connect");
        let link = self.as_user(user).get(&path).await.expect(200);
        link.body["url"].as_str().unwrap().to_owned()
    }

    /// Opens a connect link, which must lead on to the vendor's authorize address.
    pub async fn lead_on(&self, browser: &Browser, link: &str) -> String {
        let answer = browser.open(link).await.expect(303);
        answer.header("location").to_owned()
    }

    /// Answers the vendor's consent page; gives the address of the callback.
    pub fn consent(&self, slug: &str, authorize_url: &str, consent: &Consent) -> String {
        vendors::consent(&self.sandbox, slug, authorize_url, consent)
    }

    /// From the link to the address of the callback, which is not opened.
    pub async fn up_to_callback(
        &self,
        browser: &Browser,
        user: &str,
        slug: &str,
        consent: &Consent,
    ) -> String {
        let link = self.connect_link(user, slug).await;
        let vendor = self.lead_on(browser, &link).await;
        self.consent(slug, &vendor, consent)
    }

    /// The whole of a connect in a new browser; the page at its end, which must say so.
    pub async fn connect(&self, user: &str, slug: &str, consent: &Consent) -> Answer {
        let browser = self.browser();
        let callback = self.up_to_callback(&browser, user, slug, consent).await;
        browser.open(&callback).await.expect(200)
    }

    /// As [`connect`](Self::connect), for a twin of the provider with this slug.
    pub async fn connect_twin(&self, user: &str, twin: &str, of: &str, consent: &Consent) {
        let browser = self.browser();
        let vendor = self.lead_on(&browser, &self.connect_link(user, twin).await).await;
        browser.open(&self.consent(of, &vendor, consent)).await.expect(200);
    }

    /// What the status endpoint says.
    pub async fn status(&self, user: &str, slug: &str) -> Value {
        let path = format!("/api/integrations/{slug}/status");
        self.as_user(user).get(&path).await.expect(200).body
    }

    /// Asks for the access token.
    pub async fn token(&self, user: &str, slug: &str) -> Answer {
        self.as_user(user).get(&format!("/api/integrations/{slug}/token")).await
    }

    /// One turn of the background work.
    pub async fn maintain(&self) {
        self.hub.maintain().await.unwrap();
    }

    /// Everything secret that the vendors know, and the hub's keys.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = vendors::secrets(&self.sandbox);
        secrets.extend([self.key.clone(), self.plain_key.clone()]);
        secrets.extend(self.fernet_keys.split(',').map(str::to_owned));
        secrets
    }

    /// Tells it to stop, and does not wait.
    pub fn tell_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Stops serving and waits for the end.
    pub async fn stop(&mut self) {
        self.tell_to_stop();
        if let Some(serving) = self.serving.take() {
            serving.await.unwrap();
        }
    }
}

/// The hub's own address is part of its configuration, so its port is chosen before. Whoever takes
/// it in between makes us choose another.
async fn listen(
    sandbox: &Sandbox,
    options: &TestHubOptions,
    dir: &TempDir,
    clock: &Arc<TestClock>,
) -> (Server, Config, String) {
    let folder = configuration::plugin_folder(options).await;
    let mut attempt = 0;
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let written = configuration::write(sandbox, options, &folder, dir.path(), port);
        // A fault shall be seen where it is made; tests of repeats say so.
        let once = ("MORTISE__OUTBOUND__ATTEMPTS".into(), "1".into());
        let environment = std::iter::once(once).chain(written.environment);
        let config = Config::load_with(Some(&written.file), environment).unwrap();
        let replaced = Replaced { clock: Some(clock.clone()), http: None };
        match Server::start(&config, replaced).await {
            Ok(server) => return (server, config, written.url),
            Err(ServeError::Listen { .. }) if attempt < 10 => attempt += 1,
            Err(error) => panic!("the hub does not start: {error}"),
        }
    }
}

async fn create_key(database: &Database, clock: &TestClock, rights: &[Right]) -> String {
    let secret = NewSecret::draw(&SystemRng, API_KEY_PREFIX);
    let name = format!("test {}", &secret.hash[..12]);
    let made = database.create(&name, &secret.hash, rights, clock.now()).await.unwrap();
    assert!(made.is_some());
    secret.text.expose_secret().to_owned()
}
