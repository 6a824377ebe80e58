//! From Google's event to the model's.
//!
//! - Values that Google may add one day (a new status, visibility or answer) read as the default.
//! - What the model has no place for stays in `extra` under Google's names, `conferenceData` with
//!   its dial-in numbers and codes included; of an attendee it is not shown.
//! - A deleted event may come with little more than its id. Its times are then the instance's
//!   original start, or the Unix epoch where Google does not tell: `status` is what counts.

use mortise_plugin_api::{
    Broken, Fields, Map, Value,
    calendar::{
        Attendee, Conference, ConferenceStatus, Event, EventStatus, EventTime, Person, Reminder,
        ReminderMethod, ResponseStatus, Transparency, Visibility,
    },
    chrono::{DateTime, NaiveDate, Utc},
};

use crate::wire;

const EVENT: &str = "event";

/// Where an event was read: what it does not say itself.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The calendar's id.
    pub(crate) calendar: &'a str,
    /// The calendar's zone, for times without one.
    pub(crate) time_zone: &'a str,
}

/// Whether this is an event at all.
///
/// # Errors
/// Where it has no id.
pub(crate) fn check_id(item: &Value) -> Result<(), Broken> {
    match item.get("id").and_then(Value::as_str) {
        Some(id) if !id.is_empty() => Ok(()),
        _ => Fields::of(EVENT, Value::Object(Map::new())).map(drop),
    }
}

/// Reads one event; its text is moved, not copied.
pub(crate) fn read(item: Value, source: Source<'_>) -> Result<Event, Broken> {
    let (id, mut fields) = Fields::of(EVENT, item)?;
    fields.rest.remove("kind");

    let status = status(fields.take::<String>("status")?.as_deref());
    let (start, end) = times(&mut fields, status, source.time_zone)?;
    Ok(Event {
        id,
        calendar_id: source.calendar.to_owned(),
        title: fields.take("summary")?,
        description: fields.take("description")?,
        location: fields.take("location")?,
        start,
        end,
        attendees: fields
            .take::<Vec<wire::Attendee>>("attendees")?
            .unwrap_or_default()
            .into_iter()
            .map(attendee)
            .collect(),
        organizer: fields.take("organizer")?.map(organizer),
        recurrence: fields.take("recurrence")?.unwrap_or_default(),
        series_id: fields.take("recurringEventId")?,
        reminders: fields.take("reminders")?.and_then(reminders),
        conference: conference(&mut fields)?,
        transparency: transparency(fields.take::<String>("transparency")?.as_deref()),
        visibility: visibility(fields.take::<String>("visibility")?.as_deref()),
        status,
        etag: fields.take("etag")?,
        html_url: fields.take("htmlLink")?,
        created_at: moment(fields.take("created")?),
        updated_at: moment(fields.take("updated")?),
        extra: fields.rest,
    })
}

fn times(
    fields: &mut Fields,
    status: EventStatus,
    zone: &str,
) -> Result<(EventTime, EventTime), Broken> {
    let start = fields.take("start")?;
    let end = fields.take("end")?;
    let read = |raw: Option<wire::EventDateTime>, name| match raw {
        Some(raw) => time(raw, zone).map(Some).ok_or_else(|| fields.malformed(name)),
        None => Ok(None),
    };
    match (read(start, "start")?, read(end, "end")?) {
        (Some(start), Some(end)) => Ok((start, end)),
        (start, _) if status == EventStatus::Cancelled => {
            let original = fields.peek("originalStartTime")?.and_then(|raw| time(raw, zone));
            let known = start.or(original).unwrap_or_else(unix_epoch);
            Ok((known.clone(), known))
        }
        (None, _) => Err(fields.missing("start")),
        (Some(_), None) => Err(fields.missing("end")),
    }
}

fn time(raw: wire::EventDateTime, zone: &str) -> Option<EventTime> {
    if let Some(text) = raw.date_time {
        let time_zone = raw.time_zone.filter(|zone| !zone.is_empty());
        return Some(EventTime::Instant {
            date_time: DateTime::parse_from_rfc3339(&text).ok()?,
            time_zone: time_zone.unwrap_or_else(|| zone.to_owned()),
        });
    }
    raw.date?.parse::<NaiveDate>().ok().map(|date| EventTime::Day { date })
}

fn unix_epoch() -> EventTime {
    EventTime::Instant {
        date_time: DateTime::<Utc>::UNIX_EPOCH.fixed_offset(),
        time_zone: "UTC".to_owned(),
    }
}

/// Google's own bookkeeping; an odd one costs the moment, not the event.
fn moment(text: Option<String>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&text?).ok().map(|moment| moment.to_utc())
}

fn attendee(raw: wire::Attendee) -> Attendee {
    Attendee {
        email: raw.email.unwrap_or_default(),
        name: raw.display_name,
        response: match raw.response_status.as_deref() {
            Some("accepted") => ResponseStatus::Accepted,
            Some("tentative") => ResponseStatus::Tentative,
            Some("declined") => ResponseStatus::Declined,
            _ => ResponseStatus::NeedsAction,
        },
        optional: raw.optional.unwrap_or_default(),
    }
}

fn organizer(raw: wire::Organizer) -> Person {
    Person { email: raw.email, name: raw.display_name, is_self: raw.is_self.unwrap_or_default() }
}

/// `None` is the calendar's defaults. Methods that Google gave up (`sms`) are left out.
fn reminders(raw: wire::Reminders) -> Option<Vec<Reminder>> {
    if raw.use_default.unwrap_or_default() {
        return None;
    }
    let known = |reminder: wire::EventReminder| {
        let method = match reminder.method.as_deref()? {
            "popup" => ReminderMethod::Popup,
            "email" => ReminderMethod::Email,
            _ => return None,
        };
        Some(Reminder { method, minutes: reminder.minutes? })
    };
    Some(raw.overrides.unwrap_or_default().into_iter().filter_map(known).collect())
}

fn conference(fields: &mut Fields) -> Result<Option<Conference>, Broken> {
    let link = fields.take::<String>("hangoutLink")?;
    let Some(data) = fields.peek::<wire::ConferenceData>("conferenceData")? else {
        let ready = |url| Conference { url: Some(url), ..Conference::default() };
        return Ok(link.map(ready));
    };
    let video =
        data.entry_points.unwrap_or_default().into_iter().find_map(|entry| {
            entry.uri.filter(|_| entry.entry_point_type.as_deref() == Some("video"))
        });
    let code = data.create_request.and_then(|request| request.status?.status_code);
    let status = match code.as_deref() {
        Some("pending") => ConferenceStatus::Pending,
        Some("failure") => ConferenceStatus::Failed,
        _ => ConferenceStatus::Ready,
    };
    Ok(Some(Conference {
        url: video.or(link),
        name: data.conference_solution.and_then(|solution| solution.name),
        status,
    }))
}

fn status(text: Option<&str>) -> EventStatus {
    match text {
        Some("tentative") => EventStatus::Tentative,
        Some("cancelled") => EventStatus::Cancelled,
        _ => EventStatus::Confirmed,
    }
}

fn transparency(text: Option<&str>) -> Transparency {
    if text == Some("transparent") { Transparency::Free } else { Transparency::Busy }
}

fn visibility(text: Option<&str>) -> Visibility {
    match text {
        Some("public") => Visibility::Public,
        Some("private") => Visibility::Private,
        Some("confidential") => Visibility::Confidential,
        _ => Visibility::Default,
    }
}
