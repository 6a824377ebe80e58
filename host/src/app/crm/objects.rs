use std::{marker::PhantomData, sync::Arc};

use chrono::{DateTime, Utc};
use mortise_plugin_api::{
    ErrorKind,
    crm::{DeleteObject, GetObject},
};
use serde::de::IgnoredAny;

use super::{record::CrmRecord, turns::Turn};
use crate::{
    app::{
        Hub, HubError,
        call::{Target, deleted, is_absent},
    },
    domain::{
        ids::{IntegrationId, UserId},
        links::{CrmLink, CrmObject, Entity, LinkDraft, LinkState, creation_key},
    },
    ports::{LinkRepository, StoreError},
};

/// The contacts or deals of one connection.
pub(super) struct Objects<O> {
    pub(super) hub: Arc<Hub>,
    pub(super) target: Target,
    /// Whose they are.
    pub(super) user: UserId,
    kind: PhantomData<fn() -> O>,
}

impl<O: CrmRecord> Objects<O> {
    pub(super) fn of(hub: &Arc<Hub>, user: &UserId, target: Target) -> Self {
        Self { hub: Arc::clone(hub), target, user: user.clone(), kind: PhantomData }
    }

    pub(super) fn links(&self) -> &dyn LinkRepository<CrmObject> {
        &*self.hub.ports.crm_links
    }

    pub(super) fn integration(&self) -> IntegrationId {
        self.target.connection.integration.id
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.hub.ports.clock.now()
    }

    pub(super) fn gone(&self) -> HubError {
        HubError::ObjectGone { kind: O::KIND, provider: self.target.provider.id.clone() }
    }

    /// Waits until no other call of this process writes to the record's object.
    pub(super) async fn turn(&self, entity: &Entity) -> Turn {
        self.hub.object_turns.take((self.integration(), O::KIND, entity.clone())).await
    }

    /// A link for a record.
    pub(super) fn link_for(&self, entity: Entity) -> LinkDraft<CrmObject> {
        let integration = &self.target.connection.integration;
        LinkDraft { user: integration.user, integration: integration.id, entity, place: O::KIND }
    }

    /// The key that a record's creation is sent with.
    pub(super) fn key(&self, link: &LinkDraft<CrmObject>, generation: i32) -> String {
        creation_key(&self.hub.settings.salt, link, generation)
    }

    /// Whether the vendor's id of a link's object is not known: its creation was not finished.
    pub(super) fn is_unfinished(&self, link: &CrmLink) -> bool {
        let draft = self.link_for(link.entity.clone());
        link.external_id == self.key(&draft, link.generation)
    }

    /// Reads an object; `None` where it is archived, or not there at all.
    pub(super) async fn read(&self, id: &str, fields: &[String]) -> Result<Option<O>, HubError> {
        let input = GetObject { id: id.to_owned(), fields: fields.to_vec() };
        match self.hub.call::<_, O>(&self.target, O::OPERATIONS.get, &input).await {
            Ok(object) => Ok((!object.is_archived()).then_some(object)),
            Err(HubError::Vendor { error, .. }) if is_absent(error.kind) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads the object behind a link. That of an unfinished creation is asked for by its key:
    /// where the vendor does not know objects by that, there is none.
    pub(super) async fn behind(
        &self,
        link: &CrmLink,
        fields: &[String],
    ) -> Result<Option<O>, HubError> {
        match self.read(&link.external_id, fields).await {
            Err(HubError::Vendor { error, .. })
                if self.is_unfinished(link)
                    && error.kind == ErrorKind::InvalidInput
                    && error.field.is_none() =>
            {
                Ok(None)
            }
            other => other,
        }
    }

    /// Archives an object; one that is gone is as good as archived.
    pub(super) async fn archive(&self, id: &str) -> Result<(), HubError> {
        let input = DeleteObject { id: id.to_owned() };
        deleted(self.hub.call::<_, IgnoredAny>(&self.target, O::OPERATIONS.delete, &input).await)
    }

    /// Marks a link confirmed with the vendor's id; `None` where it is gone or being deleted.
    ///
    /// # Errors
    /// `ObjectTaken` where the object is another record's.
    pub(super) async fn confirm(
        &self,
        link: &CrmLink,
        id: &str,
    ) -> Result<Option<CrmLink>, HubError> {
        let now = self.now();
        match self.links().confirm(link.id, id, now).await {
            Ok(true) => Ok(Some(CrmLink {
                external_id: id.to_owned(),
                state: LinkState::Confirmed,
                updated_at: now,
                ..link.clone()
            })),
            Ok(false) => Ok(None),
            Err(error) => Err(self.taken(error, id).await?),
        }
    }

    /// What a refused link means: that the object is another record's, or that the connection is
    /// gone.
    pub(super) async fn taken(&self, error: StoreError, id: &str) -> Result<HubError, HubError> {
        if !matches!(error, StoreError::Refused(_)) {
            return Err(error.into());
        }
        let owner = self.owner(id).await?;
        let gone = || HubError::NotConnected(self.target.provider.id.clone());
        Ok(owner.map_or_else(gone, |link| HubError::ObjectTaken(Box::new(link))))
    }

    /// The link to an object.
    pub(super) async fn owner(&self, id: &str) -> Result<Option<CrmLink>, HubError> {
        let links = self.links().by_external_ids(self.integration(), &[id.to_owned()]).await?;
        Ok(links.into_iter().find(|link| link.place == O::KIND))
    }
}
