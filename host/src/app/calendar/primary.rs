use std::sync::Arc;

use mortise_plugin_api::calendar::{EventDraft, Notify};

use super::{create::Creation, input::check_calendar_id, target::default_calendar};
use crate::{
    app::{Caller, Hub, HubError, call::Target},
    domain::{
        connection::IntegrationStatus,
        ids::ProviderId,
        links::{Entity, EventPlace, LinkDraft},
    },
    ports::PrimaryCalendar,
};

/// Where a user's new events go, and how that connection stands.
#[derive(Debug, Clone)]
pub struct PrimaryReport {
    /// At which vendor.
    pub provider: ProviderId,
    /// In which of its calendars; `None`: the account's main one.
    pub calendar_id: Option<String>,
    /// `None` where the provider does not serve here any more.
    pub status: Option<IntegrationStatus>,
}

/// Where an event is to be made.
pub(super) struct Destination {
    pub(super) target: Target,
    /// The calendar that the caller named.
    pub(super) named: Option<String>,
    pub(super) calendar: String,
}

impl Destination {
    pub(super) fn creation(self, entity: Entity, draft: EventDraft, notify: Notify) -> Creation {
        let Self { target, named, calendar } = self;
        let link = LinkDraft {
            user: target.connection.integration.user,
            integration: target.connection.integration.id,
            entity,
            place: EventPlace::new(calendar),
        };
        Creation { target, named, draft, link, notify }
    }
}

impl Hub {
    /// The calendar that the caller's events go to where a call names none. One that the caller's
    /// session does not cover is as good as none.
    ///
    /// # Errors
    /// `Store`.
    pub async fn primary_calendar(
        &self,
        caller: &Caller,
    ) -> Result<Option<PrimaryReport>, HubError> {
        let Some(primary) = self.ports.primaries.primary(&caller.user).await? else {
            return Ok(None);
        };
        match self.report(caller, primary).await {
            Err(HubError::ProviderNotAllowed(_)) => Ok(None),
            report => report.map(Some),
        }
    }

    async fn report(
        &self,
        caller: &Caller,
        primary: PrimaryCalendar,
    ) -> Result<PrimaryReport, HubError> {
        let PrimaryCalendar { provider, calendar_id, .. } = primary;
        let status = match self.providers.get(&provider) {
            None => None,
            Some(provider) => match self.target(caller, provider).await {
                Ok(_) => Some(IntegrationStatus::Active),
                Err(HubError::NotConnected(_)) => Some(IntegrationStatus::Revoked),
                Err(HubError::NeedsReauth(_)) => Some(IntegrationStatus::NeedsReauth),
                Err(HubError::TokensUnreadable { .. }) => Some(IntegrationStatus::Error),
                Err(error) => return Err(error),
            },
        };
        Ok(PrimaryReport { provider, calendar_id, status })
    }

    /// Sets the calendar that the caller's events go to where a call names none.
    ///
    /// # Errors
    /// `Invalid` where the account has no such calendar that can be written to; `UnknownProvider`,
    /// `CapabilityNotSupported`, `NotConnected` and its kin; `ProviderNotAllowed` where the caller's
    /// session does not cover what is set now; those of a provider call.
    pub async fn set_primary_calendar(
        self: &Arc<Self>,
        caller: &Caller,
        provider: &str,
        calendar_id: Option<String>,
    ) -> Result<PrimaryReport, HubError> {
        if let Some(id) = &calendar_id {
            check_calendar_id("calendar_id", id)?;
        }
        let target = self.calendar_target(caller, Some(provider)).await?;
        let calendar_id = calendar_id.filter(|id| id != "primary");
        if let Some(id) = &calendar_id {
            let all = self.all_calendars(&target).await?;
            if !all.iter().any(|calendar| calendar.id == *id && calendar.writable) {
                let message = "the account has no calendar with this id that it may write to";
                return Err(HubError::invalid("calendar_id", message));
            }
        }
        self.check_primary(caller).await?;
        let (integration, now) = (target.connection.integration.id, self.ports.clock.now());
        let primaries = &self.ports.primaries;
        let provider = target.provider.id.clone();
        if !primaries.set_primary(&caller.user, integration, calendar_id.as_deref(), now).await? {
            return Err(HubError::NotConnected(provider));
        }
        Ok(PrimaryReport { provider, calendar_id, status: Some(IntegrationStatus::Active) })
    }

    /// Forgets it; where there is none nothing happens.
    ///
    /// # Errors
    /// `ProviderNotAllowed` where the caller's session does not cover it.
    pub async fn clear_primary_calendar(&self, caller: &Caller) -> Result<(), HubError> {
        self.check_primary(caller).await?;
        self.ports.primaries.clear_primary(&caller.user).await?;
        Ok(())
    }

    /// Refuses to touch what is set where the caller's session does not cover it.
    async fn check_primary(&self, caller: &Caller) -> Result<(), HubError> {
        match self.ports.primaries.primary(&caller.user).await? {
            Some(primary) if !caller.may_use_named(&primary.provider) => {
                Err(HubError::ProviderNotAllowed(primary.provider))
            }
            _ => Ok(()),
        }
    }

    /// Where a new event goes: as the call says, else to the user's primary calendar, unless the
    /// caller's session does not cover that, else to the only one there is.
    ///
    /// # Errors
    /// `Invalid`; those of [`calendar_target`](Self::calendar_target): a primary calendar that
    /// cannot be used is not replaced by another.
    pub(super) async fn destination(
        self: &Arc<Self>,
        caller: &Caller,
        entity: &Entity,
        provider: Option<&str>,
        calendar_id: Option<String>,
    ) -> Result<Destination, HubError> {
        if let Some(id) = &calendar_id {
            check_calendar_id("calendar_id", id)?;
        }
        let primary = self
            .ports
            .primaries
            .primary(&caller.user)
            .await?
            .filter(|primary| caller.may_use_named(&primary.provider));
        let target = match (provider, &primary) {
            (None, Some(primary)) => self.usual_target(caller, entity, primary).await?,
            _ => self.calendar_target(caller, provider).await?,
        };
        let main = default_calendar(&target);
        let named = calendar_id.map(|id| if id == "primary" { main.clone() } else { id });
        let integration = target.connection.integration.id;
        let usual = primary.filter(|primary| primary.integration == integration);
        let usual = usual.and_then(|primary| primary.calendar_id);
        let calendar = named.clone().or(usual).unwrap_or(main);
        Ok(Destination { target, named, calendar })
    }

    /// The primary calendar's connection; but that of the record's event where it has one, for the
    /// same call again is to meet it, whichever calendar was the primary one then.
    async fn usual_target(
        self: &Arc<Self>,
        caller: &Caller,
        entity: &Entity,
        primary: &PrimaryCalendar,
    ) -> Result<Target, HubError> {
        let links = self.links_of(caller, entity).await?;
        if let (None, [link]) = (links.at(&primary.provider), links.standing().as_slice()) {
            match self.target_of(caller, link).await {
                Ok(target) => return Ok(target),
                // It is not coming back by itself; all else may, and there would be two events.
                Err(HubError::NotConnected(_) | HubError::UnknownProvider(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.calendar_target(caller, Some(primary.provider.as_str())).await
    }
}
