use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use mortise_plugin_api::calendar::{
    Event, EventDraft, EventPage, EventStatus, ListEvents, ResponseStatus, Transparency,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    TimeInput, Window,
    free_busy::{Blocks, BusySource, RawBlock},
    operation,
    own::{Own, OwnEvent},
    target::default_calendar,
};
use crate::{
    app::{Caller, Hub, HubError, call::Target, targets::Targets},
    domain::{
        event_time::{check_span, moment, read, span},
        links::Entity,
    },
};

/// Something that is in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Conflict {
    /// `google_calendar`.
    pub provider: String,
    /// The vendor's id of the calendar.
    pub calendar_id: String,
    /// First moment.
    pub start: DateTime<Utc>,
    /// First moment after it.
    pub end: DateTime<Utc>,
    /// The vendor's id of the event, where it may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// Its title, where it may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// What would be in the way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConflictReport {
    /// In order of start.
    pub items: Vec<Conflict>,
    /// Calendars that could not be asked, one sentence each.
    pub warnings: Vec<String>,
    /// Whether anything may be missing from `items`.
    pub partial: bool,
}

/// A dry run of the conflict check.
#[derive(Debug, Clone, Default)]
pub struct ConflictQuery {
    /// First moment or day.
    pub start: TimeInput,
    /// First moment or day after it.
    pub end: TimeInput,
    /// Only this provider's calendars.
    pub provider: Option<String>,
    /// The record whose own event is not in the way.
    pub entity: Option<Entity>,
    /// Of a calendar that cannot be asked: `refuse` or `ignore`.
    pub on_unavailable: Option<String>,
}

/// What becomes of a check that a calendar cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnUnavailable {
    /// It fails.
    Refuse,
    /// The others count alone.
    Ignore,
}

impl OnUnavailable {
    /// # Errors
    /// `Invalid` with the known words.
    pub(super) fn read(word: Option<&str>) -> Result<Self, HubError> {
        match word {
            None | Some("refuse") => Ok(Self::Refuse),
            Some("ignore") => Ok(Self::Ignore),
            Some(_) => Err(HubError::invalid("on_unavailable", "give refuse or ignore")),
        }
    }
}

/// A busy calendar, and its events in the time that is asked about.
struct BusyCalendar {
    source: BusySource,
    blocks: Vec<RawBlock>,
    events: Result<Vec<(Event, Window)>, HubError>,
}

impl Hub {
    /// What would be in the way of an event, without writing anything.
    ///
    /// # Errors
    /// `Invalid`, `NotConnected` and its kin; `ConflictsUnknown` where a calendar could not be
    /// asked, a vendor's error where none could, unless that is to be ignored.
    pub async fn conflicts(
        self: &Arc<Self>,
        caller: &Caller,
        query: ConflictQuery,
    ) -> Result<ConflictReport, HubError> {
        let start = read("start", query.start.as_written())?;
        let end = read("end", query.end.as_written())?;
        check_span("query", &start, &end).map_err(|mut fault| {
            "end".clone_into(&mut fault.field);
            fault
        })?;
        let on_unavailable = OnUnavailable::read(query.on_unavailable.as_deref())?;
        let targets = self.calendar_targets(caller, query.provider.as_deref()).await?;
        let main = default_calendar(&targets.usable[0]);
        let zone = self.zone_of_days(&targets.usable, &main, &start).await;
        let (start, end) = span(&start, &end, zone);
        let own = Own { entity: query.entity.as_ref(), at: None, known: Vec::new() };
        let window = Window { start, end };
        window.check_length("end")?;
        self.in_the_way(caller, &targets, (window, None), &own, on_unavailable).await
    }

