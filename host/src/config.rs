//! The configuration: `config/default.toml` < file < environment. Every mistake in it is found at
//! once, and told with its place, its key, what was expected and what was found.

mod error;
mod keys;
mod layers;
mod provider;
mod reader;
mod sections;
#[cfg(test)]
mod tests;
mod tokens;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;

pub use self::error::{ConfigErrors, Mistake, Origin};
use self::{layers::Layers, reader::Reader};
use crate::domain::ids::ProviderId;
pub use crate::domain::plugins::Trust;

/// A configuration without mistakes. Paths are relative to the working directory, or absolute.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[server]`
    pub server: ServerConfig,
    /// `[database]`
    pub database: DatabaseConfig,
    /// `[plugins]`
    pub plugins: PluginsConfig,
    /// `[tokens]`: how they are kept.
    pub tokens: TokenProtection,
    /// `[tokens]`: how they are had in time.
    pub token_cache: TokenCacheConfig,
    /// `[sessions]`
    pub sessions: SessionsConfig,
    /// `[oauth]`
    pub oauth: OAuthConfig,
    /// `[outbound]`
    pub outbound: OutboundConfig,
    /// `[auth]`
    pub auth: AuthConfig,
    /// `[rate_limit]`
    pub rate_limit: RateLimitConfig,
    /// `[log]`
    pub log: LogConfig,
    /// `[metrics]`
    pub metrics: MetricsConfig,
    /// `[providers.*]`
    pub providers: BTreeMap<ProviderId, ProviderConfig>,
    /// What works and should be mended all the same, for the log.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the file, if any, and the process's environment.
    ///
    /// # Errors
    /// [`ConfigErrors`] with every mistake that was found.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigErrors> {
        Self::load_with(file, std::env::vars_os())
    }

    /// As [`Config::load`], with these variables for the environment.
    ///
    /// # Errors
    /// [`ConfigErrors`] with every mistake that was found.
    pub fn load_with(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigErrors> {
        let folder = file.and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
        let mut reader = Reader::new(Layers::read(file, environment)?, folder);
        let config = read(&mut reader);
        let (mistakes, warnings) = reader.finish();
        match config {
            Some(config) if mistakes.is_empty() => Ok(Self { warnings, ..config }),
            _ => Err(ConfigErrors(mistakes)),
        }
    }
}

/// `None` only where a mistake was noted. Every section is read before the first is missed.
fn read(reader: &mut Reader) -> Option<Config> {
    keys::check(reader);
    let server = sections::server(reader);
    let database = sections::database(reader);
    let plugins = sections::plugins(reader, database.as_ref());
    let tokens = tokens::tokens(reader, server.as_ref());
    let token_cache = sections::token_cache(reader);
    let sessions = sections::sessions(reader);
    let oauth = sections::oauth(reader);
    let outbound = sections::outbound(reader);
    let auth = sections::auth(reader);
    let rate_limit = sections::rate_limit(reader);
    let log = sections::log(reader);
    let metrics = sections::metrics(reader);
    let providers = provider::providers(reader);
    Some(Config {
        server: server?,
        database: database?,
        plugins: plugins?,
        tokens: tokens?,
        token_cache: token_cache?,
        sessions: sessions?,
        oauth: oauth?,
        outbound: outbound?,
        auth: auth?,
        rate_limit: rate_limit?,
        log: log?,
        metrics: metrics?,
        providers,
        warnings: Vec::new(),
    })
}

/// How the hub is reached.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Where it listens.
    pub bind: SocketAddr,
    /// Where browsers reach it. Its path is `/`: join routes to it.
    pub public_url: Url,
    /// For one request.
    pub request_timeout: Duration,
    /// For a request's headers.
    pub header_timeout: Duration,
    /// How long a request's body may stand still.
    pub body_timeout: Duration,
    /// The largest request body.
    pub body_limit_bytes: usize,
    /// Requests at work at once, at least 1.
    pub max_in_flight: usize,
    /// Open connections at once, at least 1.
    pub max_connections: usize,
    /// For running requests, after a signal to stop.
    pub shutdown_grace: Duration,
}

/// Where rows are kept.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `sqlite:`, `postgres:` or `mysql:`. May hold a password.
    pub url: SecretString,
    /// Size of the pool, at least 1.
    pub max_connections: u32,
}

/// Where plugins come from.
#[derive(Debug, Clone)]
pub struct PluginsConfig {
    /// Where files are dropped.
    pub dir: PathBuf,
    /// Which of them may be loaded.
    pub trust: Trust,
    /// The hashes of the trusted ones.
    pub lock_file: PathBuf,
    /// Where the copies are that are loaded.
    pub cache_dir: PathBuf,
}

