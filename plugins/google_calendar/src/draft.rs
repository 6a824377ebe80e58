//! From the model's draft to the body of `events.insert` and `events.patch`.
//!
//! - `extra` lies below the model's fields and never replaces them. What Google alone decides is
//!   dropped from it, so that an event can be written back as it was read.
//! - A patch names every field of the model: absent ones as null, which clears them.
//! - A patch replaces the whole list of attendees. What the model does not have of a guest
//!   (`comment`, `additionalGuests`, `resource`, ...) is carried over from the event as it is,
//!   and so is an answer where the draft says `needs_action`: that is what a draft says that only
//!   names its guests, and it must not undo what they answered.

use mortise_plugin_api::{
    Map, Value,
    calendar::{
        Attendee, EventDraft, EventStatus, EventTime, Reminder, ReminderMethod, ResponseStatus,
        Transparency, Visibility,
    },
    json,
};

/// Read-only in the discovery document, fixed when the event is made, or Google's own counting.
const NEVER_WRITTEN: [&str; 15] = [
    "conferenceData",
    "created",
    "creator",
    "etag",
    "hangoutLink",
    "htmlLink",
    "iCalUID",
    "id",
    "kind",
    "locked",
    "organizer",
    "originalStartTime",
    "recurringEventId",
    "sequence",
    "updated",
];

/// Set when the event is made and never again.
const NEVER_CHANGED: [&str; 3] = ["birthdayProperties", "eventType", "privateCopy"];

/// The body of `events.insert`. The key is the event's id and the conference's request id.
pub(crate) fn insert_body(draft: EventDraft, key: &str) -> Map<String, Value> {
    let conference_requested = draft.conference_requested;
    let mut body = body(draft, Absent::LeaveOut, None);
    body.insert("id".to_owned(), Value::from(key));
    if conference_requested {
        body.insert("conferenceData".to_owned(), conference_request(key));
    }
    body
}

/// The body of `events.patch`. `current` is the event as Google has it, needed where
/// [`needs_current`] says so.
pub(crate) fn patch_body(draft: EventDraft, current: Option<&Value>) -> Map<String, Value> {
    let conference =
        current.filter(|event| draft.conference_requested && !has_conference(event)).map(|event| {
            let text = |name| event.get(name).and_then(Value::as_str).unwrap_or_default();
            // The same for a repetition, another one after the event has changed: Google ignores
            // an id that it had before, also that of an attempt that failed.
            let version: String =
                text("etag").chars().filter(char::is_ascii_alphanumeric).collect();
            conference_request(&format!("{}-{version}", text("id")))
        });
    let mut body = body(draft, Absent::Clear, current);
    body.retain(|name, _| !NEVER_CHANGED.contains(&name.as_str()));
    if let Some(conference) = conference {
        body.insert("conferenceData".to_owned(), conference);
    }
    body
}

/// Whether a patch depends on what the event holds now.
pub(crate) fn needs_current(draft: &EventDraft) -> bool {
    draft.conference_requested || !draft.attendees.is_empty()
}

/// What becomes of a field that the draft does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    LeaveOut,
    Clear,
}

fn body(draft: EventDraft, absent: Absent, current: Option<&Value>) -> Map<String, Value> {
    let mut body = draft.extra;
    body.retain(|name, _| !NEVER_WRITTEN.contains(&name.as_str()));
    let mut set = |name: &str, value: Option<Value>| match (value, absent) {
        (Some(value), _) => drop(body.insert(name.to_owned(), value)),
        (None, Absent::Clear) => drop(body.insert(name.to_owned(), Value::Null)),
        (None, Absent::LeaveOut) => drop(body.remove(name)),
    };
    set("summary", draft.title.map(Value::String));
    set("description", draft.description.map(Value::String));
    set("location", draft.location.map(Value::String));
    set("start", Some(time(&draft.start, absent)));
    set("end", Some(time(&draft.end, absent)));
    set("attendees", attendees(draft.attendees, current));
    set("recurrence", (!draft.recurrence.is_empty()).then(|| json!(draft.recurrence)));
    set("reminders", Some(reminders(draft.reminders.as_deref(), absent)));
    set("transparency", Some(json!(transparency(draft.transparency))));
    set("visibility", Some(json!(visibility(draft.visibility))));
    set("status", Some(json!(status(draft.status))));
    body
}

