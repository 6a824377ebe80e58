use std::sync::Arc;

use mortise_plugin_api::{
    ErrorKind,
    calendar::{CreateEvent, DeleteEvent, Event, EventDraft, Notify},
};
use serde::de::IgnoredAny;

use super::{
    EventInput, LinkedEvent,
    compare::{is_all_as_asked, is_as_asked},
    conflicts::OnUnavailable,
    input::read_notify,
    linked::{Found, place},
    operation,
    own::Own,
    write::Change,
};
use crate::{
    app::{
        Caller, Hub, HubError,
        call::{Target, deleted, may_have_happened, permit},
    },
    domain::links::{Entity, EventLink, EventPlace, LinkDraft, LinkState, creation_key},
    ports::{Reservation, StoreError},
};

/// An event to be made and linked to a record.
#[derive(Debug, Clone)]
pub struct CreateRequest {
    /// The record.
    pub entity: Entity,
    /// The event.
    pub event: EventInput,
    /// At which vendor.
    pub provider: Option<String>,
    /// In which calendar.
    pub calendar_id: Option<String>,
    /// Whether it may overlap with others.
    pub allow_conflicts: bool,
    /// Of a calendar that cannot be asked: `refuse` or `ignore`.
    pub on_unavailable: Option<String>,
    /// Who gets mail.
    pub notify: Option<String>,
}

/// An event that is as asked for, and whether this call made it.
pub type Created = (LinkedEvent, bool);

/// Everything about a creation that is fixed before it begins.
pub(super) struct Creation {
    pub(super) target: Target,
    /// The calendar that the caller named.
    pub(super) named: Option<String>,
    pub(super) draft: EventDraft,
    pub(super) link: LinkDraft<EventPlace>,
    pub(super) notify: Notify,
}

/// Events made for one record in one call: one whose id is spent is followed by another.
const GENERATIONS: usize = 3;

impl Hub {
    /// Makes an event and links it to a record. The link is reserved first; the same call again,
    /// after whatever went wrong, makes no second event. `false` where the record was linked to
    /// this very event already.
    ///
    /// # Errors
    /// `Invalid`, `TimeConflict`, `ConflictsUnknown`, `AlreadyLinked`; those of a provider call.
    pub async fn create_event(
        self: &Arc<Self>,
        caller: &Caller,
        request: CreateRequest,
    ) -> Result<Created, HubError> {
        let draft = request.event.check()?;
        let notify = read_notify(request.notify.as_deref())?;
        let on_unavailable = OnUnavailable::read(request.on_unavailable.as_deref())?;
        let check = (!request.allow_conflicts).then_some(on_unavailable);
        let (entity, provider) = (request.entity, request.provider.as_deref());
        let destination = self.destination(caller, &entity, provider, request.calendar_id).await?;
        permit(&destination.target, operation::CREATE)?;
        let creation = destination.creation(entity, draft, notify);
        let (hub, caller) = (Arc::clone(self), caller.clone());
        // A caller who goes away must not leave a creation half done.
        self.to_the_end(async move { hub.create(&caller, creation, check).await }).await
    }

    async fn create(
        self: &Arc<Self>,
        caller: &Caller,
        creation: Creation,
        check: Option<OnUnavailable>,
    ) -> Result<Created, HubError> {
        let links = self.links_of(caller, &creation.link.entity).await?;
        let known = links.at(&creation.target.provider.id);
        if let Some(link) = known
            && let Some(done) = self.settle_known(&creation, link).await?
        {
            return Ok((done, false));
        }
        let pending = known.filter(|link| link.state == LinkState::Pending);
        let own = pending.into_iter().chain(pending.and_then(|link| links.partner(link)));
        let warnings = self.check_creation(caller, &creation, check, own).await?;
        let (linked, made) = self.make(caller, &creation).await?;
        Ok((LinkedEvent { warnings, ..linked }, made))
    }

    /// Refuses a creation whose time is not free, unless that is of no account (`check` is `None`).
    pub(super) async fn check_creation(
        self: &Arc<Self>,
        caller: &Caller,
        creation: &Creation,
        check: Option<OnUnavailable>,
        own: impl IntoIterator<Item = &EventLink>,
    ) -> Result<Vec<String>, HubError> {
        let Some(on_unavailable) = check else { return Ok(Vec::new()) };
        let place = (&creation.target, creation.link.place.calendar.as_str());
        let own = Own::of(&creation.link.entity, &creation.target.provider.id, own);
        self.check_time(caller, place, &creation.draft, &own, on_unavailable).await
    }

