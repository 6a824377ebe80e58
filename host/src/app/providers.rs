use std::{collections::BTreeMap, sync::Arc};

use mortise_plugin_api::Manifest;
use url::Url;

use super::HubError;
use crate::{
    domain::{ids::ProviderId, plugins::PluginReport, scopes::Scopes},
    ports::{Egress, OAuthEndpoints, OutboundLimits, ProviderPort},
};

/// An enabled provider after configuration.
pub struct Provider {
    /// Its name.
    pub id: ProviderId,
    /// The vendor behind the port.
    pub port: Arc<dyn ProviderPort>,
    /// Addresses and client.
    pub oauth: OAuthEndpoints,
    /// Whether PKCE is used.
    pub pkce: bool,
    /// The issuer that the vendor may name in a callback.
    pub issuer: Option<String>,
    /// The scopes to ask for.
    pub scopes: Vec<String>,
    /// What the proxy's paths are relative to.
    pub api_base: Url,
    /// Where requests may go.
    pub egress: Egress,
    /// What the vendor may be asked.
    pub limits: OutboundLimits,
}

impl Provider {
    /// What the provider says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        self.port.manifest()
    }

    /// Granted scopes, ready to be compared.
    #[must_use]
    pub fn scopes_granted<'a>(&'a self, granted: &'a [String]) -> Scopes<'a> {
        Scopes::granted(self.manifest(), granted)
    }

    /// Whether it has any operation of a capability.
    #[must_use]
    pub fn has_capability(&self, capability: &str) -> bool {
        self.manifest().capabilities.get(capability).is_some_and(|names| !names.is_empty())
    }
}

/// All enabled providers, and what became of the plugin files.
#[derive(Default)]
pub struct Providers {
    serving: BTreeMap<ProviderId, Arc<Provider>>,
    refused: Vec<ProviderId>,
    reports: Vec<PluginReport>,
}

impl Providers {
    /// `refused`: enabled providers whose plugin does not serve.
    #[must_use]
    pub fn new(
        serving: Vec<Provider>,
        refused: Vec<ProviderId>,
        reports: Vec<PluginReport>,
    ) -> Self {
        let serving = serving.into_iter().map(|p| (p.id.clone(), Arc::new(p))).collect();
        Self { serving, refused, reports }
    }

    /// Those that serve, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.serving.values()
    }

    /// Enabled, but without a working plugin.
    #[must_use]
    pub fn refused(&self) -> &[ProviderId] {
        &self.refused
    }

    /// What became of the plugin files.
    #[must_use]
    pub fn reports(&self) -> &[PluginReport] {
        &self.reports
    }

    /// A provider that serves.
    #[must_use]
    pub fn get(&self, id: &ProviderId) -> Option<&Arc<Provider>> {
        self.serving.get(id)
    }

    /// By a URL's slug.
    ///
    /// # Errors
    /// `UnknownProvider`, `NameForSlug`, or `ProviderUnavailable` where its plugin was refused.
    pub fn by_slug(&self, slug: &str) -> Result<&Arc<Provider>, HubError> {
        match ProviderId::new(slug) {
            Some(id) if id.slug() != slug && self.is_enabled(&id) => Err(HubError::NameForSlug(id)),
            _ => self.find(slug, ProviderId::from_slug(slug)),
        }
    }

    /// By what a caller wrote in a body or query: `google_calendar` or `google-calendar`.
    ///
    /// # Errors
    /// `UnknownProvider`, or `ProviderUnavailable` where its plugin was refused.
    pub fn by_name(&self, name: &str) -> Result<&Arc<Provider>, HubError> {
        self.find(name, ProviderId::new(name).or_else(|| ProviderId::from_slug(name)))
    }

    fn is_enabled(&self, id: &ProviderId) -> bool {
        self.serving.contains_key(id) || self.refused.contains(id)
    }

    fn find(&self, written: &str, id: Option<ProviderId>) -> Result<&Arc<Provider>, HubError> {
        let unknown = || HubError::UnknownProvider(written.chars().take(64).collect());
        let id = id.ok_or_else(unknown)?;
        match self.serving.get(&id) {
            Some(provider) => Ok(provider),
            None if self.refused.contains(&id) => Err(HubError::ProviderUnavailable(id)),
            None => Err(unknown()),
        }
    }
}