/// A patch merges into the old time, so that one of the other kind has to be cleared away.
fn time(time: &EventTime, absent: Absent) -> Value {
    let mut value = match time {
        EventTime::Instant { date_time, time_zone } => {
            json!({"dateTime": date_time.to_rfc3339(), "timeZone": time_zone})
        }
        EventTime::Day { date } => json!({"date": date.to_string()}),
    };
    if absent == Absent::Clear {
        let other: &[&str] = match time {
            EventTime::Instant { .. } => &["date"],
            EventTime::Day { .. } => &["dateTime", "timeZone"],
        };
        for name in other {
            value[*name] = Value::Null;
        }
    }
    value
}

fn attendees(guests: Vec<Attendee>, current: Option<&Value>) -> Option<Value> {
    let known = current.and_then(|event| event.get("attendees")?.as_array()).map(Vec::as_slice);
    let known = known.unwrap_or_default();
    let guests: Vec<Value> = guests.into_iter().map(|guest| attendee(guest, known)).collect();
    (!guests.is_empty()).then_some(Value::Array(guests))
}

fn attendee(guest: Attendee, known: &[Value]) -> Value {
    let is_guest = |attendee: &&Value| {
        let email = attendee.get("email").and_then(Value::as_str);
        email.is_some_and(|email| email.eq_ignore_ascii_case(&guest.email))
    };
    let mut attendee =
        known.iter().find(is_guest).and_then(Value::as_object).cloned().unwrap_or_default();
    if guest.response != ResponseStatus::NeedsAction || !attendee.contains_key("responseStatus") {
        attendee.insert("responseStatus".to_owned(), json!(response(guest.response)));
    }
    match guest.name {
        Some(name) => attendee.insert("displayName".to_owned(), Value::String(name)),
        None => attendee.remove("displayName"),
    };
    attendee.insert("email".to_owned(), Value::String(guest.email));
    // Google leaves it out where it is false: so an answer that is sent back changes nothing.
    if guest.optional || attendee.contains_key("optional") {
        attendee.insert("optional".to_owned(), Value::Bool(guest.optional));
    }
    Value::Object(attendee)
}

fn reminders(reminders: Option<&[Reminder]>, absent: Absent) -> Value {
    let Some(reminders) = reminders else {
        // Old overrides beside `useDefault` are an error at Google.
        return match absent {
            Absent::Clear => json!({"useDefault": true, "overrides": null}),
            Absent::LeaveOut => json!({"useDefault": true}),
        };
    };
    let overrides: Vec<Value> = reminders
        .iter()
        .map(|reminder| {
            let method = match reminder.method {
                ReminderMethod::Popup => "popup",
                ReminderMethod::Email => "email",
            };
            json!({"method": method, "minutes": reminder.minutes})
        })
        .collect();
    json!({"useDefault": false, "overrides": overrides})
}

fn conference_request(request_id: &str) -> Value {
    json!({
        "createRequest": {
            "requestId": request_id,
            "conferenceSolutionKey": {"type": "hangoutsMeet"},
        },
    })
}

/// Whether there is a conference, or one that Google is still making.
fn has_conference(event: &Value) -> bool {
    let status = event.pointer("/conferenceData/createRequest/status/statusCode");
    let has = |name: &str| event.get(name).is_some_and(|value| !value.is_null());
    has("hangoutLink")
        || (has("conferenceData") && status.and_then(Value::as_str) != Some("failure"))
}

fn response(response: ResponseStatus) -> &'static str {
    match response {
        ResponseStatus::NeedsAction => "needsAction",
        ResponseStatus::Accepted => "accepted",
        ResponseStatus::Tentative => "tentative",
        ResponseStatus::Declined => "declined",
    }
}

fn transparency(transparency: Transparency) -> &'static str {
    match transparency {
        Transparency::Busy => "opaque",
        Transparency::Free => "transparent",
    }
}

fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Default => "default",
        Visibility::Public => "public",
        Visibility::Private => "private",
        Visibility::Confidential => "confidential",
    }
}

fn status(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Confirmed => "confirmed",
        EventStatus::Tentative => "tentative",
        EventStatus::Cancelled => "cancelled",
    }
}
