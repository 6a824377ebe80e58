use std::sync::Arc;

use super::{Caller, Hub, HubError, Provider, call::Target};
use crate::domain::connection::IntegrationStatus;

/// A user's connections to providers that can do something.
pub(super) struct Targets {
    /// At least one.
    pub(super) usable: Vec<Target>,
    /// Those that wait for a new consent or a lost key: what these accounts hold is not known.
    pub(super) unusable: Vec<HubError>,
}

impl Targets {
    /// What is not known, one sentence each.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.unusable.iter().map(ToString::to_string)
    }

    /// The usable connection to a provider.
    pub(super) fn at(&self, provider: &str) -> Option<&Target> {
        self.usable.iter().find(|target| target.provider.id.as_str() == provider)
    }

    /// The only usable connection.
    ///
    /// # Errors
    /// `Invalid` where there are several. `what` they are: `calendars`.
    pub(super) fn only(mut self, what: &str) -> Result<Target, HubError> {
        if self.usable.len() == 1 {
            return Ok(self.usable.remove(0));
        }
        let names: Vec<&str> = self.usable.iter().map(|t| t.provider.id.as_str()).collect();
        let message = format!("several {what} are connected; name one of {names:?}");
        Err(HubError::invalid("provider", message))
    }
}

impl Hub {
    /// All of the caller's usable connections to providers that can do something, a capability
    /// or an operation; or the named provider's.
    ///
    /// # Errors
    /// `CapabilityNotSupported` for a named provider that cannot; `NotConnected` and its kin. Where
    /// no connection can be used the error is that of the first.
    pub(super) async fn targets(
        self: &Arc<Self>,
        caller: &Caller,
        what: &str,
        provider: Option<&str>,
    ) -> Result<Targets, HubError> {
        if let Some(name) = provider {
            let provider = self.providers.by_name(name)?;
            provider.check_offers(what)?;
            let usable = vec![self.target(caller, provider).await?];
            return Ok(Targets { usable, unusable: Vec::new() });
        }
        let rows = self.ports.connections.list(&caller.user).await?;
        let mut targets = Targets { usable: Vec::new(), unusable: Vec::new() };
        for row in rows {
            let Some(provider) = self.providers.get(&row.provider) else { continue };
            if !provider.offers(what) || !caller.may_use(provider) {
                continue;
            }
            if row.status == IntegrationStatus::Revoked {
                continue;
            }
            match self.target(caller, provider).await {
                Ok(target) => targets.usable.push(target),
                Err(error @ HubError::Store(_)) => return Err(error),
                Err(error) => targets.unusable.push(error),
            }
        }
        if !targets.usable.is_empty() {
            return Ok(targets);
        }
        let first = targets.unusable.into_iter().next();
        Err(first.unwrap_or_else(|| self.nothing_connected(caller, what)))
    }

    fn nothing_connected(&self, caller: &Caller, what: &str) -> HubError {
        let able: Vec<_> = self.providers.iter().filter(|p| p.offers(what)).collect();
        match (able.iter().find(|p| caller.may_use(p)), able.first()) {
            (Some(usable), _) => HubError::NotConnected(usable.id.clone()),
            (None, Some(other)) => HubError::ProviderNotAllowed(other.id.clone()),
            (None, None) => {
                HubError::invalid("provider", format!("no provider with {what} is enabled here"))
            }
        }
    }
}

impl Provider {
    /// Whether it has a capability (`crm`) or an operation (`crm.list_deals`).
    fn offers(&self, what: &str) -> bool {
        self.has_capability(what) || self.manifest().has_operation(what)
    }

    /// # Errors
    /// `CapabilityNotSupported` unless it has the capability or operation.
    pub(super) fn check_offers(&self, what: &str) -> Result<(), HubError> {
        if self.offers(what) {
            return Ok(());
        }
        let (provider, operation) = (self.id.clone(), what.to_owned());
        Err(HubError::CapabilityNotSupported { provider, operation })
    }
}
