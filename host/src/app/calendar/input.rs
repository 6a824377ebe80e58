use mortise_plugin_api::calendar::{
    Attendee, ConferenceStatus, EventDraft, EventStatus, EventTime, Notify, Person, Reminder,
    Transparency, Visibility,
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    app::HubError,
    domain::{
        email::looks_like_address,
        event_time::{FieldError, WrittenTime, check_span, read},
    },
};

/// Text of this size is more than any vendor keeps (bytes).
const LONGEST_TEXT: usize = 256 * 1024;
const LONGEST_TITLE: usize = 4 * 1024;
const MOST_ATTENDEES: usize = 500;
const MOST_LINES: usize = 100;
/// Four weeks, as at the strictest vendor.
const LONGEST_REMINDER: u32 = 40_320;

/// An event as callers write it. What an answer shows can be sent back: fields that only the
/// vendor sets are taken and ignored.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventInput {
    /// Title.
    #[serde(default)]
    pub title: Option<String>,
    /// Free text; vendors may read it as HTML.
    #[serde(default)]
    pub description: Option<String>,
    /// Where, as free text.
    #[serde(default)]
    pub location: Option<String>,
    /// First moment or day.
    pub start: TimeInput,
    /// First moment or day after it.
    pub end: TimeInput,
    /// Guests.
    #[serde(default)]
    pub attendees: Vec<Attendee>,
    /// RFC 5545 lines: `RRULE:...`, `RDATE...`, `EXDATE...`.
    #[serde(default)]
    pub recurrence: Vec<String>,
    /// Reminders; absent: the calendar's defaults, empty: none.
    #[serde(default)]
    pub reminders: Option<Vec<Reminder>>,
    /// Ask for a video conference with `{"requested": true}`.
    #[serde(default)]
    pub conference: Option<ConferenceInput>,
    /// Whether the event blocks time.
    #[serde(default)]
    pub transparency: Transparency,
    /// Who may see it.
    #[serde(default)]
    pub visibility: Visibility,
    /// Whether it takes place.
    #[serde(default)]
    pub status: EventStatus,
    /// The vendor's own fields, by the vendor's names.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub extra: Map<String, Value>,
    /// The vendor's id.
    #[serde(default)]
    #[schema(read_only, value_type = Option<String>)]
    id: Value,
    /// The calendar that it is in.
    #[serde(default, rename = "calendar_id")]
    #[schema(read_only, value_type = Option<String>)]
    _calendar_id: IgnoredAny,
    /// Whose event it is.
    #[serde(default, rename = "organizer")]
    #[schema(read_only, value_type = Option<Person>)]
    _organizer: IgnoredAny,
    /// The series that it is of.
    #[serde(default, rename = "series_id")]
    #[schema(read_only, value_type = Option<String>)]
    _series_id: IgnoredAny,
    /// Changes with the event.
    #[serde(default, rename = "etag")]
    #[schema(read_only, value_type = Option<String>)]
    _etag: IgnoredAny,
    /// Where people see it.
    #[serde(default, rename = "html_url")]
    #[schema(read_only, value_type = Option<String>)]
    _html_url: IgnoredAny,
    /// When it was made.
    #[serde(default, rename = "created_at")]
    #[schema(read_only, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    _created_at: IgnoredAny,
    /// When it was changed last.
    #[serde(default, rename = "updated_at")]
    #[schema(read_only, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    _updated_at: IgnoredAny,
}

/// A time as callers write it: `date` for a whole day, else `date_time` with an offset or a
/// `time_zone`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeInput {
    /// `2026-12-01T10:00:00+01:00`; without the offset it is local to `time_zone`.
    #[serde(default)]
    pub date_time: Option<String>,
    /// IANA name, `Europe/Berlin`.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// `2026-12-24`; as an end it is exclusive.
    #[serde(default)]
    pub date: Option<String>,
}

