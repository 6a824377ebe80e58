//! What is in the way of an event is not the event itself.

use std::sync::Arc;

use super::linked::Found;
use crate::{
    app::{Caller, Hub, HubError, targets::Targets},
    domain::{
        ids::ProviderId,
        links::{Entity, EventLink, LinkState},
    },
};

/// An event that is not in the way of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnEvent {
    pub(super) provider: String,
    pub(super) event_id: String,
}

/// Which events are a record's own.
pub(super) struct Own<'a> {
    /// The record.
    pub(super) entity: Option<&'a Entity>,
    /// Only at this provider, and the one it moves from or to.
    pub(super) at: Option<&'a ProviderId>,
    /// Those that were known before the vendors were asked.
    pub(super) known: Vec<OwnEvent>,
}

impl<'a> Own<'a> {
    /// The events of these links of one record, at a provider and at the other end of a move.
    pub(super) fn of<'l>(
        entity: &'a Entity,
        at: &'a ProviderId,
        links: impl IntoIterator<Item = &'l EventLink>,
    ) -> Self {
        let known = links.into_iter().map(|link| own_event(link, &link.external_id)).collect();
        Self { entity: Some(entity), at: Some(at), known }
    }
}

impl Hub {
    /// The record's own events, also those that the same call has made meanwhile. While a link is
    /// not confirmed it has the creation's key, and only the vendor knows the event's id.
    pub(super) async fn own_by_now(
        self: &Arc<Self>,
        caller: &Caller,
        targets: &Targets,
        own: &Own<'_>,
    ) -> Result<Vec<OwnEvent>, HubError> {
        let Some(entity) = own.entity else { return Ok(own.known.clone()) };
        let links = self.links_of(caller, entity).await?;
        let asked = links.around(own.at).into_iter().map(|link| async move {
            let unknown = link.state != LinkState::Confirmed;
            let target = targets.at(link.provider.as_str()).filter(|_| unknown);
            let event = match target {
                Some(target) => self.look(target, link).await.ok(),
                None => None,
            };
            let key = own_event(link, &link.external_id);
            match event {
                Some(Found::Event(event)) => vec![key, own_event(link, &event.id)],
                _ => vec![key],
            }
        });
        let asked = futures::future::join_all(asked).await;
        Ok(own.known.iter().cloned().chain(asked.into_iter().flatten()).collect())
    }
}

fn own_event(link: &EventLink, event_id: &str) -> OwnEvent {
    OwnEvent { provider: link.provider.to_string(), event_id: event_id.to_owned() }
}
