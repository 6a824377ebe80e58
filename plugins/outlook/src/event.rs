//! From Graph's event to the model's.
//!
//! - Values that Graph may add one day (a new `showAs`, sensitivity or answer) read as the default.
//! - What the model has no place for stays in `extra` under Graph's names, and so do a `showAs` and
//!   a `sensitivity` that say more than the model does (`oof`, `workingElsewhere`, `personal`); of an
//!   attendee it is not shown.
//! - A removed event comes with little more than its id. Its times are then the Unix epoch: `status`
//!   is what counts.

use chrono_tz::Tz;
use mortise_plugin_api::{
    Broken, Fields, Map, Value,
    calendar::{
        Attendee, Conference, ConferenceStatus, Event, EventStatus, EventTime, Person, Reminder,
        ReminderMethod, Transparency, Visibility,
    },
    chrono::{DateTime, NaiveTime, TimeZone as _, Utc},
};

use crate::{
    body, recurrence,
    times::{self, Times},
    wire, words, zones,
};

/// Reads one event; its text is moved, not copied.
pub(crate) fn read(item: Value, calendar: &str) -> Result<Event, Broken> {
    let (id, mut fields) = Fields::of("event", item)?;
    if fields.rest.remove("@removed").is_some() {
        return Ok(removed(id, calendar));
    }
    let all_day = fields.take("isAllDay")?.unwrap_or_default();
    let Times { start, end, zone } = read_times(&mut fields, all_day)?;
    let conference = conference(&mut fields)?;
    let cancelled = fields.take("isCancelled")?.unwrap_or_default();
    let (transparency, status) = availability(&mut fields)?;
    Ok(Event {
        id,
        calendar_id: calendar.to_owned(),
        title: text(&mut fields, "subject")?,
        description: fields
            .take("body")?
            .and_then(|text| body::description(text, conference.is_some())),
        location: fields.take::<wire::Location>("location")?.and_then(|l| filled(l.display_name)),
        recurrence: recurrence(&mut fields, &start, zone)?,
        start,
        end,
        attendees: attendees(fields.take("attendees")?.unwrap_or_default()),
        organizer: organizer(&mut fields)?,
        series_id: text(&mut fields, "seriesMasterId")?,
        reminders: reminders(&mut fields)?,
        conference,
        transparency,
        visibility: visibility(&mut fields)?,
        status: if cancelled { EventStatus::Cancelled } else { status },
        etag: text(&mut fields, "@odata.etag")?,
        html_url: text(&mut fields, "webLink")?,
        created_at: moment(fields.take("createdDateTime")?),
        updated_at: moment(fields.take("lastModifiedDateTime")?),
        extra: extra(fields),
    })
}

/// Takes a text out; Graph writes an empty one where there is none.
fn text(fields: &mut Fields, name: &'static str) -> Result<Option<String>, Broken> {
    fields.take(name).map(filled)
}

/// What is left, without Graph's empty fields and the protocol's own.
fn extra(mut fields: Fields) -> Map<String, Value> {
    fields.rest.retain(|name, value| {
        !value.is_null() && !matches!(name.as_str(), "@odata.context" | "bodyPreview")
    });
    fields.rest
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn removed(id: String, calendar: &str) -> Event {
    let epoch = EventTime::Instant {
        date_time: DateTime::<Utc>::UNIX_EPOCH.fixed_offset(),
        time_zone: "UTC".to_owned(),
    };
    Event {
        id,
        calendar_id: calendar.to_owned(),
        title: None,
        description: None,
        location: None,
        start: epoch.clone(),
        end: epoch,
        attendees: Vec::new(),
        organizer: None,
        recurrence: Vec::new(),
        series_id: None,
        reminders: None,
        conference: None,
        transparency: Transparency::default(),
        visibility: Visibility::default(),
        status: EventStatus::Cancelled,
        etag: None,
        html_url: None,
        created_at: None,
        updated_at: None,
        extra: Map::new(),
    }
}

fn read_times(fields: &mut Fields, all_day: bool) -> Result<Times, Broken> {
    let raw = times::Raw {
        all_day,
        start: fields.take("start")?.ok_or_else(|| fields.missing("start"))?,
        end: fields.take("end")?.ok_or_else(|| fields.missing("end"))?,
        start_zone: fields.take("originalStartTimeZone")?,
        end_zone: fields.take("originalEndTimeZone")?,
    };
    times::read(&raw).map_err(|field| fields.malformed(field))
}

fn recurrence(fields: &mut Fields, start: &EventTime, own_zone: Tz) -> Result<Vec<String>, Broken> {
    let Some(raw) = fields.take::<wire::PatternedRecurrence>("recurrence")? else {
        return Ok(Vec::new());
    };
    let series = match start {
        EventTime::Day { date } => recurrence::Series {
            first: date.and_time(NaiveTime::MIN),
            zone: own_zone,
            all_day: true,
        },
        EventTime::Instant { date_time, .. } => {
            let zone = raw.range.recurrence_time_zone.as_deref().and_then(zones::zone);
            let zone = zone.unwrap_or(own_zone);
            let first = zone.from_utc_datetime(&date_time.naive_utc()).naive_local();
            recurrence::Series { first, zone, all_day: false }
        }
    };
    let line = recurrence::read(&raw, &series).ok_or_else(|| fields.malformed("recurrence"))?;
    Ok(vec![line])
}

/// Graph's own bookkeeping; an odd one costs the moment, not the event.
fn moment(text: Option<String>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&text?).ok().map(|moment| moment.to_utc())
}

