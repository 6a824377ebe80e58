use std::sync::Arc;

use super::{deal_contacts::DealContact, objects::Objects, record::CrmRecord};
use crate::{
    app::{Caller, Hub, HubError},
    domain::links::{CrmLink, Entity, LinkState},
};

/// A record's contact or deal with its link.
#[derive(Debug, Clone)]
pub struct LinkedObject<O> {
    /// The link.
    pub link: CrmLink,
    /// The object as the vendor has it.
    pub object: O,
    /// A deal's contacts with their records, where the vendor tells.
    pub contacts: Option<Vec<DealContact>>,
}

/// Which of a record's links.
#[derive(Debug, Clone)]
pub struct LinkedQuery {
    /// The record.
    pub entity: Entity,
    /// At which vendor; needed where the record is linked at several.
    pub provider: Option<String>,
}

impl Hub {
    /// Reads a record's contact or deal, with these fields of the vendor's own. A link whose
    /// creation was interrupted stays `pending`: the object may lack its contacts, and the same
    /// creation has to be able to go on.
    ///
    /// # Errors
    /// `ObjectNotLinked`, `ObjectGone`, `Invalid` where the record is linked at several vendors
    /// and none is named; those of a provider call.
    pub async fn linked_object<O: CrmRecord>(
        self: &Arc<Self>,
        caller: &Caller,
        query: LinkedQuery,
        fields: &[String],
    ) -> Result<LinkedObject<O>, HubError> {
        let (objects, link) = self.objects_of::<O>(caller, &query, O::OPERATIONS.get).await?;
        let Some(object) = objects.behind(&link, fields).await? else {
            return Err(objects.gone());
        };
        objects.linked(link, object).await
    }

    /// A record's link, and the objects of the connection that it lies on. `operation` is what is
    /// to be done.
    pub(super) async fn objects_of<O: CrmRecord>(
        self: &Arc<Self>,
        caller: &Caller,
        query: &LinkedQuery,
        operation: &str,
    ) -> Result<(Objects<O>, CrmLink), HubError> {
        let link = self.object_link::<O>(caller, query, operation).await?;
        let provider = self.providers.by_name(link.provider.as_str())?;
        provider.check_offers(operation)?;
        let target = self.target(caller, provider).await?;
        Ok((Objects::of(self, &caller.user, target), link))
    }

    /// A record's link to a contact or deal.
    pub(super) async fn object_link<O: CrmRecord>(
        &self,
        caller: &Caller,
        query: &LinkedQuery,
        operation: &str,
    ) -> Result<CrmLink, HubError> {
        let wanted = match &query.provider {
            Some(name) => {
                let provider = self.providers.by_name(name)?;
                provider.check_offers(operation)?;
                caller.check(provider)?;
                Some(provider)
            }
            None => None,
        };
        let mut links = self.ports.crm_links.find(&caller.user, &query.entity).await?;
        let foreign = |link: &CrmLink| !caller.may_use_named(&link.provider);
        links.retain(|link| {
            link.place == O::KIND
                && !foreign(link)
                && wanted.is_none_or(|provider| provider.id == link.provider)
        });
        match links.len() {
            0 => {
                let entity = query.entity.clone();
                Err(HubError::ObjectNotLinked { kind: O::KIND, entity })
            }
            1 => Ok(links.remove(0)),
            _ => {
                let names: Vec<&str> = links.iter().map(|link| link.provider.as_str()).collect();
                Err(HubError::linked_at_several(&names))
            }
        }
    }
}

impl<O: CrmRecord> Objects<O> {
    /// A record's link over the connection.
    pub(super) async fn link_of(&self, entity: &Entity) -> Result<Option<CrmLink>, HubError> {
        let links = self.links().find(&self.user, entity).await?;
        let integration = self.integration();
        let is_it = |link: &CrmLink| link.integration == integration && link.place == O::KIND;
        Ok(links.into_iter().find(is_it))
    }

    /// The link of an object that was just written, confirmed where its creation was interrupted.
    pub(super) async fn settled(&self, link: CrmLink, object: &O) -> Result<CrmLink, HubError> {
        if link.state != LinkState::Pending {
            return Ok(link);
        }
        let confirmed = self.confirm(&link, object.id()).await?;
        Ok(confirmed.unwrap_or(link))
    }

    /// What a caller sees of an object.
    pub(super) async fn linked(
        &self,
        link: CrmLink,
        object: O,
    ) -> Result<LinkedObject<O>, HubError> {
        let contacts = self.contacts_of(std::slice::from_ref(&object)).await?.pop().flatten();
        Ok(LinkedObject { link, object, contacts })
    }
}
