use std::sync::Arc;

use mortise_plugin_api::calendar::{Event, EventRef, EventStatus};

use super::operation;
use crate::{
    app::{
        Caller, Hub, HubError,
        call::{Target, is_absent},
    },
    domain::links::{Entity, EventLink, LinkState},
};

/// A record's event with its link.
#[derive(Debug, Clone)]
pub struct LinkedEvent {
    /// The link.
    pub link: EventLink,
    /// The event as the vendor has it.
    pub event: Event,
    /// What a write left undone or unchecked, one sentence each.
    pub warnings: Vec<String>,
}

impl LinkedEvent {
    /// An event with nothing to warn of.
    pub(super) fn new(link: EventLink, event: Event) -> Self {
        Self { link, event, warnings: Vec::new() }
    }
}

/// What is at the place of a linked event.
pub(super) enum Found {
    Event(Box<Event>),
    /// Deleted, or never made.
    Nothing,
}

impl Hub {
    /// Reads a record's linked event. A link whose creation was interrupted is settled on the way
    /// when the event turns out to be there.
    ///
    /// # Errors
    /// `NotLinked`, `EventGone`, `Invalid` where the record is linked at several vendors and none
    /// is named; those of a provider call.
    pub async fn linked_event(
        self: &Arc<Self>,
        caller: &Caller,
        entity: &Entity,
        provider: Option<&str>,
    ) -> Result<LinkedEvent, HubError> {
        let (target, mut link) = self.linked_target(caller, entity, provider).await?;
        match self.look(&target, &link).await? {
            Found::Event(event) => {
                if link.state == LinkState::Pending {
                    link = self.confirmed(link, &event).await?;
                }
                Ok(LinkedEvent::new(link, *event))
            }
            Found::Nothing => Err(HubError::EventGone(target.provider.id.clone())),
        }
    }

    /// A record's link and the connection it lies on.
    async fn linked_target(
        self: &Arc<Self>,
        caller: &Caller,
        entity: &Entity,
        provider: Option<&str>,
    ) -> Result<(Target, EventLink), HubError> {
        let wanted = self.named(provider)?.map(|provider| &provider.id);
        let link = self.links_of(caller, entity).await?.choose(wanted)?.clone();
        Ok((self.target_of(caller, &link).await?, link))
    }

    /// What the vendor has at a link's place.
    pub(super) async fn look(
        self: &Arc<Self>,
        target: &Target,
        link: &EventLink,
    ) -> Result<Found, HubError> {
        match self.call::<_, Event>(target, operation::GET, &place(link)).await {
            Ok(event) if event.status == EventStatus::Cancelled => Ok(Found::Nothing),
            Ok(event) => Ok(Found::Event(Box::new(event))),
            Err(HubError::Vendor { error, .. }) if is_absent(error.kind) => Ok(Found::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Marks a link confirmed with the vendor's ids.
    pub(super) async fn confirmed(
        &self,
        link: EventLink,
        event: &Event,
    ) -> Result<EventLink, HubError> {
        let now = self.ports.clock.now();
        self.ports.links.confirm(link.id, &event.id, now).await?;
        Ok(EventLink {
            external_id: event.id.clone(),
            state: LinkState::Confirmed,
            updated_at: now,
            ..link
        })
    }
}

pub(super) fn place(link: &EventLink) -> EventRef {
    EventRef { calendar: link.place.calendar.clone(), event: link.external_id.clone() }
}
