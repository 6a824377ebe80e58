//! The canonical event, and how one that was read differs from it.

use serde_json::{Value, json};

use super::run::{Faults, Ran, differ};
use crate::calendar::{
    Attendee, Event, EventStatus, EventTime, Reminder, ReminderMethod, ResponseStatus,
    Transparency, Visibility,
};

const START: &str = "2026-12-01T10:00:00+01:00";
const END: &str = "2026-12-01T11:00:00+01:00";
pub(super) const ZONE: &str = "Europe/Berlin";

/// The canonical event as it is written.
pub(super) fn draft() -> Value {
    json!({
        "title": "Check-up",
        "description": "Bring the card",
        "location": "Room 4",
        "start": {"date_time": START, "time_zone": ZONE},
        "end": {"date_time": END, "time_zone": ZONE},
        "attendees": [
            {"email": "ada@example.org", "name": "Ada Lovelace", "response": "accepted"},
            {"email": "grace@example.org", "optional": true},
        ],
        "reminders": [{"method": "popup", "minutes": 15}],
        "visibility": "private",
    })
}

/// What is wrong with the event of the output, which shall be the canonical one.
pub(super) fn is_canonical(ran: &Ran<'_>) -> Faults {
    match ran.output() {
        Ok(event) => differences(&event, ran),
        Err(faults) => faults,
    }
}

fn differences(event: &Event, ran: &Ran<'_>) -> Faults {
    let some = |text: &str| Some(text.to_owned());
    let popup = Reminder { method: ReminderMethod::Popup, minutes: 15 };
    let organizer = event.organizer.as_ref().and_then(|person| person.email.clone());
    let html_url = event.html_url.as_deref().unwrap_or_default();
    let equal = [
        differ("calendar_id", &event.calendar_id.as_str(), &ran.given.calendar),
        differ("title", &event.title, &some("Check-up")),
        differ("description", &event.description, &some("Bring the card")),
        differ("location", &event.location, &some("Room 4")),
        differ("organizer.email", &organizer, &some("owner@example.org")),
        differ("reminders", &event.reminders, &Some(vec![popup])),
        differ("transparency", &event.transparency, &Transparency::Busy),
        differ("visibility", &event.visibility, &Visibility::Private),
        differ("status", &event.status, &EventStatus::Confirmed),
        differ("recurrence", &event.recurrence, &Vec::new()),
        differ("series_id", &event.series_id, &None),
        differ("conference", &event.conference, &None),
        event.id.is_empty().then(|| "id is empty".to_owned()),
        event.etag.is_none().then(|| "etag is absent".to_owned()),
        (!html_url.starts_with("https://")).then(|| format!("html_url is {html_url:?}")),
    ];
    let times = is_at(event, START, END);
    equal.into_iter().flatten().chain(times).chain(guests(&event.attendees)).collect()
}

fn guests(guests: &[Attendee]) -> Faults {
    let [ada, grace] = guests else {
        let emails: Vec<_> = guests.iter().map(|guest| &guest.email).collect();
        return vec![format!("attendees are {emails:?}, not ada and grace")];
    };
    let ada_is = Attendee {
        email: "ada@example.org".to_owned(),
        name: Some("Ada Lovelace".to_owned()),
        response: ResponseStatus::Accepted,
        optional: false,
    };
    let grace_is = Attendee {
        email: "grace@example.org".to_owned(),
        name: grace.name.clone().filter(|name| name == "Grace"),
        response: ResponseStatus::NeedsAction,
        optional: true,
    };
    let faults = [differ("attendees[0]", ada, &ada_is), differ("attendees[1]", grace, &grace_is)];
    faults.into_iter().flatten().collect()
}

/// Offset and zone count as well as the moment: people read both.
pub(super) fn is_at(event: &Event, start: &str, end: &str) -> Faults {
    let faults =
        [("start", &event.start, start), ("end", &event.end, end)].map(|(name, time, wanted)| {
            match time {
                EventTime::Instant { date_time, time_zone } => {
                    let got = format!("{} {time_zone}", date_time.to_rfc3339());
                    differ(name, &got, &format!("{wanted} {ZONE}"))
                }
                EventTime::Day { date } => Some(format!("{name} is the day {date}, not {wanted}")),
            }
        });
    faults.into_iter().flatten().collect()
}

/// The same for whole days.
pub(super) fn is_on(event: &Event, start: &str, end: &str) -> Faults {
    let faults =
        [("start", &event.start, start), ("end", &event.end, end)].map(|(name, time, wanted)| {
            match time {
                EventTime::Day { date } => differ(name, &date.to_string(), &wanted.to_owned()),
                EventTime::Instant { date_time, .. } => {
                    Some(format!("{name} is the moment {date_time}, not the day {wanted}"))
                }
            }
        });
    faults.into_iter().flatten().collect()
}