/// How tokens are kept.
#[derive(Debug, Clone)]
pub enum TokenProtection {
    /// Encrypted; well-formed keys, at least one. The first encrypts.
    Fernet(Vec<SecretString>),
    /// As readable text. The address that the hub listens on is loopback.
    Unencrypted,
}

/// How long browser sessions live.
#[derive(Debug, Clone, Copy)]
pub struct SessionsConfig {
    /// Where the caller does not say.
    pub ttl: Duration,
    /// At most; not below `ttl`.
    pub max_ttl: Duration,
}

/// Connecting.
#[derive(Debug, Clone)]
pub struct OAuthConfig {
    /// From the connect link to the callback.
    pub attempt_ttl: Duration,
    /// Start of the addresses that a browser may be sent to.
    pub return_to: Vec<Url>,
    /// Exact origins, as a browser writes them.
    pub opener_origins: Vec<String>,
}

/// Requests to vendors.
#[derive(Debug, Clone, Copy)]
pub struct OutboundConfig {
    /// For one request as a whole.
    pub timeout: Duration,
    /// How often one that can be repeated is sent, at least 1.
    pub attempts: u32,
    /// Under way at once to one vendor, at least 1.
    pub max_concurrent: usize,
    /// Under way at once for one connection of a user's, at least 1.
    pub max_concurrent_per_integration: usize,
    /// Waiting for their turn at one vendor; may be zero.
    pub max_waiting: usize,
    /// The largest answer.
    pub max_answer_bytes: usize,
    /// Failures in a row of one vendor's host before it is left alone; zero: never.
    pub breaker_failures: u32,
    /// How long it is left alone.
    pub breaker_open: Duration,
}

/// What one vendor's section sets in place of [`OutboundConfig`] and of the plugin's own limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProviderLimits {
    /// For one request as a whole.
    pub timeout: Option<Duration>,
    /// How often one that can be repeated is sent, at least 1.
    pub attempts: Option<u32>,
    /// Under way at once, at least 1.
    pub max_concurrent: Option<usize>,
    /// Under way at once for one connection of a user's, at least 1.
    pub max_concurrent_per_integration: Option<usize>,
    /// The largest answer.
    pub max_answer_bytes: Option<usize>,
}

/// How many requests a caller may make.
#[derive(Debug, Clone, Copy)]
pub struct RateLimitConfig {
    /// One API key; `None`: as many as it likes.
    pub key: Option<Rate>,
    /// One session; `None`: as many as it likes.
    pub session: Option<Rate>,
}

/// So many a second, of which so many may be saved up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

/// Tokens in memory, and ahead of time.
#[derive(Debug, Clone, Copy)]
pub struct TokenCacheConfig {
    /// How long a fresh token is taken from memory; zero: never.
    pub ttl: Duration,
    /// Whether tokens are refreshed before anybody asks for them.
    pub background_refresh: bool,
}

/// API keys and sessions.
#[derive(Debug, Clone, Copy)]
pub struct AuthConfig {
    /// How long one is taken from memory; may be zero.
    pub cache: Duration,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// How.
    pub format: LogFormat,
    /// A well-formed filter of `tracing_subscriber`.
    pub filter: String,
}

/// Metrics.
#[derive(Debug, Clone, Copy)]
pub struct MetricsConfig {
    /// Whether `/metrics` is served.
    pub enabled: bool,
}

/// An enabled vendor. Each URL is https or loopback.
#[derive(Clone)]
pub struct ProviderConfig {
    /// The plugin's name, without folder, prefix and ending.
    pub plugin: String,
    /// This installation's client at the vendor.
    pub client_id: String,
    /// Its secret; `None` for a public client.
    pub client_secret: Option<SecretString>,
    /// The scopes to ask for, in place of the manifest's.
    pub scopes: Option<Vec<String>>,
    /// In place of the manifest's.
    pub authorize_url: Option<Url>,
    /// In place of the manifest's.
    pub token_url: Option<Url>,
    /// In place of the manifest's.
    pub revoke_url: Option<Url>,
    /// In place of the manifest's.
    pub api_base: Option<Url>,
    /// What a callback's `iss` must be, to the letter.
    pub issuer: Option<String>,
    /// Its own limits.
    pub limits: ProviderLimits,
    /// The plugin's own settings. May hold secrets.
    pub settings: Map<String, Value>,
}

impl fmt::Debug for ProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderConfig")
            .field("plugin", &self.plugin)
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
