use std::sync::Arc;

use mortise_plugin_api::crm::{Contact, Deal};

use super::{objects::Objects, record::CrmRecord};
use crate::{
    app::{Caller, Hub, HubError, call::permit, recovery::Settled},
    domain::{
        ids::LinkId,
        links::{CrmLink, CrmObject, LinkState},
    },
};

impl Hub {
    /// Finishes the write that a link was left behind by.
    ///
    /// # Errors
    /// Those of a provider call; the link is then as it was.
    pub(in crate::app) async fn settle_object(
        self: &Arc<Self>,
        caller: &Caller,
        id: LinkId,
    ) -> Result<Settled, HubError> {
        let Some(link) = self.ports.crm_links.by_id(id).await? else {
            return Ok(Settled::Already);
        };
        match link.place {
            CrmObject::Contact => self.settle_record::<Contact>(caller, link).await,
            CrmObject::Deal => self.settle_record::<Deal>(caller, link).await,
        }
    }

    async fn settle_record<O: CrmRecord>(
        self: &Arc<Self>,
        caller: &Caller,
        link: CrmLink,
    ) -> Result<Settled, HubError> {
        if link.state == LinkState::Confirmed {
            self.ports.crm_links.settled(link.id).await?;
            return Ok(Settled::Already);
        }
        let provider = self.providers.by_name(link.provider.as_str())?;
        let target = self.target(caller, provider).await?;
        let objects = Objects::<O>::of(self, &caller.user, target);
        if link.state == LinkState::Pending {
            return objects.settle_creation(link).await;
        }
        permit(&objects.target, O::OPERATIONS.delete)?;
        objects.finish_delete(&link).await?;
        Ok(Settled::Deleted)
    }
}

impl<O: CrmRecord> Objects<O> {
    async fn settle_creation(&self, link: CrmLink) -> Result<Settled, HubError> {
        let release = async |spent| {
            let released = self.links().release(link.id, LinkState::Pending, spent).await?;
            Ok(if released { Settled::Released } else { Settled::Already })
        };
        let object = match self.behind(&link, &[]).await {
            Ok(Some(object)) => object,
            // A contact may be there that was made by its address. The next same call meets it by
            // that, and anything else by the key, which is not spent.
            Ok(None) | Err(HubError::CapabilityNotSupported { .. }) => return release(false).await,
            Err(error) => return Err(error),
        };
        match self.confirm(&link, object.id()).await {
            Ok(Some(_)) => Ok(Settled::Confirmed),
            Ok(None) => Ok(Settled::Already),
            Err(HubError::ObjectTaken(_)) => release(true).await,
            Err(error) => Err(error),
        }
    }
}
