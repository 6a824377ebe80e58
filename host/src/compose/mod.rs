//! The composition root: the one place that names concrete adapters.

mod commands;
mod logging;
mod metrics;
mod plugins;
mod rotate;
mod serve;

use std::sync::Arc;

use secrecy::ExposeSecret as _;

pub use commands::run;
pub use logging::init as init_logging;
pub use plugins::load_providers;
pub use serve::{ServeError, Server};

use crate::{
    adapters::{
        clock::SystemClock,
        fernet::{FernetCipher, PlainCipher},
        hot_tokens::{ColdStores, HotTokenSettings, HotTokens},
        http::{ReqwestHttp, Resilience},
        oauth::OAuth2Client,
        rng::SystemRng,
        sea_orm::{Database, DatabaseOptions},
    },
    app::{Hub, HubPorts, HubSettings, KeyFit, REFRESH_MARGIN, key_fit},
    config::{Config, OutboundConfig, Rate, TokenProtection},
    domain::links::{CrmObject, EventPlace},
    http::{Allowance, AppState, Gate, RateLimits},
    ports::{Cipher, Clock, Health, OutboundHttp, PoolFigures, Rng, StoreError},
};

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
    let clock = replaced.clock.unwrap_or_else(|| Arc::new(SystemClock));
    let transport: Arc<dyn OutboundHttp> = match replaced.http {
        Some(http) => http,
        None => Arc::new(ReqwestHttp::new().map_err(|error| StartError::SetUp(error.to_string()))?),
    };
    let http = resilience(&config.outbound).over(transport, &rng, Arc::clone(&clock));
    let salt = database.installation_salt(&*rng).await?;
    let cipher = cipher(config)?;
    let mut warnings = warnings(config);
    warnings.extend(misfit(key_fit(&database, &*cipher).await?));
    let store = Arc::new(database.clone());
    let tokens = with_hot_tokens(
        config,
        ColdStores {
            connections: store.clone(),
            tokens: store.clone(),
            cipher,
            clock: Arc::clone(&clock),
        },
    );
    let ports = HubPorts {
        connections: tokens.connections,
        tokens: tokens.tokens,
        revocations: store.clone(),
        links: Arc::new(database.links::<EventPlace>()),
        crm_links: Arc::new(database.links::<CrmObject>()),
        primaries: store.clone(),
        attempts: store.clone(),
        api_keys: store.clone(),
        sessions: store.clone(),
        repeats: store.clone(),
        cipher: tokens.cipher,
        oauth: Arc::new(OAuth2Client::new(Arc::clone(&http))),
        http: Arc::clone(&http),
        clock: Arc::clone(&clock),
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
        warnings: warnings.into(),
        rng,
        body_limit: config.server.body_limit_bytes,
        request_timeout: config.server.request_timeout,
        body_timeout: config.server.body_timeout,
        gate: Arc::new(Gate::new(config.server.max_in_flight, config.server.max_connections)),
        rate_limits: Arc::new(rate_limits(config, &clock)),
    };
    Ok(Assembled { hub, state, database })
}

fn resilience(outbound: &OutboundConfig) -> Resilience {
    Resilience {
        max_waiting: outbound.max_waiting,
        breaker_failures: outbound.breaker_failures,
        breaker_open: outbound.breaker_open,
    }
}

/// Opens the configured database, without making its tables.
async fn open_database(config: &Config) -> Result<Database, StoreError> {
    let options = DatabaseOptions {
        max_connections: Some(config.database.max_connections),
        ..DatabaseOptions::default()
    };
    Database::open(config.database.url.expose_secret(), options).await
}

/// The stores as they are, or with fresh tokens in memory.
fn with_hot_tokens(config: &Config, stores: ColdStores) -> ColdStores {
    let ttl = config.token_cache.ttl;
    if ttl.is_zero() {
        return stores;
    }
    let clock = Arc::clone(&stores.clock);
    let settings = HotTokenSettings { ttl, margin: REFRESH_MARGIN };
    let hot = Arc::new(HotTokens::new(stores, settings));
    ColdStores { connections: hot.clone(), tokens: hot.clone(), cipher: hot, clock }
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
        salt,
    }
}

fn rate_limits(config: &Config, clock: &Arc<dyn Clock>) -> RateLimits {
    let allowance = |Rate { per_second, burst }| Allowance { per_second, burst };
    let limits = &config.rate_limit;
    RateLimits::new(limits.key.map(allowance), limits.session.map(allowance), clock)
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

/// Says so where the configured keys are not those of the database.
fn misfit(fit: KeyFit) -> Option<String> {
    let KeyFit { looked_at, no_key } = fit;
    (no_key > 0).then(|| {
        format!(
            "the encryption keys do not fit the database: when the hub started, none of them \
             opened {no_key} of the {looked_at} oldest tokens. Give the missing key back \
             (tokens.fernet_key) and restart; users need not connect again then"
        )
    })
}

#[async_trait::async_trait]
impl Health for Database {
    async fn check(&self) -> Result<(), StoreError> {
        self.ping().await
    }

    fn pool(&self) -> PoolFigures {
        self.figures()
    }
}