/// A wish for a video conference.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConferenceInput {
    /// Whether one shall be attached; an existing one stays in any case.
    #[serde(default)]
    pub requested: bool,
    /// Where to join.
    #[serde(default, rename = "url")]
    #[schema(read_only, value_type = Option<String>)]
    _url: IgnoredAny,
    /// The service's name.
    #[serde(default, rename = "name")]
    #[schema(read_only, value_type = Option<String>)]
    _name: IgnoredAny,
    /// Whether it is ready.
    #[serde(default, rename = "status")]
    #[schema(read_only, value_type = Option<ConferenceStatus>)]
    _status: IgnoredAny,
}

impl TimeInput {
    /// As the domain reads it.
    #[must_use]
    pub fn as_written(&self) -> WrittenTime<'_> {
        WrittenTime {
            date: self.date.as_deref(),
            date_time: self.date_time.as_deref(),
            time_zone: self.time_zone.as_deref(),
        }
    }
}

impl EventInput {
    /// The vendor's id of the event that the contents were read from, where they were.
    pub(super) fn read_from(&self) -> Option<String> {
        self.id.as_str().map(str::to_owned)
    }

    /// The event, checked.
    ///
    /// # Errors
    /// `Invalid` with every fault, each with the dotted name of its field.
    pub fn check(self) -> Result<EventDraft, HubError> {
        let mut faults = Vec::new();
        let start = keep(&mut faults, read("event.start", self.start.as_written()));
        let end = keep(&mut faults, read("event.end", self.end.as_written()));
        if let (Some(start), Some(end)) = (&start, &end) {
            keep(&mut faults, check_span("event", start, end));
        }
        self.check_texts(&mut faults);
        self.check_attendees(&mut faults);
        self.check_reminders(&mut faults);
        if let Some(start) = &start {
            self.check_recurrence(start, &mut faults);
        }
        let (Some(start), Some(end), true) = (start, end, faults.is_empty()) else {
            return Err(HubError::Invalid(faults));
        };
        Ok(EventDraft {
            title: self.title,
            description: self.description,
            location: self.location,
            start,
            end,
            attendees: self.attendees,
            recurrence: self.recurrence,
            reminders: self.reminders,
            conference_requested: self.conference.is_some_and(|wish| wish.requested),
            transparency: self.transparency,
            visibility: self.visibility,
            status: self.status,
            extra: self.extra,
        })
    }

    fn check_texts(&self, faults: &mut Vec<FieldError>) {
        let texts = [
            ("event.title", &self.title, LONGEST_TITLE),
            ("event.description", &self.description, LONGEST_TEXT),
            ("event.location", &self.location, LONGEST_TITLE),
        ];
        for (field, text, longest) in texts {
            if text.as_ref().is_some_and(|text| text.len() > longest) {
                faults.push(FieldError::new(field, format!("longer than {longest} bytes")));
            }
        }
        if self.status == EventStatus::Cancelled {
            faults.push(FieldError::new("event.status", "delete the event instead"));
        }
    }

    fn check_attendees(&self, faults: &mut Vec<FieldError>) {
        if self.attendees.len() > MOST_ATTENDEES {
            let message = format!("more than {MOST_ATTENDEES} attendees");
            faults.push(FieldError::new("event.attendees", message));
        }
        for (index, attendee) in self.attendees.iter().enumerate() {
            if !looks_like_address(&attendee.email) {
                let field = format!("event.attendees.{index}.email");
                faults.push(FieldError::new(field, "not an e-mail address"));
            }
        }
    }

    fn check_reminders(&self, faults: &mut Vec<FieldError>) {
        for (index, reminder) in self.reminders.iter().flatten().enumerate() {
            if reminder.minutes > LONGEST_REMINDER {
                let field = format!("event.reminders.{index}.minutes");
                faults.push(FieldError::new(field, format!("at most {LONGEST_REMINDER}")));
            }
        }
    }

