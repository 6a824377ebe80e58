//! From what a client sends to what is kept.

use serde_json::{Map, Value, json};

use super::error::GraphError;
use super::event::{Body, Item, is_all_day, times};
use super::meeting;
use super::recurrence::Recurrence;
use super::schema::{self, EVENT};
use super::store::Calendar;
use super::time::{Moment, timestamp};
use crate::random;

/// Properties that the vendor sets; what a client sends for them is not looked at.
const READ_ONLY: [&str; 19] = [
    "bodyPreview",
    "cancelledOccurrences",
    "changeKey",
    "createdDateTime",
    "hasAttachments",
    "iCalUId",
    "id",
    "isCancelled",
    "isDraft",
    "isOrganizer",
    "lastModifiedDateTime",
    "onlineMeeting",
    "onlineMeetingUrl",
    "organizer",
    "originalStart",
    "responseStatus",
    "seriesMasterId",
    "type",
    "webLink",
];

/// What the properties of a new event are where the client does not say.
pub(super) fn defaults(account: &str) -> Body {
    let at = timestamp();
    let name = account.split('@').next().unwrap_or_default();
    let uid = format!("040000008200E00074C5B7101A82E008{}", random::hex_id().to_uppercase());
    let fields = json!({
        "allowNewTimeProposals": true,
        "attendees": [],
        "body": {"contentType": "html", "content": ""},
        "bodyPreview": "",
        "categories": [],
        "createdDateTime": at,
        "hasAttachments": false,
        "hideAttendees": false,
        "iCalUId": uid,
        "importance": "normal",
        "isAllDay": false,
        "isCancelled": false,
        "isDraft": false,
        "isOnlineMeeting": false,
        "isOrganizer": true,
        "isReminderOn": true,
        "lastModifiedDateTime": at,
        "location": no_location(),
        "locations": [],
        "onlineMeeting": null,
        "onlineMeetingProvider": "unknown",
        "onlineMeetingUrl": null,
        "organizer": {"emailAddress": {"name": name, "address": account}},
        "recurrence": null,
        "reminderMinutesBeforeStart": 15,
        "responseRequested": true,
        "responseStatus": {"response": "organizer", "time": NEVER},
        "sensitivity": "normal",
        "showAs": "busy",
        "subject": "",
        "transactionId": null,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The vendor's way to say that something did not happen.
const NEVER: &str = "0001-01-01T00:00:00Z";

fn no_location() -> Value {
    json!({
        "address": {},
        "coordinates": {},
        "displayName": "",
        "locationType": "default",
        "uniqueIdType": "unknown",
    })
}

/// A new event of what was sent.
pub(super) fn create(
    sent: Map<String, Value>,
    account: &str,
    calendar: &Calendar,
) -> Result<Body, GraphError> {
    schema::check(&sent, &EVENT)?;
    let mut body = defaults(account);
    let meeting = meeting::asked(&body, &sent, calendar)?;
    merge(&mut body, sent, account)?;
    settle(&mut body)?;
    body.extend(meeting);
    Ok(body)
}

/// What an event becomes by a PATCH. Arrays are replaced whole, `null` gives the default.
pub(super) fn change(
    before: &Item,
    sent: Map<String, Value>,
    account: &str,
    calendar: &Calendar,
) -> Result<Body, GraphError> {
    schema::check(&sent, &EVENT)?;
    if sent.contains_key("transactionId") {
        let message = "The transactionId is set when an event is created and cannot be changed.";
        return Err(GraphError::property(message));
    }
    if before.is_part_of_series() && sent.get("recurrence").is_some_and(Value::is_object) {
        let message = "An occurrence cannot have a recurrence of its own.";
        return Err(GraphError::property(message));
    }
    let known = before.change_key();
    if sent.get("changeKey").and_then(Value::as_str).is_some_and(|key| key != known) {
        return Err(GraphError::stale_change_key());
    }
    let meeting = meeting::asked(&before.body, &sent, calendar)?;
    let mut body = before.body.clone();
    merge(&mut body, sent, account)?;
    settle(&mut body)?;
    body.extend(meeting);
    body.insert("lastModifiedDateTime".into(), timestamp().into());
    Ok(body)
}

fn merge(body: &mut Body, mut sent: Map<String, Value>, account: &str) -> Result<(), GraphError> {
    sent.retain(|name, _| !READ_ONLY.contains(&name.as_str()) && !name.contains('@'));
    let defaults = defaults(account);
    let places = (sent.contains_key("location"), sent.contains_key("locations"));
    for (name, value) in sent {
        match (name.as_str(), value) {
            ("start" | "end", Value::Null) => {
                let message = format!("The property '{name}' is required.");
                return Err(GraphError::property(message));
            }
            (_, Value::Null) => {
                let default = defaults.get(&name).cloned().unwrap_or_default();
                body.insert(name, default);
            }
            ("body" | "location", Value::Object(value)) => {
                let mut merged = body.get(&name).and_then(Value::as_object).cloned();
                merged.get_or_insert_default().extend(value);
                body.insert(name, merged.into());
            }
            (_, value) => {
                body.insert(name, value);
            }
        }
    }
    match places {
        (_, true) => {
            let first = body.get("locations").and_then(|all| all.get(0)).cloned();
            body.insert("location".into(), first.unwrap_or_else(no_location));
        }
        (true, false) => {
            let one = body.get("location").filter(|one| one["displayName"] != "").cloned();
            body.insert("locations".into(), Value::Array(one.into_iter().collect()));
        }
        (false, false) => {}
    }
    Ok(())
}

/// Checks what must go together, and writes times, attendees and recurrence in the vendor's form.
fn settle(body: &mut Body) -> Result<(), GraphError> {
    let read = |name: &str| Moment::read(body.get(name).unwrap_or(&Value::Null), name);
    let (start, end) = (read("start")?, read("end")?);
    let all_day = is_all_day(body);
    if all_day {
        if start.zone != end.zone {
            let message = "The start and the end of an all-day event must be in the same zone.";
            return Err(GraphError::property(message));
        }
        if !start.is_midnight() || !end.is_midnight() || end.local <= start.local {
            let message = "The Event.Start and Event.End of an all-day event must be midnights of \
                           different days.";
            return Err(GraphError::property(message));
        }
    } else if end.instant() < start.instant() {
        let message = "The Event.End must not be before the Event.Start.";
        return Err(GraphError::property(message));
    }
    if let Some(recurrence) = body.get("recurrence").filter(|value| value.is_object()) {
        Recurrence::read(recurrence, &start, all_day)?;
        let whole = whole_recurrence(recurrence, &start);
        body.insert("recurrence".into(), whole);
    }
    body.insert("originalStartTimeZone".into(), json!(start.name));
    body.insert("originalEndTimeZone".into(), json!(end.name));
    body.insert("start".into(), start.write());
    body.insert("end".into(), end.write());
    let attendees = body.get("attendees").and_then(Value::as_array).cloned().unwrap_or_default();
    let attendees: Result<Vec<_>, _> = attendees.into_iter().map(attendee).collect();
    body.insert("attendees".into(), Value::Array(attendees?));
    Ok(())
}

fn attendee(mut attendee: Value) -> Result<Value, GraphError> {
    let address = attendee["emailAddress"]["address"].as_str().unwrap_or_default().to_owned();
    if !crate::oauth::is_email(&address) {
        return Err(GraphError::property(format!("'{address}' is not an address of an attendee.")));
    }
    let defaults =
        [("type", json!("required")), ("status", json!({"response": "none", "time": NEVER}))];
    if attendee["emailAddress"]["name"].is_null() {
        attendee["emailAddress"]["name"] = json!(address);
    }
    for (name, value) in defaults {
        if attendee[name].is_null() {
            attendee[name] = value;
        }
    }
    Ok(attendee)
}

/// Every property of pattern and range, as Graph answers.
fn whole_recurrence(recurrence: &Value, start: &Moment) -> Value {
    let mut whole = json!({
        "pattern": {
            "dayOfMonth": 0,
            "daysOfWeek": [],
            "firstDayOfWeek": "sunday",
            "index": "first",
            "month": 0,
        },
        "range": {
            "endDate": "0001-01-01",
            "numberOfOccurrences": 0,
            "recurrenceTimeZone": start.name,
        },
    });
    for part in ["pattern", "range"] {
        for (name, value) in recurrence[part].as_object().into_iter().flatten() {
            if !value.is_null() {
                whole[part][name] = value.clone();
            }
        }
    }
    whole
}

/// Whether a PATCH moved the event or its series in time: then nothing is left of the series'
/// changed occurrences.
pub(super) fn moved(before: &Body, after: &Body) -> bool {
    let recurrence = |body: &Body| body.get("recurrence").cloned();
    times(before) != times(after)
        || is_all_day(before) != is_all_day(after)
        || recurrence(before) != recurrence(after)
}
