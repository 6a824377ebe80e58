//! An event's way from one vendor to another: the new link is reserved with a note of the old one,
//! the event is made, the old one deleted. Both links stay until the end, so that whatever dies on
//! the way, one of them leads to an event, and the same call goes on.

use std::sync::Arc;

use mortise_plugin_api::calendar::{Event, EventDraft, Notify};

use super::{
    LinkedEvent,
    compare::is_all_as_asked,
    linked::Found,
    operation,
    own::Own,
    write::{Change, check_same_calendar},
};
use crate::{
    app::{
        Caller, Hub, HubError, Provider,
        call::{Target, permit},
    },
    domain::links::{Entity, EventLink, LinkState},
};

impl Hub {
    /// Moves an event to a provider at which the record has none.
    pub(super) async fn begin_move(
        self: &Arc<Self>,
        caller: &Caller,
        (old, to): (EventLink, &Arc<Provider>),
        entity: Entity,
        change: Change,
    ) -> Result<LinkedEvent, HubError> {
        self.make_and_leave(caller, (old, None), to, entity, change).await
    }

    /// Goes on with a move from where it was.
    pub(super) async fn resume_move(
        self: &Arc<Self>,
        caller: &Caller,
        (old, new): (&EventLink, &EventLink),
        entity: Entity,
        change: Change,
    ) -> Result<LinkedEvent, HubError> {
        let to = self.providers.by_name(new.provider.as_str())?;
        let target = self.target(caller, to).await?;
        check_same_calendar(&target, new, change.calendar_id.as_deref())?;
        match new.state {
            LinkState::Deleting => return Err(HubError::EventGone(new.provider.clone())),
            LinkState::Pending => {}
            LinkState::Confirmed => {
                permit(&target, operation::UPDATE)?;
                if let Found::Event(event) = self.look(&target, new).await? {
                    return self.update_and_leave(caller, old, (target, new, *event), change).await;
                }
                // Somebody deleted it there: the old event is the record's again, and moves anew.
                self.ports.links.release(new.id, LinkState::Confirmed, true).await?;
                return self.make_and_leave(caller, (old.clone(), None), to, entity, change).await;
            }
        }
        self.make_and_leave(caller, (old.clone(), Some(new)), to, entity, change).await
    }

    /// Makes the new event, or finishes making it, then deletes the old one.
    async fn make_and_leave(
        self: &Arc<Self>,
        caller: &Caller,
        (old, pending): (EventLink, Option<&EventLink>),
        to: &Arc<Provider>,
        entity: Entity,
        mut change: Change,
    ) -> Result<LinkedEvent, HubError> {
        if old.state == LinkState::Deleting {
            return Err(HubError::EventGone(old.provider));
        }
        let from = self.target_of(caller, &old).await?;
        permit(&from, operation::DELETE)?;
        let named = change.calendar_id.take();
        let destination = self.destination(caller, &entity, Some(to.id.as_str()), named).await?;
        permit(&destination.target, operation::CREATE)?;
        let mut creation = destination.creation(entity, change.draft.clone(), change.notify);
        creation.link.place.moved_from = Some(old.id);
        if let Some(link) = pending {
            creation.link.place.calendar.clone_from(&link.place.calendar);
        }
        let own = [Some(&old), pending].into_iter().flatten();
        let (found, checked) = futures::join!(
            self.look(&from, &old),
            self.check_creation(caller, &creation, change.check, own),
        );
        let found = found?;
        let is_gone = matches!(found, Found::Nothing);
        match (found, &change.if_match) {
            (Found::Event(event), Some(etag)) if !is_version(&event, etag) => {
                return Err(HubError::PreconditionFailed);
            }
            (Found::Event(event), _) => {
                drop_foreign_fields(&mut creation.draft, &event, &from, &creation.target);
            }
            (Found::Nothing, None) if pending.is_none() => {
                return Err(HubError::EventGone(old.provider));
            }
            (Found::Nothing, Some(_)) => return Err(HubError::PreconditionFailed),
            // It went while the move was under way; the new event may be there.
            (Found::Nothing, None) => {}
        }
        let warnings = checked?;
        let (hub, caller) = (Arc::clone(self), caller.clone());
        self.to_the_end(async move {
            let (linked, _) = match hub.make(&caller, &creation).await {
                // The old event's own fields: what they were is not known any more.
                Err(error)
                    if is_gone
                        && change.read_from.is_some()
                        && change.drop_refused_fields(&error) =>
                {
                    creation.draft = change.draft;
                    hub.make(&caller, &creation).await?
                }
                other => other?,
            };
            let linked = LinkedEvent { warnings, ..linked };
            hub.left(&caller, &old, change.notify, linked).await
        })
        .await
    }

