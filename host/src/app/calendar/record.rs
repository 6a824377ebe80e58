use std::sync::Arc;

use crate::{
    app::{Caller, Hub, HubError, Provider, call::Target},
    domain::{
        ids::{LinkId, ProviderId},
        links::{Entity, EventLink, LinkState},
    },
};

/// A record's links that the caller may touch. While its event is on its way to another vendor the
/// record has two, of which one stands for both: the new one from when its event is there.
pub(super) struct RecordLinks {
    entity: Entity,
    links: Vec<EventLink>,
}

impl RecordLinks {
    /// The link at a provider.
    pub(super) fn at(&self, provider: &ProviderId) -> Option<&EventLink> {
        self.links.iter().find(|link| link.provider == *provider)
    }

    /// The link with this id.
    pub(super) fn with_id(&self, id: LinkId) -> Option<&EventLink> {
        self.links.iter().find(|link| link.id == id)
    }

    /// The link whose event this one's takes the place of.
    pub(super) fn replaced_by(&self, new: &EventLink) -> Option<&EventLink> {
        self.links.iter().find(|link| new.place.moved_from == Some(link.id))
    }

    /// The link whose event takes the place of this one's.
    pub(super) fn replacement_of(&self, old: &EventLink) -> Option<&EventLink> {
        self.links.iter().find(|link| link.place.moved_from == Some(old.id))
    }

    /// The other link of a move.
    pub(super) fn partner(&self, link: &EventLink) -> Option<&EventLink> {
        self.replaced_by(link).or_else(|| self.replacement_of(link))
    }

    /// The link at a provider and the other one of its move; all where none is named.
    pub(super) fn around(&self, provider: Option<&ProviderId>) -> Vec<&EventLink> {
        let Some(provider) = provider else { return self.links.iter().collect() };
        let link = self.at(provider);
        link.into_iter().chain(link.and_then(|link| self.partner(link))).collect()
    }

    /// The links that stand.
    pub(super) fn standing(&self) -> Vec<&EventLink> {
        let is_there = |link: &EventLink| link.state != LinkState::Pending;
        let stands = |link: &&EventLink| {
            (is_there(link) || self.replaced_by(link).is_none())
                && !self.replacement_of(link).is_some_and(is_there)
        };
        self.links.iter().filter(stands).collect()
    }

    /// The link that a call is for: the named provider's, or the only one that stands.
    ///
    /// # Errors
    /// `NotLinked`; `Invalid` where several stand and none is named.
    pub(super) fn choose(&self, provider: Option<&ProviderId>) -> Result<&EventLink, HubError> {
        if let Some(provider) = provider {
            return self.at(provider).ok_or_else(|| self.not_linked());
        }
        let standing = self.standing();
        match standing.as_slice() {
            [] => Err(self.not_linked()),
            [one] => Ok(one),
            several => {
                let names = names(several);
                Err(HubError::linked_at_several(&names))
            }
        }
    }

    /// The link whose event is to move to a provider at which there is none yet.
    ///
    /// # Errors
    /// `NotLinked`; `Invalid` where it is not clear which, or another move is under way.
    pub(super) fn to_move(&self, to: &ProviderId) -> Result<&EventLink, HubError> {
        if let Some(new) = self.links.iter().find(|link| self.replaced_by(link).is_some()) {
            let message = format!(
                "the event is on its way to {}: finish that with the same PUT, then move it on",
                new.provider
            );
            return Err(HubError::invalid("provider", message));
        }
        match self.links.as_slice() {
            [] => Err(self.not_linked()),
            [one] => Ok(one),
            several => {
                let names = names(&several.iter().collect::<Vec<_>>());
                let message = format!(
                    "the record is linked at {names:?}: DELETE all but the one that shall move to \
                     {to}, or POST a further event there"
                );
                Err(HubError::invalid("provider", message))
            }
        }
    }

    /// What to say of a link whose event is not there: that of the event, unless the link is gone
    /// too.
    pub(super) fn gone(&self, gone: HubError) -> HubError {
        if self.links.is_empty() { self.not_linked() } else { gone }
    }

    fn not_linked(&self) -> HubError {
        let Entity { kind, id } = &self.entity;
        HubError::NotLinked(format!("no event is linked to {kind}/{id}"))
    }
}

fn names<'a>(links: &[&'a EventLink]) -> Vec<&'a str> {
    links.iter().map(|link| link.provider.as_str()).collect()
}

impl Hub {
    /// A record's links.
    pub(super) async fn links_of(
        &self,
        caller: &Caller,
        entity: &Entity,
    ) -> Result<RecordLinks, HubError> {
        let mut links = self.ports.links.find(&caller.user, entity).await?;
        let foreign = |link: &EventLink| !caller.may_use_named(&link.provider);
        links.retain(|link| !foreign(link));
        Ok(RecordLinks { entity: entity.clone(), links })
    }

    /// The provider that a caller named.
    pub(super) fn named(&self, name: Option<&str>) -> Result<Option<&Arc<Provider>>, HubError> {
        name.map(|name| self.providers.by_name(name)).transpose()
    }

    /// The connection that a link lies on.
    pub(super) async fn target_of(
        &self,
        caller: &Caller,
        link: &EventLink,
    ) -> Result<Target, HubError> {
        self.target(caller, self.providers.by_name(link.provider.as_str())?).await
    }
}