    /// Makes the event of a creation, or goes on with making it; `false` where another call has
    /// made it.
    pub(super) async fn make(
        self: &Arc<Self>,
        caller: &Caller,
        creation: &Creation,
    ) -> Result<Created, HubError> {
        match self.make_once(creation).await {
            Err(HubError::Store(StoreError::Refused(why))) => {
                Err(self.refusal(caller, creation, why).await?)
            }
            other => other,
        }
    }

    /// What it means that a link could not be made: the connection, or the link that the new one
    /// takes the place of, is gone by now.
    async fn refusal(
        &self,
        caller: &Caller,
        creation: &Creation,
        why: String,
    ) -> Result<HubError, HubError> {
        self.target(caller, &creation.target.provider).await?;
        let links = self.links_of(caller, &creation.link.entity).await?;
        Ok(match creation.link.place.moved_from {
            Some(old) if links.with_id(old).is_none() => {
                links.gone(HubError::EventGone(creation.target.provider.id.clone()))
            }
            _ => StoreError::Refused(why).into(),
        })
    }

    async fn make_once(self: &Arc<Self>, creation: &Creation) -> Result<Created, HubError> {
        for _ in 0..GENERATIONS {
            let (link, resumed) = match self.reserve(creation).await? {
                Reservation::New(link) => (link, false),
                Reservation::Existing(link) if link.state == LinkState::Pending => (link, true),
                // The same call ran meanwhile and came further.
                Reservation::Existing(link) => match self.settle_known(creation, &link).await? {
                    Some(done) => return Ok((done, false)),
                    None => continue,
                },
            };
            match self.send(creation, link, resumed).await? {
                Some(linked) => return Ok((linked, true)),
                None => continue,
            }
        }
        Err(HubError::Vendor {
            provider: creation.target.provider.id.clone(),
            error: mortise_plugin_api::Error::new(
                ErrorKind::Conflict,
                "the vendor refuses every id for this event as used already",
            ),
        })
    }

    /// Looks after a link that is there already. Answers with the event where it is the one asked
    /// for; `None` where the creation can go on.
    async fn settle_known(
        self: &Arc<Self>,
        creation: &Creation,
        link: &EventLink,
    ) -> Result<Option<LinkedEvent>, HubError> {
        let elsewhere = creation.named.as_ref().is_some_and(|id| *id != link.place.calendar);
        match link.state {
            LinkState::Pending | LinkState::Confirmed if elsewhere => {
                Err(HubError::AlreadyLinked(Box::new(link.clone())))
            }
            LinkState::Pending => Ok(None),
            LinkState::Deleting => {
                self.finish_delete(&creation.target, link, None, creation.notify).await?;
                Ok(None)
            }
            LinkState::Confirmed => match self.look(&creation.target, link).await? {
                Found::Nothing => {
                    self.ports.links.release(link.id, LinkState::Confirmed, true).await?;
                    Ok(None)
                }
                Found::Event(event) if is_as_asked(&event, &creation.draft) => {
                    Ok(Some(LinkedEvent::new(link.clone(), *event)))
                }
                Found::Event(_) => Err(HubError::AlreadyLinked(Box::new(link.clone()))),
            },
        }
    }

    async fn reserve(&self, creation: &Creation) -> Result<Reservation<EventPlace>, HubError> {
        let key = |generation| creation_key(&self.settings.salt, &creation.link, generation);
        let now = self.ports.clock.now();
        Ok(self.ports.links.reserve(&creation.link, &key, now).await?)
    }

