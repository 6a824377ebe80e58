use std::sync::Arc;

use mortise_plugin_api::calendar::Notify;

use super::{linked::Found, operation};
use crate::{
    app::{Caller, Hub, HubError, call::permit, recovery::Settled},
    domain::{
        ids::LinkId,
        links::{EventLink, LinkState},
    },
    ports::StoreError,
};

/// What a write that was cut short had said to guests is not known: as where nothing is said.
const NOTIFY: Notify = Notify::All;

impl Hub {
    /// Finishes the write that a link was left behind by.
    ///
    /// # Errors
    /// Those of a provider call; `MoveUnfinished` where the old event of a move cannot be deleted.
    /// After each the link is as it was, or further.
    pub(in crate::app) async fn settle_event(
        self: &Arc<Self>,
        caller: &Caller,
        id: LinkId,
    ) -> Result<Settled, HubError> {
        let Some(link) = self.ports.links.by_id(id).await? else { return Ok(Settled::Already) };
        match link.state {
            LinkState::Pending => self.settle_creation(caller, link).await,
            LinkState::Deleting => {
                let target = self.target_of(caller, &link).await?;
                permit(&target, operation::DELETE)?;
                self.finish_delete(&target, &link, None, NOTIFY).await?;
                Ok(Settled::Deleted)
            }
            LinkState::Confirmed => self.settle_move(caller, &link).await,
        }
    }

    async fn settle_creation(
        self: &Arc<Self>,
        caller: &Caller,
        link: EventLink,
    ) -> Result<Settled, HubError> {
        let links = &self.ports.links;
        let target = self.target_of(caller, &link).await?;
        let event = match self.look(&target, &link).await {
            Ok(Found::Event(event)) => event,
            // Its key is not spent: should a creation still be under way, then it adopts its event,
            // and the same call again meets it.
            Ok(Found::Nothing) | Err(HubError::CapabilityNotSupported { .. }) => {
                let released = links.release(link.id, LinkState::Pending, false).await?;
                return Ok(if released { Settled::Released } else { Settled::Already });
            }
            Err(error) => return Err(error),
        };
        match links.confirm(link.id, &event.id, self.ports.clock.now()).await {
            Ok(true) if link.place.moved_from.is_some() => {
                let (external_id, state) = (event.id.clone(), LinkState::Confirmed);
                self.finish_move(caller, &EventLink { external_id, state, ..link }).await
            }
            Ok(true) => Ok(Settled::Confirmed),
            Ok(false) => Ok(Settled::Already),
            // It is another record's.
            Err(StoreError::Refused(_)) => {
                links.release(link.id, LinkState::Pending, true).await?;
                Ok(Settled::Released)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Goes on with a move whose new event was there. Where that has been deleted at the vendor
    /// since, the old one is the record's again.
    async fn settle_move(
        self: &Arc<Self>,
        caller: &Caller,
        new: &EventLink,
    ) -> Result<Settled, HubError> {
        if new.place.moved_from.is_some() {
            let target = self.target_of(caller, new).await?;
            if matches!(self.look(&target, new).await?, Found::Nothing) {
                self.ports.links.release(new.id, LinkState::Confirmed, true).await?;
                return Ok(Settled::Released);
            }
        }
        self.finish_move(caller, new).await
    }

    /// Deletes the event whose place another has taken, if there is one.
    async fn finish_move(
        self: &Arc<Self>,
        caller: &Caller,
        new: &EventLink,
    ) -> Result<Settled, HubError> {
        let links = &self.ports.links;
        let old = match new.place.moved_from {
            Some(old) => links.by_id(old).await?,
            None => None,
        };
        if let Some(old) = &old {
            self.leave(caller, old, NOTIFY).await.map_err(|error| HubError::MoveUnfinished {
                link: Box::new(new.clone()),
                from: old.provider.clone(),
                error: Box::new(error),
            })?;
        }
        links.settled(new.id).await?;
        Ok(if old.is_some() { Settled::Moved } else { Settled::Already })
    }
}
