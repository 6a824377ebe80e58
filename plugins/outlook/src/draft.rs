//! From the model's draft to the body of a new event and of a change.
//!
//! - `extra` lies below the model's fields and never replaces them; only where Graph has a finer word
//!   for what the model says (`showAs`: `oof`, `sensitivity`: `personal`) is that word taken, from
//!   `extra` or from the event as it is. What Graph alone decides is dropped from it, so that an
//!   event can be written back as it was read.
//! - A change names the model's fields: absent ones empty, which clears them. Those that Graph treats
//!   as more than a value are named only where they differ: the text (others may have written HTML),
//!   the place (it may have an address), the times (the zone may be one of Outlook's own), the
//!   recurrence (writing it undoes the changes of single occurrences), the guests (they get mail).
//! - Absent reminders stay as they are: Graph cannot be told to go back to the calendar's default.
//! - A change replaces the whole list of attendees. What the model does not have of a guest is
//!   carried over from the event as it is, and so is an answer where the draft says `needs_action`.

use mortise_plugin_api::{
    Broken, Error, Map, Result, Value,
    calendar::{
        Attendee, Event, EventDraft, EventStatus, EventTime, ReminderMethod, ResponseStatus,
    },
    json, serde_json,
};

use crate::{body, event, recurrence, times, wire, words, zones};

/// The model's own fields.
const OF_THE_MODEL: [&str; 12] = [
    "attendees",
    "body",
    "end",
    "isAllDay",
    "isReminderOn",
    "location",
    "recurrence",
    "reminderMinutesBeforeStart",
    "sensitivity",
    "showAs",
    "start",
    "subject",
];

/// Read-only, fixed when the event is made, another view of a field of the model, or Graph's own
/// counting.
const NEVER_WRITTEN: [&str; 31] = [
    "attachments",
    "bodyPreview",
    "calendar",
    "cancelledOccurrences",
    "changeKey",
    "createdDateTime",
    "exceptionOccurrences",
    "hasAttachments",
    "iCalUId",
    "id",
    "instances",
    "isCancelled",
    "isDraft",
    "isOnlineMeeting",
    "isOrganizer",
    "lastModifiedDateTime",
    "locations",
    "occurrenceId",
    "onlineMeeting",
    "onlineMeetingProvider",
    "onlineMeetingUrl",
    "organizer",
    "originalEndTimeZone",
    "originalStart",
    "originalStartTimeZone",
    "responseStatus",
    "seriesMasterId",
    "transactionId",
    "type",
    "uid",
    "webLink",
];

/// An event as Graph has it.
pub(crate) struct Current {
    pub(crate) raw: Value,
    pub(crate) event: Event,
}

/// A draft that Graph can keep.
pub(crate) struct Prepared {
    pub(crate) draft: EventDraft,
    times: times::Written,
    recurrence: Option<Value>,
    show_as: &'static str,
}

/// Checks a draft before anything is asked.
///
/// # Errors
/// `InvalidInput` with the field that Graph has no place for.
pub(crate) fn prepare(draft: EventDraft) -> Result<Prepared> {
    let times = times::write(&draft.start, &draft.end)?;
    let series = recurrence::Series {
        first: times.start.local,
        zone: times.start.zone,
        all_day: times.all_day,
    };
    let recurrence = recurrence::write(&draft.recurrence, &series, times.start.windows)?;
    if recurrence.is_some() && times.start.displaced {
        return Err(Error::invalid(
            "event.start.time_zone",
            "Outlook cannot repeat an event in this zone, or from a time that comes twice when \
             clocks go back: take another zone or another start",
        ));
    }
    let show_as = words::show_as(draft.transparency, draft.status).ok_or_else(|| {
        let message = "Outlook cannot show an event as tentative and free at once";
        Error::invalid("event.status", message)
    })?;
    let reminders = draft.reminders.as_deref().unwrap_or_default();
    if reminders.len() > 1 || reminders.iter().any(|r| r.method == ReminderMethod::Email) {
        let message = "Outlook has one reminder for an event, and only as popup";
        return Err(Error::invalid("event.reminders", message));
    }
    Ok(Prepared { draft, times, recurrence, show_as })
}