    /// Sends the creation for a reserved link. `None` where the id is spent and the link was
    /// released.
    async fn send(
        self: &Arc<Self>,
        creation: &Creation,
        link: EventLink,
        resumed: bool,
    ) -> Result<Option<LinkedEvent>, HubError> {
        let input = CreateEvent {
            calendar: link.place.calendar.clone(),
            key: creation_key(&self.settings.salt, &creation.link, link.generation),
            event: creation.draft.clone(),
            notify: creation.notify,
        };
        let made: Result<Event, HubError> =
            self.call(&creation.target, operation::CREATE, &input).await;
        match made {
            Ok(event) => {
                let Some(link) = self.hold(creation, link, &event).await? else {
                    return Ok(None);
                };
                let as_asked = match resumed {
                    true => is_all_as_asked(&event, &creation.draft),
                    // It may be one whose link was removed.
                    false => is_as_asked(&event, &creation.draft),
                };
                if as_asked {
                    return Ok(Some(LinkedEvent::new(link, event)));
                }
                self.overwrite(creation, link, event).await
            }
            Err(HubError::Vendor { error, .. }) if error.kind == ErrorKind::Conflict => {
                self.ports.links.release(link.id, LinkState::Pending, true).await?;
                Ok(None)
            }
            Err(error) => {
                if !may_have_happened(&error) && !resumed {
                    self.ports.links.release(link.id, LinkState::Pending, false).await?;
                }
                Err(error)
            }
        }
    }

    /// Confirms the link of an event that is there. Where the link is gone, released by the same
    /// call or deleted meanwhile, the event is linked anew; `None` where the record has another
    /// link by now, and the event was taken back.
    async fn hold(
        self: &Arc<Self>,
        creation: &Creation,
        link: EventLink,
        event: &Event,
    ) -> Result<Option<EventLink>, HubError> {
        let (links, now) = (&self.ports.links, self.ports.clock.now());
        let moved_from = creation.link.place.moved_from;
        let place = EventPlace { moved_from, ..link.place.clone() };
        if links.confirm(link.id, &event.id, now).await? {
            let (state, external_id) = (LinkState::Confirmed, event.id.clone());
            return Ok(Some(EventLink { external_id, state, updated_at: now, ..link }));
        }
        let made = EventLink { external_id: event.id.clone(), ..link };
        if matches!(self.look(&creation.target, &made).await?, Found::Nothing) {
            return Err(HubError::EventGone(creation.target.provider.id.clone()));
        }
        let draft = LinkDraft { place, ..creation.link.clone() };
        let mut adopted = links.adopt(&draft, made.generation, &event.id, now).await;
        if let (Err(StoreError::Refused(_)), Some(_)) = (&adopted, moved_from) {
            // The link whose place it takes may be gone too.
            let place = EventPlace::new(draft.place.calendar.clone());
            let alone = LinkDraft { place, ..draft };
            adopted = links.adopt(&alone, made.generation, &event.id, now).await;
        }
        match adopted? {
            Reservation::New(link) => Ok(Some(link)),
            // The link of an equal call, which has met this very event or is about to.
            Reservation::Existing(other)
                if other.external_id == event.id
                    || (other.generation == made.generation
                        && other.state == LinkState::Pending) =>
            {
                let (state, external_id) = (LinkState::Confirmed, event.id.clone());
                let held = links.confirm(other.id, &event.id, now).await?;
                let link = EventLink { external_id, state, updated_at: now, ..other };
                Ok(held.then_some(link))
            }
            Reservation::Existing(_) => {
                self.take_back(creation, &made).await?;
                Ok(None)
            }
        }
    }

    /// Deletes an event that nothing links to.
    async fn take_back(
        self: &Arc<Self>,
        creation: &Creation,
        made: &EventLink,
    ) -> Result<(), HubError> {
        let input = DeleteEvent { at: place(made), if_match: None, notify: creation.notify };
        deleted(self.call::<_, IgnoredAny>(&creation.target, operation::DELETE, &input).await)
    }

    /// An earlier, interrupted call with other contents had made the event: this call's count.
    /// `None` where it was deleted meanwhile, and the link released.
    async fn overwrite(
        self: &Arc<Self>,
        creation: &Creation,
        link: EventLink,
        event: Event,
    ) -> Result<Option<LinkedEvent>, HubError> {
        let change = Change::to(creation.draft.clone(), creation.notify);
        match self.replace(&creation.target, link.clone(), Some(event), change).await {
            Err(HubError::EventGone(_)) => {
                self.ports.links.release(link.id, LinkState::Confirmed, true).await?;
                Ok(None)
            }
            other => other.map(Some),
        }
    }
}
