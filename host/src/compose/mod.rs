//! The composition root: the one place that names concrete adapters.

mod commands;
mod logging;
mod metrics;
mod plugins;
mod serve;

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret as _;

pub use commands::run;
pub use logging::init as init_logging;
pub use plugins::load_providers;
pub use serve::{ServeError, Server};

use crate::{
    adapters::{
        clock::SystemClock,
        fernet::{FernetCipher, PlainCipher},
        http::ReqwestHttp,
        oauth::OAuth2Client,
        rng::SystemRng,
        sea_orm::{Database, DatabaseOptions},
    },
    app::{Hub, HubPorts, HubSettings},
    config::{Config, TokenProtection},
    domain::links::{CrmObject, EventPlace},
    http::AppState,
    ports::{Cipher, Clock, Health, OutboundHttp, Rng, StoreError},
};

/// What a write may last beyond its request: the steps after the vendor's last answer.
const WRITE_MARGIN: Duration = Duration::from_secs(15);

/// Why the hub does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Tables are missing, and this kind of database is migrated by hand.
    #[error("the database lacks {} migrations: run `mortise migrate`", .0.len())]
    NotMigrated(Vec<String>),
    /// A part could not be set up.
    #[error("{0}")]
    SetUp(String),
}

/// Parts that tests replace; the rest is made from the configuration.
#[derive(Clone, Default)]
pub struct Replaced {
    /// In place of the system's clock.
    pub clock: Option<Arc<dyn Clock>>,
    /// In place of the network.
    pub http: Option<Arc<dyn OutboundHttp>>,
}

/// A hub that is put together and does not serve yet.
pub struct Assembled {
    /// The use cases.
    pub hub: Arc<Hub>,
    /// What the API's handlers reach.
    pub state: AppState,
    /// The database.
    pub database: Database,
}

/// Puts a hub together: opens the database (and migrates it if it is SQLite), loads the plugins.
///
/// # Errors
/// See [`StartError`]. A plugin that is refused is no error: the others serve.
pub async fn assemble(config: &Config, replaced: Replaced) -> Result<Assembled, StartError> {
    let database = open_database(config).await?;
    if database.is_sqlite() {
        database.migrate().await?;
    } else {
        let pending = database.pending_migrations().await?;
        if !pending.is_empty() {
            return Err(StartError::NotMigrated(pending));
        }
    }
    let rng: Arc<dyn Rng> = Arc::new(SystemRng);
    let http: Arc<dyn OutboundHttp> = match replaced.http {
        Some(http) => http,
        None => Arc::new(ReqwestHttp::new().map_err(|error| StartError::SetUp(error.to_string()))?),
    };
    let salt = database.installation_salt(&*rng).await?;
    let store = Arc::new(database.clone());
    let left_alone = chrono::Duration::from_std(config.server.request_timeout + WRITE_MARGIN)
        .map_err(|error| StartError::SetUp(error.to_string()))?;
    let ports = HubPorts {
        connections: store.clone(),
        tokens: store.clone(),
        revocations: store.clone(),
        links: Arc::new(database.links::<EventPlace>().left_alone_for(left_alone)),
        crm_links: Arc::new(database.links::<CrmObject>().left_alone_for(left_alone)),
        primaries: store.clone(),
        attempts: store.clone(),
        api_keys: store.clone(),
        sessions: store.clone(),
        cipher: cipher(config)?,
        oauth: Arc::new(OAuth2Client::new(Arc::clone(&http), config.outbound.timeout)),
        http: Arc::clone(&http),
        clock: replaced.clock.unwrap_or_else(|| Arc::new(SystemClock)),
        rng: Arc::clone(&rng),
    };
    // Loading reads files and runs plugin code: not on a thread that serves.
    let (settings, for_plugins) = (hub_settings(config, salt), config.clone());
    let providers = tokio::task::spawn_blocking(move || load_providers(&for_plugins, &http))
        .await
        .map_err(|error| StartError::SetUp(error.to_string()))?;
    let hub = Hub::new(ports, settings, providers);
    let state = AppState {
        hub: Arc::clone(&hub),
        health: store as Arc<dyn Health>,
        metrics: config.metrics.enabled.then(metrics::recorder).flatten(),
        description: Arc::default(),
        warnings: warnings(config).into(),
        rng,
        body_limit: config.server.body_limit_bytes,
        request_timeout: config.server.request_timeout,
    };
    Ok(Assembled { hub, state, database })
}

/// Opens the configured database, without making its tables.
async fn open_database(config: &Config) -> Result<Database, StoreError> {
    let options = DatabaseOptions {
        max_connections: Some(config.database.max_connections),
        ..DatabaseOptions::default()
    };
    Database::open(config.database.url.expose_secret(), options).await
}

fn cipher(config: &Config) -> Result<Arc<dyn Cipher>, StartError> {
    Ok(match &config.tokens {
        TokenProtection::Fernet(keys) => {
            Arc::new(FernetCipher::new(keys).map_err(|error| StartError::SetUp(error.to_string()))?)
        }
        TokenProtection::Unencrypted => Arc::new(PlainCipher),
    })
}

fn hub_settings(config: &Config, salt: [u8; 32]) -> HubSettings {
    HubSettings {
        public_url: config.server.public_url.clone(),
        attempt_ttl: config.oauth.attempt_ttl,
        return_to: config.oauth.return_to.clone(),
        opener_origins: config.oauth.opener_origins.clone(),
        session_ttl: config.sessions.ttl,
        session_max_ttl: config.sessions.max_ttl,
        access_cache: config.auth.cache,
        outbound_timeout: config.outbound.timeout,
        salt,
    }
}

/// What everybody may read in `/readyz`: no paths.
fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    if matches!(config.tokens, TokenProtection::Unencrypted) {
        warnings.push("tokens are stored unencrypted (tokens.allow_unencrypted)".to_owned());
    }
    if config.plugins.trust == crate::config::Trust::Any {
        warnings
            .push("any file in the plugin folder is loaded (plugins.trust = \"any\")".to_owned());
    }
    warnings
}

#[async_trait::async_trait]
impl Health for Database {
    async fn check(&self) -> Result<(), StoreError> {
        self.ping().await
    }
}
