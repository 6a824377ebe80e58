use std::sync::Arc;

use mortise_plugin_api::{
    ErrorKind,
    calendar::{Event, EventDraft, Notify, UpdateEvent},
};

use super::{
    EventInput, LinkedEvent,
    compare::is_all_as_asked,
    conflicts::OnUnavailable,
    input::{check_calendar_id, read_notify},
    linked::{Found, place},
    operation,
    own::Own,
    record::RecordLinks,
    target::default_calendar,
};
use crate::{
    app::{
        Caller, Hub, HubError,
        call::{Target, is_absent, permit},
    },
    domain::links::{Entity, EventLink, LinkState},
};

/// A record's event as it shall be.
#[derive(Debug, Clone)]
pub struct UpdateRequest {
    /// The record.
    pub entity: Entity,
    /// The event.
    pub event: EventInput,
    /// Which link, where the record has several; or to which vendor the event moves.
    pub provider: Option<String>,
    /// In which calendar of that vendor.
    pub calendar_id: Option<String>,
    /// Whether it may overlap with others.
    pub allow_conflicts: bool,
    /// Of a calendar that cannot be asked: `refuse` or `ignore`.
    pub on_unavailable: Option<String>,
    /// Only if the vendor's version is this one.
    pub if_match: Option<String>,
    /// Who gets mail.
    pub notify: Option<String>,
}

/// What is to become of a linked event, checked.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) draft: EventDraft,
    pub(super) notify: Notify,
    /// `None`: it may overlap with others.
    pub(super) check: Option<OnUnavailable>,
    pub(super) calendar_id: Option<String>,
    pub(super) if_match: Option<String>,
    /// The vendor's id of the event that the contents were read from, where they were.
    pub(super) read_from: Option<String>,
}

impl Change {
    /// Contents that count whatever else there is.
    pub(super) fn to(draft: EventDraft, notify: Notify) -> Self {
        let (check, calendar_id, if_match, read_from) = (None, None, None, None);
        Self { draft, notify, check, calendar_id, if_match, read_from }
    }

    /// Leaves the vendor's own fields out where they may be what the vendor refused.
    pub(super) fn drop_refused_fields(&mut self, error: &HubError) -> bool {
        let refused = matches!(error, HubError::Vendor { error, .. } if error.kind == ErrorKind::InvalidInput);
        refused && !std::mem::take(&mut self.draft.extra).is_empty()
    }
}

/// How often an event is written that changes again and again.
const ATTEMPTS: usize = 16;

impl Hub {
    /// Replaces a linked event's fields; the vendor's own that `extra` does not name stay. Where the
    /// request names a vendor at which the record has no event, its event moves there.
    ///
    /// # Errors
    /// `NotLinked`, `EventGone`, `PreconditionFailed`, `TimeConflict`, `ConflictsUnknown`,
    /// `Invalid`, `MoveUnfinished`; those of a provider call.
    pub async fn update_event(
        self: &Arc<Self>,
        caller: &Caller,
        request: UpdateRequest,
    ) -> Result<LinkedEvent, HubError> {
        let on_unavailable = OnUnavailable::read(request.on_unavailable.as_deref())?;
        let change = Change {
            // Only who names a vendor may be moving it.
            read_from: request.provider.as_ref().and_then(|_| request.event.read_from()),
            draft: request.event.check()?,
            notify: read_notify(request.notify.as_deref())?,
            check: (!request.allow_conflicts).then_some(on_unavailable),
            calendar_id: request.calendar_id,
            if_match: request.if_match,
        };
        if let Some(id) = &change.calendar_id {
            check_calendar_id("calendar_id", id)?;
        }
        let entity = request.entity;
        let links = self.links_of(caller, &entity).await?;
        let Some(provider) = self.named(request.provider.as_deref())? else {
            let link = links.choose(None)?;
            return match links.replacement_of(link) {
                // The new event may be there, and the old one is then deleted with all that is
                // written to it now.
                Some(new) => self.resume_move(caller, (link, new), entity, change).await,
                None => self.change_in_place(caller, &links, link.clone(), change).await,
            };
        };
        if let Some(link) = links.at(&provider.id) {
            return self.change_at(caller, (&links, link), entity, change).await;
        }
        let old = links.to_move(&provider.id)?.clone();
        let begun = self.begin_move(caller, (old, provider), entity.clone(), change.clone()).await;
        let Err(gone @ HubError::EventGone(_)) = begun else { return begun };
        // Another call may have moved it meanwhile.
        let links = self.links_of(caller, &entity).await?;
        match links.at(&provider.id) {
            Some(link) => self.change_at(caller, (&links, link), entity, change).await,
            None => Err(links.gone(gone)),
        }
    }

    /// Changes the event of a link at the provider that the caller named.
    async fn change_at(
        self: &Arc<Self>,
        caller: &Caller,
        (links, link): (&RecordLinks, &EventLink),
        entity: Entity,
        change: Change,
    ) -> Result<LinkedEvent, HubError> {
        if let Some(new) = links.replacement_of(link) {
            let to = &new.provider;
            let message = format!(
                "the event is on its way to {to}: PUT it with provider {to} to finish that, or \
                 DELETE it with provider {to} to keep only what is left here"
            );
            return Err(HubError::invalid("provider", message));
        }
        match links.replaced_by(link) {
            Some(old) => self.resume_move(caller, (old, link), entity, change).await,
            None => self.change_in_place(caller, links, link.clone(), change).await,
        }
    }