fn attendees(raw: Vec<wire::Attendee>) -> Vec<Attendee> {
    raw.into_iter()
        .map(|guest| {
            let (email, name) = person(guest.email_address);
            Attendee {
                email: email.unwrap_or_default(),
                name,
                response: words::response(guest.status.and_then(|s| s.response).as_deref()),
                optional: guest.r#type.as_deref() == Some("optional"),
            }
        })
        .collect()
}

/// Graph repeats the address as the name of somebody whose name it does not know.
fn person(raw: Option<wire::EmailAddress>) -> (Option<String>, Option<String>) {
    let Some(raw) = raw else { return (None, None) };
    let (email, name) = (filled(raw.address), filled(raw.name));
    let is_address = |name: &String| email.as_ref().is_some_and(|e| e.eq_ignore_ascii_case(name));
    let name = name.filter(|name| !is_address(name));
    (email, name)
}

fn organizer(fields: &mut Fields) -> Result<Option<Person>, Broken> {
    let is_self = fields.take("isOrganizer")?.unwrap_or_default();
    let raw = fields.take::<wire::Recipient>("organizer")?;
    let (email, name) = person(raw.and_then(|raw| raw.email_address));
    let known = email.is_some() || name.is_some();
    Ok(known.then_some(Person { email, name, is_self }))
}

/// Graph has one reminder at most.
fn reminders(fields: &mut Fields) -> Result<Option<Vec<Reminder>>, Broken> {
    let on: Option<bool> = fields.take("isReminderOn")?;
    let minutes: Option<i64> = fields.take("reminderMinutesBeforeStart")?;
    Ok(match (on, minutes) {
        (Some(false), _) => Some(Vec::new()),
        (Some(true), Some(minutes)) => Some(vec![Reminder {
            method: ReminderMethod::Popup,
            minutes: u32::try_from(minutes.max(0)).unwrap_or(u32::MAX),
        }]),
        _ => None,
    })
}

/// Outlook makes the meeting while it keeps the event: without link it is still under way.
fn conference(fields: &mut Fields) -> Result<Option<Conference>, Broken> {
    let online: bool = fields.take("isOnlineMeeting")?.unwrap_or_default();
    let provider = text(fields, "onlineMeetingProvider")?;
    let old_link = text(fields, "onlineMeetingUrl")?;
    let meeting = fields.peek::<wire::OnlineMeetingInfo>("onlineMeeting")?;
    let url = meeting.and_then(|meeting| filled(meeting.join_url)).or(old_link);
    if !online && url.is_none() {
        return Ok(None);
    }
    let name = match provider.as_deref() {
        Some("teamsForBusiness") => Some("Microsoft Teams"),
        Some("skypeForBusiness") => Some("Skype for Business"),
        Some("skypeForConsumer") => Some("Skype"),
        _ => None,
    };
    let status = if url.is_some() { ConferenceStatus::Ready } else { ConferenceStatus::Pending };
    Ok(Some(Conference { url, name: name.map(str::to_owned), status }))
}

fn availability(fields: &mut Fields) -> Result<(Transparency, EventStatus), Broken> {
    let word = text(fields, "showAs")?.unwrap_or_else(|| "busy".to_owned());
    let (transparency, status) = words::availability(&word);
    if words::show_as(transparency, status) != Some(&word) {
        fields.rest.insert("showAs".to_owned(), Value::String(word));
    }
    Ok((transparency, status))
}

fn visibility(fields: &mut Fields) -> Result<Visibility, Broken> {
    let word = text(fields, "sensitivity")?.unwrap_or_else(|| "normal".to_owned());
    let visibility = words::visibility(&word);
    if words::sensitivity(visibility) != word {
        fields.rest.insert("sensitivity".to_owned(), Value::String(word));
    }
    Ok(visibility)
}