impl Prepared {
    /// The body of a new event. `provider` is the online meeting's, where one is asked for.
    pub(crate) fn insert_body(self, key: &str, provider: Option<String>) -> Map<String, Value> {
        let show_as = self.finer_show_as(None);
        let sensitivity = self.finer_sensitivity(None);
        let Self { draft, times, recurrence, .. } = self;
        let mut body = writable(draft.extra);
        let mut set = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
        set("transactionId", Value::from(key));
        set("showAs", show_as);
        set("sensitivity", sensitivity);
        set_times(&mut set, &times);
        set_reminder(&mut set, draft.reminders.as_deref());
        set_meeting(&mut set, provider);
        if let Some(title) = draft.title {
            set("subject", Value::String(title));
        }
        if draft.description.is_some() {
            set("body", body::plain(draft.description.as_deref()));
        }
        if let Some(location) = draft.location {
            set("location", json!({"displayName": location}));
        }
        if !draft.attendees.is_empty() {
            set("attendees", attendees(draft.attendees, &[]));
        }
        if let Some(recurrence) = recurrence {
            set("recurrence", recurrence);
        }
        body
    }

    /// The body of a change. `text` is the new body, where it changes; `provider` the online
    /// meeting's, where one is asked for and there is none.
    pub(crate) fn patch_body(
        self,
        current: &Current,
        text: Option<Value>,
        provider: Option<String>,
    ) -> Map<String, Value> {
        let word = |name: &str| current.raw.get(name).and_then(Value::as_str);
        let show_as = self.finer_show_as(word("showAs"));
        let sensitivity = self.finer_sensitivity(word("sensitivity"));
        let moved = !is_same_time(&current.event.start, &self.draft.start)
            || !is_same_time(&current.event.end, &self.draft.end);
        let lines = self.canonical_recurrence();
        let Self { draft, times, recurrence, .. } = self;
        let mut body = writable(draft.extra);
        let mut set = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
        set("subject", Value::String(draft.title.unwrap_or_default()));
        set("showAs", show_as);
        set("sensitivity", sensitivity);
        if moved {
            set_times(&mut set, &times);
        }
        if lines != current.event.recurrence || (moved && recurrence.is_some()) {
            set("recurrence", recurrence.unwrap_or_default());
        }
        if let Some(text) = text {
            set("body", text);
        }
        if draft.location != current.event.location {
            set("location", json!({"displayName": draft.location.unwrap_or_default()}));
        }
        let known = current.raw.get("attendees").and_then(Value::as_array);
        let known = known.map(Vec::as_slice).unwrap_or_default();
        let guests = attendees(draft.attendees, known);
        if guests.as_array().map(Vec::as_slice) != Some(known) {
            set("attendees", guests);
        }
        set_reminder(&mut set, draft.reminders.as_deref());
        set_meeting(&mut set, provider);
        body
    }

    fn finer_show_as(&self, current: Option<&str>) -> Value {
        let means = words::availability(self.show_as);
        let same = |word: &&str| words::availability(word) == means;
        let named = self.draft.extra.get("showAs").and_then(Value::as_str);
        Value::from(named.filter(same).or(current.filter(same)).unwrap_or(self.show_as))
    }

    fn finer_sensitivity(&self, current: Option<&str>) -> Value {
        let plain = words::sensitivity(self.draft.visibility);
        let same = |word: &&str| words::visibility(word) == words::visibility(plain);
        let named = self.draft.extra.get("sensitivity").and_then(Value::as_str);
        Value::from(named.filter(same).or(current.filter(same)).unwrap_or(plain))
    }

    /// The draft's recurrence in the words in which it would be read.
    fn canonical_recurrence(&self) -> Vec<String> {
        let Some(recurrence) = self.recurrence.clone() else { return Vec::new() };
        let series = recurrence::Series {
            first: self.times.start.local,
            zone: self.times.start.zone,
            all_day: self.times.all_day,
        };
        let raw: Option<wire::PatternedRecurrence> = serde_json::from_value(recurrence).ok();
        raw.and_then(|raw| recurrence::read(&raw, &series)).into_iter().collect()
    }
}