    /// Both events are there: this call's contents count, and the old event goes.
    async fn update_and_leave(
        self: &Arc<Self>,
        caller: &Caller,
        old: &EventLink,
        (target, new, event): (Target, &EventLink, Event),
        mut change: Change,
    ) -> Result<LinkedEvent, HubError> {
        let seen = async {
            let from = self.target_of(caller, old).await?;
            permit(&from, operation::DELETE)?;
            Ok((self.look(&from, old).await?, from))
        };
        let own = Own::of(&new.entity, &new.provider, [old, new]);
        let place = (&target, new.place.calendar.as_str());
        let (seen, checked) = futures::join!(seen, self.check_change(caller, place, &change, &own));
        let unfinished = |error| HubError::MoveUnfinished {
            link: Box::new(new.clone()),
            from: old.provider.clone(),
            error: Box::new(error),
        };
        let (seen, from) = seen.map_err(unfinished)?;
        match seen {
            Found::Event(seen) => {
                // The version that was read is the old event's, or by now the new one's.
                if change.if_match.as_ref().is_some_and(|etag| is_version(&seen, etag)) {
                    change.if_match = None;
                }
                drop_foreign_fields(&mut change.draft, &seen, &from, &target);
            }
            // An earlier call has deleted it, and had compared the version before.
            Found::Nothing if old.state == LinkState::Deleting => change.if_match = None,
            Found::Nothing => {}
        }
        let warnings = checked?;
        let (hub, caller) = (Arc::clone(self), caller.clone());
        let (old, new) = (old.clone(), new.clone());
        self.to_the_end(async move {
            let notify = change.notify;
            let as_asked = change.if_match.is_none() && is_all_as_asked(&event, &change.draft);
            let linked = match as_asked {
                true => LinkedEvent::new(new, event),
                false => hub.replace(&target, new, Some(event), change).await?,
            };
            hub.left(&caller, &old, notify, LinkedEvent { warnings, ..linked }).await
        })
        .await
    }

    /// Deletes the old event of a move whose new event is there.
    async fn left(
        self: &Arc<Self>,
        caller: &Caller,
        old: &EventLink,
        notify: Notify,
        linked: LinkedEvent,
    ) -> Result<LinkedEvent, HubError> {
        match self.leave(caller, old, notify).await {
            Ok(()) => Ok(linked),
            Err(error) => Err(HubError::MoveUnfinished {
                link: Box::new(linked.link),
                from: old.provider.clone(),
                error: Box::new(error),
            }),
        }
    }

    pub(super) async fn leave(
        self: &Arc<Self>,
        caller: &Caller,
        old: &EventLink,
        notify: Notify,
    ) -> Result<(), HubError> {
        let from = self.target_of(caller, old).await?;
        permit(&from, operation::DELETE)?;
        self.finish_delete(&from, old, None, notify).await
    }
}

/// Whether an event is in the version that a caller read; `W/` says nothing here.
fn is_version(event: &Event, etag: &str) -> bool {
    let strong = |etag: &str| etag.trim_start_matches("W/").to_owned();
    event.etag.as_deref().is_some_and(|own| strong(own) == strong(etag))
}

/// Leaves out the vendor's own fields that came with the old event when it was read: they mean
/// nothing at another vendor.
fn drop_foreign_fields(draft: &mut EventDraft, old: &Event, from: &Target, to: &Target) {
    if from.provider.manifest().id != to.provider.manifest().id {
        draft.extra.retain(|name, value| old.extra.get(name) != Some(value));
    }
}