    async fn change_in_place(
        self: &Arc<Self>,
        caller: &Caller,
        links: &RecordLinks,
        link: EventLink,
        change: Change,
    ) -> Result<LinkedEvent, HubError> {
        let target = self.target_of(caller, &link).await?;
        permit(&target, operation::UPDATE)?;
        check_same_calendar(&target, &link, change.calendar_id.as_deref())?;
        if link.state == LinkState::Deleting {
            return Err(HubError::EventGone(target.provider.id.clone()));
        }
        let left = links.replaced_by(&link).cloned();
        let own = [Some(&link), left.as_ref()].into_iter().flatten();
        let own = Own::of(&link.entity, &link.provider, own);
        let seen = async {
            match change.if_match {
                Some(_) => Ok(None),
                None => self.look(&target, &link).await.map(Some),
            }
        };
        let place = (&target, link.place.calendar.as_str());
        let (seen, checked) = futures::join!(seen, self.check_change(caller, place, &change, &own));
        let seen = match seen? {
            Some(Found::Nothing) => return Err(HubError::EventGone(target.provider.id.clone())),
            Some(Found::Event(event)) => Some(*event),
            None => None,
        };
        let mut warnings = checked?;
        let (hub, caller) = (Arc::clone(self), caller.clone());
        self.to_the_end(async move {
            let notify = change.notify;
            let linked = hub.replace(&target, link, seen, change).await?;
            if let Some(old) = left
                && let Err(error) = hub.leave(&caller, &old, notify).await
            {
                let from = &old.provider;
                warnings.push(format!("the event moved, but is still at {from} too: {error}"));
            }
            Ok(LinkedEvent { warnings, ..linked })
        })
        .await
    }

    /// Refuses a change whose time is not free, unless that is of no account.
    pub(super) async fn check_change(
        self: &Arc<Self>,
        caller: &Caller,
        place: (&Target, &str),
        change: &Change,
        own: &Own<'_>,
    ) -> Result<Vec<String>, HubError> {
        match change.check {
            Some(policy) => self.check_time(caller, place, &change.draft, own, policy).await,
            None => Ok(Vec::new()),
        }
    }

    /// Replaces the event of a link at the vendor. The vendor's own fields of another event, from
    /// which the contents were read, are left out where the vendor does not take them: so a move
    /// can be repeated as it was sent after the old event is gone.
    pub(super) async fn replace(
        self: &Arc<Self>,
        target: &Target,
        link: EventLink,
        seen: Option<Event>,
        mut change: Change,
    ) -> Result<LinkedEvent, HubError> {
        let own = seen.as_ref().map_or(&link.external_id, |event| &event.id);
        let of_another = change.read_from.as_ref().is_some_and(|id| id != own);
        let written = self.write_over(target, &link, seen.clone(), &change).await;
        match written {
            Err(error) if of_another && change.drop_refused_fields(&error) => {
                self.write_over(target, &link, seen, &change).await
            }
            other => other,
        }
    }

    /// Writes over the version that was seen, or a later one, but never over a deletion: a vendor
    /// may bring a deleted event back when it is written to.
    async fn write_over(
        self: &Arc<Self>,
        target: &Target,
        link: &EventLink,
        seen: Option<Event>,
        change: &Change,
    ) -> Result<LinkedEvent, HubError> {
        let Change { draft, notify, if_match, .. } = change;
        let given = if_match.is_some();
        let mut version = if_match.clone().or_else(|| seen.and_then(|event| event.etag));
        for _ in 0..ATTEMPTS {
            let written =
                self.write(target, link.clone(), draft.clone(), version.clone(), *notify).await;
            match written {
                Err(HubError::PreconditionFailed) if !given => {}
                other => return other,
            }
            match self.look(target, link).await? {
                Found::Event(event) if is_all_as_asked(&event, draft) => {
                    return self.settled(link.clone(), *event).await;
                }
                Found::Event(event) => version = event.etag,
                Found::Nothing => return Err(HubError::EventGone(target.provider.id.clone())),
            }
        }
        Err(HubError::PreconditionFailed)
    }

    /// Replaces the event of a link at the vendor, in this version.
    async fn write(
        self: &Arc<Self>,
        target: &Target,
        link: EventLink,
        event: EventDraft,
        if_match: Option<String>,
        notify: Notify,
    ) -> Result<LinkedEvent, HubError> {
        let input = UpdateEvent { at: place(&link), event, if_match, notify };
        let event: Event = match self.call(target, operation::UPDATE, &input).await {
            Err(HubError::Vendor { error, .. }) if is_absent(error.kind) => {
                return Err(HubError::EventGone(target.provider.id.clone()));
            }
            other => other?,
        };
        self.settled(link, event).await
    }

    /// A link with its event, confirmed where it was not.
    async fn settled(&self, link: EventLink, event: Event) -> Result<LinkedEvent, HubError> {
        let link = match link.state {
            LinkState::Pending => self.confirmed(link, &event).await?,
            _ => link,
        };
        Ok(LinkedEvent::new(link, event))
    }
}

/// Refuses to put an event into another calendar of the same account.
pub(super) fn check_same_calendar(
    target: &Target,
    link: &EventLink,
    named: Option<&str>,
) -> Result<(), HubError> {
    let own = &link.place.calendar;
    match named {
        Some("primary") if *own == default_calendar(target) => Ok(()),
        Some(other) if other != own => {
            let message = format!(
                "the event is in {own}, and cannot be moved within one account: DELETE it, then \
                 POST it with this calendar_id"
            );
            Err(HubError::invalid("calendar_id", message))
        }
        _ => Ok(()),
    }
}
