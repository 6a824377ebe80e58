use std::sync::Arc;

use mortise_plugin_api::{
    ErrorKind,
    calendar::{DeleteEvent, Event, Notify, UpdateEvent},
};
use serde::de::IgnoredAny;

use super::{
    EventInput, LinkedEvent,
    conflicts::OwnEvent,
    create::{may_have_happened, to_the_end},
    input::read_notify,
    linked::{Found, is_absent, place},
    operation,
};
use crate::{
    app::{Caller, Hub, HubError, call::Target, call::permit},
    domain::links::{Entity, EventLink, LinkState},
};

/// A record's event as it shall be.
#[derive(Debug, Clone)]
pub struct UpdateRequest {
    /// The record.
    pub entity: Entity,
    /// The event.
    pub event: EventInput,
    /// Which link, where the record has several.
    pub provider: Option<String>,
    /// Whether it may overlap with others.
    pub allow_conflicts: bool,
    /// Only if the vendor's version is this one.
    pub if_match: Option<String>,
    /// Who gets mail.
    pub notify: Option<String>,
}

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
    /// Replaces a linked event's fields; the vendor's own that `extra` does not name stay.
    ///
    /// # Errors
    /// `NotLinked`, `EventGone`, `PreconditionFailed`, `TimeConflict`, `ConflictsUnknown`,
    /// `Invalid`; those of a provider call.
    pub async fn update_event(
        self: &Arc<Self>,
        caller: &Caller,
        request: UpdateRequest,
    ) -> Result<LinkedEvent, HubError> {
        let draft = request.event.check()?;
        let notify = read_notify(request.notify.as_deref())?;
        let (target, link) =
            self.linked_target(caller, &request.entity, request.provider.as_deref()).await?;
        permit(&target, operation::UPDATE)?;
        if link.state == LinkState::Deleting {
            return Err(HubError::EventGone(target.provider.id.clone()));
        }
        if !request.allow_conflicts {
            let all = self.calendar_targets(caller, None).await?;
            let own = [OwnEvent {
                provider: target.provider.id.to_string(),
                event_id: link.external_id.clone(),
            }];
            self.check_time(&target, &link.place.calendar, &draft, all, &own).await?;
        }
        let input =
            UpdateEvent { at: place(&link), event: draft, if_match: request.if_match, notify };
        // A vendor may bring a deleted event back when it is written to.
        if input.if_match.is_none() && matches!(self.look(&target, &link).await?, Found::Nothing) {
            return Err(HubError::EventGone(target.provider.id.clone()));
        }
        let hub = Arc::clone(self);
        to_the_end(async move {
            let event: Event = match hub.call(&target, operation::UPDATE, &input).await {
                Err(HubError::Vendor { error, .. }) if is_absent(error.kind) => {
                    return Err(HubError::EventGone(target.provider.id.clone()));
                }
                other => other?,
            };
            let link = match link.state {
                LinkState::Pending => hub.confirmed(link, &event).await?,
                _ => link,
            };
            Ok(LinkedEvent { link, event })
        })
        .await
    }

    /// Deletes a linked event and its link. An event that is not there any more is as good as
    /// deleted.
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
        let (target, link) =
            self.linked_target(caller, &request.entity, request.provider.as_deref()).await?;
        permit(&target, operation::DELETE)?;
        let hub = Arc::clone(self);
        to_the_end(async move { hub.finish_delete(&target, &link, request.if_match, notify).await })
            .await
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
        let input = DeleteEvent { at: place(link), if_match, notify };
        let mut spent = true;
        match self.call::<_, IgnoredAny>(target, operation::DELETE, &input).await {
            Ok(_) => {}
            Err(HubError::Vendor { error, .. }) if is_absent(error.kind) => {
                // Never seen by the vendor. A creation that is still under way may yet make it, and
                // the next one must meet that event, not make another.
                let never_made = error.kind == ErrorKind::NotFound;
                spent = !(never_made && link.state == LinkState::Pending);
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