    /// Refuses an event whose time is taken, or not known to be free. What is not known and to be
    /// ignored comes back, one sentence each.
    ///
    /// # Errors
    /// `TimeConflict`, and those of [`in_the_way`](Self::in_the_way).
    pub(super) async fn check_time(
        self: &Arc<Self>,
        caller: &Caller,
        (target, calendar): (&Target, &str),
        draft: &EventDraft,
        own: &Own<'_>,
        on_unavailable: OnUnavailable,
    ) -> Result<Vec<String>, HubError> {
        if draft.transparency == Transparency::Free {
            return Ok(Vec::new());
        }
        let mut all = self.calendar_targets(caller, None).await?;
        // The one that is written to comes first: `calendar` is one of its.
        let id = target.connection.integration.id;
        all.usable.retain(|other| other.connection.integration.id != id);
        all.usable.insert(0, target.clone());
        let zone = self.zone_of_days(&all.usable, calendar, &draft.start).await;
        let (start, end) = span(&draft.start, &draft.end, zone);
        let window = Window { start, end };
        window.check_length("event.end")?;
        let asked = (window, Some(calendar));
        let report = self.in_the_way(caller, &all, asked, own, on_unavailable).await?;
        if report.items.is_empty() {
            return Ok(report.warnings);
        }
        Err(HubError::TimeConflict(report))
    }

    /// What is in the way in all own calendars of the targets. Free/busy is asked first, for all
    /// at once; only calendars that are busy then are asked for their events, to name them and to
    /// leave out the event's own time.
    ///
    /// # Errors
    /// Unless that is to be ignored: `ConflictsUnknown` where a calendar could not be asked, a
    /// vendor's error where none could.
    async fn in_the_way(
        self: &Arc<Self>,
        caller: &Caller,
        targets: &Targets,
        (window, also): (Window, Option<&str>),
        own: &Own<'_>,
        on_unavailable: OnUnavailable,
    ) -> Result<ConflictReport, HubError> {
        // An empty span is in the way of what is around it.
        let asked =
            Window { end: window.end.max(window.start + chrono::Duration::seconds(1)), ..window };
        let Blocks { blocks, mut warnings, failed } =
            self.busy_blocks(targets, asked, also).await?;
        if let (Some(error), OnUnavailable::Refuse) = (failed, on_unavailable) {
            return Err(error);
        }
        let mut busy: BTreeMap<BusySource, Vec<RawBlock>> = BTreeMap::new();
        for block in blocks.into_iter().filter(|b| window.overlaps(b.start, b.end)) {
            busy.entry(block.source.clone()).or_default().push(block);
        }
        let partial = !warnings.is_empty();
        let details = busy.into_iter().map(|(source, blocks)| async move {
            let events = match targets.at(&source.provider) {
                Some(target) => self.events_in(target, &source.calendar_id, asked).await,
                None => Ok(Vec::new()),
            };
            BusyCalendar { source, blocks, events }
        });
        let mut calendars = futures::future::join_all(details).await;
        self.forget_what_is_gone(targets, &mut calendars, window, asked).await;
        for BusyCalendar { source, events, .. } in &calendars {
            if let Err(error) = events {
                warnings.push(format!(
                    "{}: {}: busy, but its events cannot be read: {error}",
                    source.provider, source.calendar_id
                ));
            }
        }
        let listed = |own: &[OwnEvent]| -> Vec<Conflict> {
            calendars.iter().flat_map(|calendar| named(calendar, window, own)).collect()
        };
        let mut items = listed(&own.known);
        if own.entity.is_some() && items.iter().any(|item| item.event_id.is_some()) {
            items = listed(&self.own_by_now(caller, targets, own).await?);
        }
        items.sort_by(|a, b| (a.start, a.end, &a.event_id).cmp(&(b.start, b.end, &b.event_id)));
        let report = ConflictReport { items, warnings, partial };
        match on_unavailable {
            OnUnavailable::Refuse if partial => Err(HubError::ConflictsUnknown(report)),
            _ => Ok(report),
        }
    }