    fn check_recurrence(&self, start: &EventTime, faults: &mut Vec<FieldError>) {
        if self.recurrence.len() > MOST_LINES {
            let message = format!("more than {MOST_LINES} lines");
            faults.push(FieldError::new("event.recurrence", message));
        }
        for (index, line) in self.recurrence.iter().enumerate() {
            if !is_recurrence_line(line) {
                faults.push(FieldError::new(
                    format!("event.recurrence.{index}"),
                    "not an RRULE, RDATE or EXDATE line of RFC 5545",
                ));
            }
        }
        let floats = matches!(start, EventTime::Instant { .. }) && self.start.time_zone.is_none();
        if !self.recurrence.is_empty() && floats {
            faults.push(FieldError::new(
                "event.start.time_zone",
                "a recurring event needs the zone in which it recurs",
            ));
        }
    }
}

/// Reads `notify`: `all`, `external` or `none`.
///
/// # Errors
/// `Invalid` with the known words.
pub(super) fn read_notify(word: Option<&str>) -> Result<Notify, HubError> {
    match word {
        None | Some("all") => Ok(Notify::All),
        Some("external") => Ok(Notify::External),
        Some("none") => Ok(Notify::None),
        Some(_) => Err(HubError::invalid("notify", "give all, external or none")),
    }
}

/// Refuses what no vendor's calendar is called.
///
/// # Errors
/// `Invalid` for `field`.
pub(super) fn check_calendar_id(field: &str, id: &str) -> Result<(), HubError> {
    // Ids become segments of vendors' addresses, in which dots lead elsewhere.
    if matches!(id, "." | "..") {
        return Err(HubError::invalid(field, "no calendar has such an id"));
    }
    if (1..=512).contains(&id.len()) && !id.chars().any(char::is_control) {
        return Ok(());
    }
    Err(HubError::invalid(field, "a calendar's id has 1 to 512 bytes and no control characters"))
}

fn keep<T>(faults: &mut Vec<FieldError>, read: Result<T, FieldError>) -> Option<T> {
    read.map_err(|fault| faults.push(fault)).ok()
}

fn is_recurrence_line(line: &str) -> bool {
    let name = line.split([':', ';']).next().unwrap_or_default();
    let known = ["RRULE", "RDATE", "EXDATE"].contains(&name);
    let shaped = match name {
        "RRULE" => line.contains("FREQ="),
        _ => line.contains(':'),
    };
    known && shaped && line.len() <= 4096 && !line.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(input: Value) -> Vec<String> {
        let input: EventInput = serde_json::from_value(input).unwrap();
        match input.check() {
            Err(HubError::Invalid(faults)) => faults.into_iter().map(|f| f.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_faults_come_at_once_with_their_fields() {
        let fields = faults(json!({
            "start": {"date_time": "2026-03-29T02:30:00", "time_zone": "Europe/Berlin"},
            "end": {"date_time": "2026-03-29T04:00:00", "time_zone": "Europe/Bonn"},
            "attendees": [{"email": "ada@example.com"}, {"email": "nobody"}],
            "reminders": [{"method": "popup", "minutes": 50000}],
            "status": "cancelled",
        }));
        assert_eq!(
            fields,
            [
                "event.start.date_time",
                "event.end.time_zone",
                "event.status",
                "event.attendees.1.email",
                "event.reminders.0.minutes",
            ]
        );
    }

    #[test]
    fn a_series_needs_a_zone_and_lines_of_the_rfc() {
        let fields = faults(json!({
            "start": {"date_time": "2026-03-29T10:00:00Z"},
            "end": {"date_time": "2026-03-29T11:00:00Z"},
            "recurrence": ["RRULE:FREQ=WEEKLY", "every week"],
        }));
        assert_eq!(fields, ["event.recurrence.1", "event.start.time_zone"]);
    }

    #[test]
    fn an_answer_can_be_sent_back() {
        let input: EventInput = serde_json::from_value(json!({
            "id": "abc", "calendar_id": "primary", "etag": "\"1\"", "html_url": "https://x.test",
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
            "organizer": {"email": "a@b.test", "is_self": true},
            "conference": {"url": "https://meet.test", "name": "Meet", "status": "ready"},
            "start": {"date": "2026-12-24"}, "end": {"date": "2026-12-25"},
        }))
        .unwrap();
        assert!(!input.check().unwrap().conference_requested);
    }
}