/// Reads the event that shall be changed.
///
/// # Errors
/// What is no event tells nothing of its guests, who would lose their answers.
pub(crate) fn current(raw: Value, calendar: &str) -> Result<Current, Broken> {
    Ok(Current { event: event::read(raw.clone(), calendar)?, raw })
}

/// A cancelled event is only ever one that the vendor calls so.
///
/// # Errors
/// `InvalidInput` for the status.
pub(crate) fn check_status(status: EventStatus, current: Option<&Event>) -> Result<()> {
    let is_so = current.is_some_and(|event| event.status == EventStatus::Cancelled);
    if status == EventStatus::Cancelled && !is_so {
        let message = "Outlook cancels an event by deleting it: delete it instead";
        return Err(Error::invalid("event.status", message));
    }
    Ok(())
}

fn writable(mut extra: Map<String, Value>) -> Map<String, Value> {
    extra.retain(|name, _| {
        let name = name.as_str();
        // With `@` it is one of the protocol's notes (`@odata.etag`, `calendar@odata.navigationLink`).
        !OF_THE_MODEL.contains(&name) && !NEVER_WRITTEN.contains(&name) && !name.contains('@')
    });
    extra
}

fn set_times(set: &mut impl FnMut(&str, Value), times: &times::Written) {
    set("isAllDay", Value::Bool(times.all_day));
    set("start", times.start.json());
    set("end", times.end.json());
}

fn set_reminder(
    set: &mut impl FnMut(&str, Value),
    reminders: Option<&[mortise_plugin_api::calendar::Reminder]>,
) {
    let Some(reminders) = reminders else { return };
    set("isReminderOn", Value::Bool(!reminders.is_empty()));
    if let [reminder] = reminders {
        set("reminderMinutesBeforeStart", Value::from(reminder.minutes));
    }
}

fn set_meeting(set: &mut impl FnMut(&str, Value), provider: Option<String>) {
    if let Some(provider) = provider {
        set("isOnlineMeeting", Value::Bool(true));
        set("onlineMeetingProvider", Value::String(provider));
    }
}

/// Whether two times are the same to Outlook, which knows zones by Windows' names.
fn is_same_time(one: &EventTime, other: &EventTime) -> bool {
    match (one, other) {
        (
            EventTime::Instant { date_time: a, time_zone: zone_a },
            EventTime::Instant { date_time: b, time_zone: zone_b },
        ) => {
            let windows = |name: &str| zones::windows(name.parse().ok()?).map(|(name, _)| name);
            a == b
                && (zone_a == zone_b || windows(zone_a).is_some_and(|w| windows(zone_b) == Some(w)))
        }
        (a, b) => a == b,
    }
}

fn attendees(guests: Vec<Attendee>, known: &[Value]) -> Value {
    guests.into_iter().map(|guest| attendee(guest, known)).collect()
}

fn attendee(guest: Attendee, known: &[Value]) -> Value {
    let is_guest = |attendee: &&Value| {
        let email = attendee.pointer("/emailAddress/address").and_then(Value::as_str);
        email.is_some_and(|email| email.eq_ignore_ascii_case(&guest.email))
    };
    let mut attendee =
        known.iter().find(is_guest).cloned().unwrap_or_else(
            || json!({"emailAddress": {"address": guest.email}, "type": "required"}),
        );
    if let Some(name) = guest.name {
        attendee["emailAddress"]["name"] = Value::String(name);
    }
    // A room is neither.
    let is_optional = attendee["type"] == "optional";
    if is_optional != guest.optional {
        attendee["type"] = Value::from(if guest.optional { "optional" } else { "required" });
    }
    let answer = attendee.pointer("/status/response").and_then(Value::as_str);
    if guest.response != ResponseStatus::NeedsAction && words::response(answer) != guest.response {
        attendee["status"] = json!({"response": words::response_word(guest.response)});
    }
    attendee
}
