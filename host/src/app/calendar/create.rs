use std::sync::Arc;

use mortise_plugin_api::{
    ErrorKind,
    calendar::{
        CreateEvent, DeleteEvent, Event, EventDraft, EventRef, Notify, Transparency, UpdateEvent,
    },
};

use serde::de::IgnoredAny;

use super::{
    EventInput, LinkedEvent, Window,
    compare::{is_all_as_asked, is_as_asked},
    conflicts::{Conflict, OwnEvent},
    input::read_notify,
    linked::{Found, is_absent, place},
    operation,
    target::{Targets, default_calendar},
};
use crate::{
    app::{Caller, Hub, HubError, call::Target, call::permit},
    domain::{
        event_time::span,
        links::{Entity, EventLink, EventPlace, LinkDraft, LinkState, creation_key},
    },
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
    /// Who gets mail.
    pub notify: Option<String>,
}

/// An event that is as asked for, and whether this call made it.
pub type Created = (LinkedEvent, bool);

/// Everything about a creation that is fixed before it begins.
struct Creation {
    target: Target,
    /// The calendar that the caller named.
    named: Option<String>,
    draft: EventDraft,
    link: LinkDraft<EventPlace>,
    allow_conflicts: bool,
    notify: Notify,
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
        let target = self.calendar_target(caller, request.provider.as_deref()).await?;
        permit(&target, operation::CREATE)?;
        check_calendar_id(request.calendar_id.as_deref())?;
        let main = default_calendar(&target);
        let named = request.calendar_id.map(|id| if id == "primary" { main.clone() } else { id });
        let link = LinkDraft {
            user: target.connection.integration.user,
            integration: target.connection.integration.id,
            entity: request.entity,
            place: EventPlace::new(named.clone().unwrap_or(main)),
        };
        let creation = Creation {
            target,
            named,
            draft,
            link,
            allow_conflicts: request.allow_conflicts,
            notify,
        };
        let all = self.calendar_targets(caller, None).await?;
        let (hub, caller) = (Arc::clone(self), caller.clone());
        // A caller who goes away must not leave a creation half done.
        to_the_end(async move { hub.create(&caller, creation, all).await }).await
    }

    async fn create(
        self: &Arc<Self>,
        caller: &Caller,
        creation: Creation,
        all: Targets,
    ) -> Result<Created, HubError> {
        let known = self.link_of(caller, &creation).await?;
        if let Some(link) = &known
            && let Some(done) = self.settle_known(&creation, link).await?
        {
            return Ok((done, false));
        }
        let own = known.into_iter().filter(|link| link.state == LinkState::Pending).map(|link| {
            OwnEvent { provider: link.provider.to_string(), event_id: link.external_id }
        });
        let own: Vec<OwnEvent> = own.collect();
        if !creation.allow_conflicts {
            match self.refuse_conflicts(&creation, all, &own).await {
                Err(HubError::TimeConflict(conflicts)) => {
                    self.refuse_others(caller, &creation, conflicts).await?;
                }
                other => other?,
            }
        }
        for _ in 0..GENERATIONS {
            let (link, resumed) = match self.reserve(&creation).await? {
                Reservation::New(link) => (link, false),
                Reservation::Existing(link) if link.state == LinkState::Pending => (link, true),
                // The same call ran meanwhile and came further.
                Reservation::Existing(link) => match self.settle_known(&creation, &link).await? {
                    Some(done) => return Ok((done, false)),
                    None => continue,
                },
            };
            match self.send(&creation, link, resumed).await? {
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

    async fn link_of(
        &self,
        caller: &Caller,
        creation: &Creation,
    ) -> Result<Option<EventLink>, HubError> {
        let links = self.ports.links.find(&caller.user, &creation.link.entity).await?;
        Ok(links.into_iter().find(|link| link.integration == creation.link.integration))
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
                    Ok(Some(LinkedEvent { link: link.clone(), event: *event }))
                }
                Found::Event(_) => Err(HubError::AlreadyLinked(Box::new(link.clone()))),
            },
        }
    }

    async fn refuse_conflicts(
        self: &Arc<Self>,
        creation: &Creation,
        all: Targets,
        own: &[OwnEvent],
    ) -> Result<(), HubError> {
        let calendar = &creation.link.place.calendar;
        self.check_time(&creation.target, calendar, &creation.draft, all, own).await
    }

    /// Lets pass what is in the way only because the same call has made it meanwhile.
    async fn refuse_others(
        &self,
        caller: &Caller,
        creation: &Creation,
        mut conflicts: Vec<Conflict>,
    ) -> Result<(), HubError> {
        if let Some(link) = self.link_of(caller, creation).await? {
            conflicts.retain(|conflict| {
                conflict.provider != link.provider.as_str()
                    || conflict.event_id.as_ref() != Some(&link.external_id)
            });
        }
        if conflicts.is_empty() { Ok(()) } else { Err(HubError::TimeConflict(conflicts)) }
    }

    /// Refuses an event whose time is taken, or not known to be free.
    pub(super) async fn check_time(
        self: &Arc<Self>,
        target: &Target,
        calendar: &str,
        draft: &EventDraft,
        mut all: Targets,
        own: &[OwnEvent],
    ) -> Result<(), HubError> {
        if draft.transparency == Transparency::Free {
            return Ok(());
        }
        let zone = self.zone_of(target, calendar).await;
        let (start, end) = span(&draft.start, &draft.end, zone);
        let id = target.connection.integration.id;
        // The one that is written to comes first: `calendar` is one of its.
        all.usable.retain(|other| other.connection.integration.id != id);
        all.usable.insert(0, target.clone());
        let window = Window { start, end };
        let report = self.in_the_way(&all, window, Some(calendar), own).await?;
        if !report.items.is_empty() {
            return Err(HubError::TimeConflict(report.items));
        }
        if report.partial {
            return Err(HubError::ConflictsUnknown(report.warnings));
        }
        Ok(())
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
                let event = if resumed && !is_all_as_asked(&event, &creation.draft) {
                    self.overwrite(creation, &link).await?
                } else {
                    event
                };
                Ok(Some(LinkedEvent { link, event }))
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
        let place = link.place.clone();
        if links.confirm(link.id, &event.id, now).await? {
            let (state, external_id) = (LinkState::Confirmed, event.id.clone());
            return Ok(Some(EventLink { external_id, state, updated_at: now, ..link }));
        }
        let made = EventLink { external_id: event.id.clone(), ..link };
        if matches!(self.look(&creation.target, &made).await?, Found::Nothing) {
            return Err(HubError::EventGone(creation.target.provider.id.clone()));
        }
        let draft = LinkDraft { place, ..creation.link.clone() };
        match links.adopt(&draft, made.generation, &event.id, now).await? {
            Reservation::New(link) => Ok(Some(link)),
            Reservation::Existing(other) if other.external_id == event.id => {
                self.confirmed(other, event).await.map(Some)
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
        match self.call::<_, IgnoredAny>(&creation.target, operation::DELETE, &input).await {
            Err(HubError::Vendor { error, .. }) if is_absent(error.kind) => Ok(()),
            other => other.map(drop),
        }
    }

    /// An earlier, interrupted call with other contents had made the event: this call's count.
    async fn overwrite(
        self: &Arc<Self>,
        creation: &Creation,
        link: &EventLink,
    ) -> Result<Event, HubError> {
        let EventRef { calendar, event } = place(link);
        let input = UpdateEvent {
            at: EventRef { calendar, event },
            event: creation.draft.clone(),
            if_match: None,
            notify: creation.notify,
        };
        self.call(&creation.target, operation::UPDATE, &input).await
    }
}

/// What no vendor's calendar is called cannot be kept either.
fn check_calendar_id(id: Option<&str>) -> Result<(), HubError> {
    let fits = |id: &str| (1..=512).contains(&id.len()) && !id.chars().any(char::is_control);
    match id {
        Some(id) if !fits(id) => Err(HubError::invalid(
            "calendar_id",
            "a calendar's id has 1 to 512 bytes and no control characters",
        )),
        _ => Ok(()),
    }
}

/// Whether the vendor may have done the work although the call failed.
pub(super) fn may_have_happened(error: &HubError) -> bool {
    match error {
        HubError::Vendor { error, .. } => matches!(
            error.kind,
            ErrorKind::Timeout
                | ErrorKind::Unavailable
                | ErrorKind::BadAnswer
                | ErrorKind::Internal
        ),
        HubError::Store(_) => true,
        _ => false,
    }
}

/// Runs a write that a caller who goes away must not cut short.
pub(super) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, HubError>> + Send + 'static,
) -> Result<T, HubError> {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(StoreError::Unavailable("the write was interrupted".to_owned()).into()),
    }
}
