use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use url::Url;

use super::{
    Providers,
    access::AccessCache,
    calendar::CalendarCache,
    crm::ObjectTurns,
    refresh::{RefreshHold, RefreshOutcome},
    single_flight::SingleFlight,
    work::Work,
};
use crate::{
    domain::{
        ids::IntegrationId,
        links::{CrmObject, EventPlace},
    },
    ports::{
        ApiKeyStore, Cipher, Clock, IdempotencyStore, IntegrationRepository, LinkRepository,
        OAuthClient, OAuthStateStore, OutboundHttp, PrimaryCalendarStore, RevocationQueue, Rng,
        SessionStore, TokenStore,
    },
};

/// What the hub stands on.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is documented at its port")]
pub struct HubPorts {
    pub connections: Arc<dyn IntegrationRepository>,
    pub tokens: Arc<dyn TokenStore>,
    pub revocations: Arc<dyn RevocationQueue>,
    pub links: Arc<dyn LinkRepository<EventPlace>>,
    /// Links to contacts and deals.
    pub crm_links: Arc<dyn LinkRepository<CrmObject>>,
    /// Which calendar a user's events go to.
    pub primaries: Arc<dyn PrimaryCalendarStore>,
    pub attempts: Arc<dyn OAuthStateStore>,
    pub api_keys: Arc<dyn ApiKeyStore>,
    pub sessions: Arc<dyn SessionStore>,
    pub repeats: Arc<dyn IdempotencyStore>,
    pub cipher: Arc<dyn Cipher>,
    pub oauth: Arc<dyn OAuthClient>,
    pub http: Arc<dyn OutboundHttp>,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
}

/// What the operator chose.
#[derive(Debug, Clone)]
pub struct HubSettings {
    /// Where browsers reach the hub.
    pub public_url: Url,
    /// How long a connect link works.
    pub attempt_ttl: Duration,
    /// URL prefixes that a browser may be sent back to.
    pub return_to: Vec<Url>,
    /// Origins that may be told of a finished connect.
    pub opener_origins: Vec<String>,
    /// A session's life where the caller names none.
    pub session_ttl: Duration,
    /// A session's longest life.
    pub session_max_ttl: Duration,
    /// How long a known API key or session is believed before it is looked up again.
    pub access_cache: Duration,
    /// This installation's own bits, part of every creation key.
    pub salt: [u8; 32],
}

impl HubSettings {
    /// The hub's own address with a path that begins with `/`, or is empty.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}

/// The hub: all use cases, as methods in the files beside this one.
pub struct Hub {
    pub(super) ports: HubPorts,
    pub(super) settings: HubSettings,
    pub(super) providers: Providers,
    /// Tells this process's leases from those of others.
    pub(super) name: String,
    pub(super) work: Work,
    pub(super) refreshes: SingleFlight<IntegrationId, RefreshOutcome>,
    pub(super) refresh_holds: Cache<IntegrationId, RefreshHold>,
    pub(super) access: AccessCache,
    pub(super) calendars: CalendarCache,
    pub(super) object_turns: ObjectTurns,
}

impl Hub {
    /// A hub over its ports.
    #[must_use]
    pub fn new(ports: HubPorts, settings: HubSettings, providers: Providers) -> Arc<Self> {
        let access = AccessCache::new(settings.access_cache);
        let work = Work::default();
        let name = hex::encode(&ports.rng.bytes32()[..16]);
        Arc::new(Self {
            ports,
            settings,
            providers,
            name,
            refreshes: SingleFlight::new(work.clone()),
            work,
            refresh_holds: Cache::builder()
                .max_capacity(100_000)
                .time_to_live(Duration::from_secs(60))
                .build(),
            access,
            calendars: CalendarCache::new(),
            object_turns: ObjectTurns::default(),
        })
    }

    /// The enabled providers.
    #[must_use]
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// What the operator chose.
    #[must_use]
    pub fn settings(&self) -> &HubSettings {
        &self.settings
    }

    /// The address at which a user connects a provider: ask it for a link.
    #[must_use]
    pub fn connect_url(&self, provider: &crate::domain::ids::ProviderId) -> String {
        self.settings.address(&format!("/api/integrations/{}/connect", provider.slug()))
    }
}
