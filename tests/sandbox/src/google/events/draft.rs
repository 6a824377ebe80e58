//! Checks of an event's fields as a client writes them.

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use crate::google::error::ApiError;
use crate::google::recurrence::Recurrence;
use crate::google::time::{EventTime, Moment};
use crate::oauth::is_email;

/// Fields that a client may set; others are ignored, as at the vendor. `id`, `iCalUID` and
/// `conferenceData` have rules of their own.
const WRITABLE: [&str; 27] = [
    "anyoneCanAddSelf",
    "attachments",
    "attendees",
    "attendeesOmitted",
    "birthdayProperties",
    "colorId",
    "description",
    "end",
    "eventLabelId",
    "eventType",
    "extendedProperties",
    "focusTimeProperties",
    "gadget",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "location",
    "outOfOfficeProperties",
    "recurrence",
    "reminders",
    "source",
    "start",
    "status",
    "summary",
    "transparency",
    "visibility",
    "workingLocationProperties",
];

const CHOICES: [(&str, &[&str]); 4] = [
    ("status", &["confirmed", "tentative", "cancelled"]),
    ("transparency", &["opaque", "transparent"]),
    ("visibility", &["default", "public", "private", "confidential"]),
    (
        "eventType",
        &["birthday", "default", "focusTime", "fromGmail", "outOfOffice", "workingLocation"],
    ),
];

const TEXTS: [&str; 4] = ["summary", "description", "location", "colorId"];

/// Removes what the client may not set.
pub(super) fn keep_writable(sent: &mut Map<String, Value>) {
    sent.retain(|name, _| WRITABLE.contains(&name.as_str()));
}

/// Whether the client may set this field.
pub(super) fn is_writable(name: &str) -> bool {
    WRITABLE.contains(&name)
}

/// Checks the event as it would be after the write, and puts times and attendees in the form
/// that the vendor answers with.
pub(super) fn settle(body: &mut Map<String, Value>, zone: Tz) -> Result<(), ApiError> {
    for name in TEXTS {
        if body.get(name).is_some_and(|value| !value.is_string()) {
            return Err(ApiError::invalid(format!("Invalid value for: {name}")));
        }
    }
    for (name, values) in CHOICES {
        let fits = |value: &Value| value.as_str().is_some_and(|text| values.contains(&text));
        if body.get(name).is_some_and(|value| !fits(value)) {
            return Err(ApiError::invalid(format!("Invalid value for: {name}")));
        }
    }
    settle_times(body, zone)?;
    settle_attendees(body)?;
    check_reminders(body.get("reminders"))
}

fn settle_times(body: &mut Map<String, Value>, zone: Tz) -> Result<(), ApiError> {
    let start = EventTime::read(body.get("start").unwrap_or(&Value::Null), "start")?;
    let end = EventTime::read(body.get("end").unwrap_or(&Value::Null), "end")?;
    match (start.moment, end.moment) {
        (Moment::Day(first), Moment::Day(last)) if first < last => {}
        (Moment::Instant(from), Moment::Instant(to)) if from <= to => {}
        (Moment::Day(_), Moment::Day(_)) | (Moment::Instant(_), Moment::Instant(_)) => {
            return Err(ApiError::time_range_empty());
        }
        _ => {
            let message = "The start and end times must either both be date or both be dateTime.";
            return Err(ApiError::invalid(message));
        }
    }
    if body.get("recurrence").is_some_and(|lines| *lines == json!([])) {
        body.remove("recurrence");
    }
    if let Some(lines) = body.get("recurrence") {
        Recurrence::read(lines, start.zone.unwrap_or(zone))?;
        if matches!(start.moment, Moment::Instant(_)) {
            let missing = |which| format!("Missing time zone definition for {which} time.");
            for (time, which) in [(start, "start"), (end, "end")] {
                time.zone.ok_or_else(|| ApiError::required(missing(which)))?;
            }
        }
    }
    body.insert("start".into(), start.write(zone, zone));
    body.insert("end".into(), end.write(zone, zone));
    Ok(())
}

fn settle_attendees(body: &mut Map<String, Value>) -> Result<(), ApiError> {
    let organizer = body.get("organizer").map(|organizer| organizer["email"].clone());
    let Some(attendees) = body.get_mut("attendees") else { return Ok(()) };
    let invalid = || ApiError::invalid("Invalid attendee email.");
    for attendee in attendees.as_array_mut().ok_or_else(ApiError::parse_error)? {
        let attendee = attendee.as_object_mut().ok_or_else(invalid)?;
        let email = attendee.get("email").and_then(Value::as_str).unwrap_or_default();
        if !is_email(email) {
            return Err(invalid());
        }
        let is_organizer = organizer.as_ref().is_some_and(|organizer| organizer == email);
        let response = attendee.entry("responseStatus").or_insert_with(|| json!("needsAction"));
        let known = ["needsAction", "declined", "tentative", "accepted"];
        if !response.as_str().is_some_and(|response| known.contains(&response)) {
            return Err(ApiError::invalid("Invalid attendee response status."));
        }
        for name in ["organizer", "self"] {
            attendee.remove(name);
            if is_organizer {
                attendee.insert(name.into(), json!(true));
            }
        }
    }
    Ok(())
}

fn check_reminders(reminders: Option<&Value>) -> Result<(), ApiError> {
    let Some(reminders) = reminders else { return Ok(()) };
    let overrides = reminders["overrides"].as_array().map(Vec::as_slice).unwrap_or_default();
    if reminders["useDefault"] == json!(true) && !overrides.is_empty() {
        return Err(ApiError::calendar_rule(
            "cannotUseDefaultRemindersAndSpecifyOverride",
            "Cannot specify both default reminders and overrides at the same time.",
        ));
    }
    let fits = |reminder: &Value| {
        ["email", "popup"].iter().any(|method| reminder["method"] == *method)
            && reminder["minutes"].as_u64().is_some_and(|minutes| minutes <= 40_320)
    };
    if overrides.len() > 5 || !overrides.iter().all(fits) {
        return Err(ApiError::invalid("Invalid reminder override."));
    }
    Ok(())
}