    /// Vendors take a moment to see that a time is free again: where busy time is left that none of
    /// the calendar's events explains, it is asked for once more, and what is gone does not count.
    async fn forget_what_is_gone(
        self: &Arc<Self>,
        targets: &Targets,
        calendars: &mut [BusyCalendar],
        window: Window,
        asked: Window,
    ) {
        let again = calendars.iter_mut().map(|calendar| async move {
            let Ok(events) = &calendar.events else { return };
            let at: Vec<Window> = blocking(events, window).map(|(_, at)| *at).collect();
            let explained =
                |block: &RawBlock| at.iter().any(|at| at.overlaps(block.start, block.end));
            if calendar.blocks.iter().all(explained) {
                return;
            }
            let BusySource { provider, calendar_id } = &calendar.source;
            let Some(target) = targets.at(provider) else { return };
            let fresh = self.ask_busy(target, vec![calendar_id.clone()], asked).await;
            let Ok((fresh, unanswered)) = fresh else { return };
            if unanswered.is_empty() {
                let still = |block: &RawBlock| {
                    let old = Window { start: block.start, end: block.end };
                    fresh.iter().any(|new| old.overlaps(new.start, new.end))
                };
                calendar.blocks.retain(|block| explained(block) || still(block));
            }
        });
        futures::future::join_all(again).await;
    }

    async fn events_in(
        self: &Arc<Self>,
        target: &Target,
        calendar: &str,
        window: Window,
    ) -> Result<Vec<(Event, Window)>, HubError> {
        let input = ListEvents {
            calendar: calendar.to_owned(),
            start: Some(window.start),
            end: Some(window.end),
            limit: Some(250),
            page: None,
            sync: None,
        };
        let (page, zone) = futures::join!(
            self.call::<_, EventPage>(target, operation::LIST, &input),
            self.zone_of(target, calendar),
        );
        let placed = |event: Event| {
            let start = moment(&event.start, zone);
            let end = moment(&event.end, zone);
            (event, Window { start, end })
        };
        Ok(page?.events.into_iter().map(placed).collect())
    }
}

/// The events behind a calendar's busy blocks. A block that no visible event explains stays as a
/// conflict of its own.
fn named(calendar: &BusyCalendar, window: Window, own: &[OwnEvent]) -> Vec<Conflict> {
    let BusyCalendar { source, blocks, events } = calendar;
    let Ok(events) = events else { return blocks.iter().map(unnamed).collect() };
    let is_own = |event: &Event| {
        own.iter().any(|own| {
            own.provider == source.provider
                && (own.event_id == event.id || event.series_id.as_ref() == Some(&own.event_id))
        })
    };
    let blocking: Vec<&(Event, Window)> = blocking(events, window).collect();
    let explained =
        |block: &RawBlock| blocking.iter().any(|(_, at)| at.overlaps(block.start, block.end));
    let hidden = blocks.iter().filter(|block| !explained(block)).map(unnamed);
    let seen = blocking.iter().filter(|(event, _)| !is_own(event)).map(|(event, at)| Conflict {
        provider: source.provider.clone(),
        calendar_id: source.calendar_id.clone(),
        start: at.start,
        end: at.end,
        event_id: Some(event.id.clone()),
        title: event.title.clone(),
    });
    hidden.chain(seen).collect()
}

/// The events that take up time in the window.
fn blocking(events: &[(Event, Window)], window: Window) -> impl Iterator<Item = &(Event, Window)> {
    events.iter().filter(move |(event, at)| blocks_time(event) && window.overlaps(at.start, at.end))
}

fn unnamed(block: &RawBlock) -> Conflict {
    Conflict {
        provider: block.source.provider.clone(),
        calendar_id: block.source.calendar_id.clone(),
        start: block.start,
        end: block.end,
        event_id: None,
        title: None,
    }
}

fn blocks_time(event: &Event) -> bool {
    let organizer = event.organizer.as_ref().is_some_and(|organizer| organizer.is_self);
    let declined = !organizer
        && event.attendees.iter().any(|guest| {
            guest.response == ResponseStatus::Declined && is_calendar(event, &guest.email)
        });
    event.transparency == Transparency::Busy && event.status != EventStatus::Cancelled && !declined
}

/// Vendors use the owner's address as the main calendar's id.
fn is_calendar(event: &Event, email: &str) -> bool {
    event.calendar_id.eq_ignore_ascii_case(email)
}
