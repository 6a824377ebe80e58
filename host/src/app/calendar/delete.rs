use std::sync::Arc;

use mortise_plugin_api::{
    ErrorKind,
    calendar::{DeleteEvent, Notify},
};
use serde::de::IgnoredAny;

use super::{input::read_notify, linked::place, operation};
use crate::{
    app::{
        Caller, Hub, HubError,
        call::{Target, is_absent, may_have_happened, permit},
    },
    domain::links::{Entity, EventLink, LinkState},
};

/// A record's event that shall go.
#[derive(Debug, Clone)]
pub struct DeleteRequest {
    /// The record.
    pub entity: Entity,
    /// Which link, where the record has several.
    pub provider: Option<String>,
    /// Only if the vendor's version is this one.
    pub if_match: Option<String>,
    /// Who gets mail.
    pub notify: Option<String>,
}

impl Hub {
    /// Deletes a linked event and its link; of one that is on its way to another vendor both. An
    /// event that is not there any more is as good as deleted.
    ///
    /// # Errors
    /// `NotLinked`, `PreconditionFailed`; those of a provider call. After one that leaves it open
    /// whether the vendor did the work the link stays `deleting`, and the same call goes on.
    pub async fn delete_event(
        self: &Arc<Self>,
        caller: &Caller,
        request: DeleteRequest,
    ) -> Result<(), HubError> {
        let notify = read_notify(request.notify.as_deref())?;
        let wanted = self.named(request.provider.as_deref())?.map(|provider| &provider.id);
        let links = self.links_of(caller, &request.entity).await?;
        let link = links.choose(wanted)?;
        let other = links.partner(link).filter(|_| wanted.is_none());
        let mut doomed = Vec::new();
        for link in [Some(link), other].into_iter().flatten() {
            let target = self.target_of(caller, link).await?;
            permit(&target, operation::DELETE)?;
            doomed.push((target, link.clone()));
        }
        let hub = Arc::clone(self);
        self.to_the_end(async move {
            let mut if_match = request.if_match;
            for (target, link) in doomed {
                hub.finish_delete(&target, &link, if_match.take(), notify).await?;
            }
            Ok(())
        })
        .await
    }

    /// Removes a record's link, of an event that is on its way to another vendor both; the events
    /// stay where they are, and no vendor is asked.
    ///
    /// # Errors
    /// `NotLinked`; `Invalid` where the record is linked at several vendors and none is named.
    pub async fn unlink_event(
        &self,
        caller: &Caller,
        entity: &Entity,
        provider: Option<&str>,
    ) -> Result<(), HubError> {
        let wanted = self.named(provider)?.map(|provider| &provider.id);
        let links = self.links_of(caller, entity).await?;
        let link = links.choose(wanted)?;
        let other = links.partner(link).filter(|_| wanted.is_none());
        for link in [Some(link), other].into_iter().flatten() {
            // Whatever state another call brings it to meanwhile.
            for state in [link.state, LinkState::Pending, LinkState::Confirmed, LinkState::Deleting]
            {
                if self.ports.links.release(link.id, state, false).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Carries a delete to its end, from whichever point it was at.
    pub(super) async fn finish_delete(
        self: &Arc<Self>,
        target: &Target,
        link: &EventLink,
        if_match: Option<String>,
        notify: Notify,
    ) -> Result<(), HubError> {
        let links = &self.ports.links;
        if !links.begin_delete(link.id, self.ports.clock.now()).await? {
            return Ok(());
        }
        // It may have been confirmed since it was read: then the event has another id.
        let Some(marked) = links.by_id(link.id).await? else { return Ok(()) };
        let confirmed_since = marked.external_id != link.external_id;
        let input = DeleteEvent { at: place(&marked), if_match, notify };
        let mut spent = true;
        match self.call::<_, IgnoredAny>(target, operation::DELETE, &input).await {
            Ok(_) => {}
            Err(HubError::Vendor { error, .. }) if is_absent(error.kind) => {
                // Never seen by the vendor. A creation that is still under way may yet make it, and
                // the next one must meet that event, not make another.
                let never_made = error.kind == ErrorKind::NotFound;
                spent = !(never_made && link.state == LinkState::Pending && !confirmed_since);
            }
            Err(error) => {
                if !may_have_happened(&error) && link.state == LinkState::Confirmed {
                    links.keep(link.id, self.ports.clock.now()).await?;
                }
                return Err(error);
            }
        }
        links.release(link.id, LinkState::Deleting, spent).await?;
        Ok(())
    }
}
