//! The model of an event.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// When an event starts or ends. Both ends of an event are of the same kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum EventTime {
    /// A moment, and the zone in which people think of it.
    Instant {
        /// RFC 3339 with offset.
        date_time: DateTime<FixedOffset>,
        /// IANA name, `Europe/Berlin`.
        time_zone: String,
    },
    /// A whole day. As an end it is exclusive: a one-day event ends on the next day.
    Day {
        /// ISO 8601 date.
        date: NaiveDate,
    },
}

/// An event as it shall be: the input of create and update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventDraft {
    /// Title; absent is allowed and shown by vendors in their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Free text; vendors may read it as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where, as free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// First moment or day.
    pub start: EventTime,
    /// First moment or day after it.
    pub end: EventTime,
    /// Guests; the vendor may add the organiser by itself.
    #[serde(default)]
    pub attendees: Vec<Attendee>,
    /// RFC 5545 lines: `RRULE:...`, `RDATE:...`, `EXDATE:...`; empty for a single event.
    #[serde(default)]
    pub recurrence: Vec<String>,
    /// Reminders; absent: the calendar's defaults, empty: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<Vec<Reminder>>,
    /// Whether a video conference is to be attached. An existing one stays.
    #[serde(default)]
    pub conference_requested: bool,
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
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// An event as the vendor has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// The vendor's id.
    pub id: String,
    /// The calendar that it is in.
    pub calendar_id: String,
    /// Title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Free text; vendors may read it as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where, as free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// First moment or day.
    pub start: EventTime,
    /// First moment or day after it.
    pub end: EventTime,
    /// Guests with their answers.
    #[serde(default)]
    pub attendees: Vec<Attendee>,
    /// Who invites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizer: Option<Person>,
    /// RFC 5545 lines of a series; empty for a single event and for an instance.
    #[serde(default)]
    pub recurrence: Vec<String>,
    /// The series of which this is an instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series_id: Option<String>,
    /// Reminders; absent: the calendar's defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<Vec<Reminder>>,
    /// The video conference, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conference: Option<Conference>,
    /// Whether the event blocks time.
    #[serde(default)]
    pub transparency: Transparency,
    /// Who may see it.
    #[serde(default)]
    pub visibility: Visibility,
    /// Whether it takes place.
    #[serde(default)]
    pub status: EventStatus,
    /// The vendor's version of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The event's page at the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html_url: Option<String>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
    /// The vendor's own fields, by the vendor's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub extra: Map<String, Value>,
}

/// A guest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attendee {
    /// E-mail address.
    pub email: String,
    /// A name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The guest's answer.
    #[serde(default)]
    pub response: ResponseStatus,
    /// Whether the guest may stay away.
    #[serde(default)]
    pub optional: bool,
}

/// A person as an organiser.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    /// E-mail address, where the vendor shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it is the connected account.
    #[serde(default)]
    pub is_self: bool,
}

/// A guest's answer (RFC 5545 PARTSTAT).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResponseStatus {
    /// No answer yet.
    #[default]
    NeedsAction,
    /// Comes.
    Accepted,
    /// Comes perhaps.
    Tentative,
    /// Does not come.
    Declined,
}

/// A reminder before the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reminder {
    /// How.
    pub method: ReminderMethod,
    /// Minutes before the start.
    pub minutes: u32,
}

/// How a reminder is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReminderMethod {
    /// In the calendar's own pages and apps.
    Popup,
    /// By mail.
    Email,
}

/// A video conference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conference {
    /// Where to join; absent while it is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The service's name, `Google Meet`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it can be joined yet.
    #[serde(default)]
    pub status: ConferenceStatus,
}

/// How far a conference has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConferenceStatus {
    /// Can be joined.
    #[default]
    Ready,
    /// The vendor is still making it: read the event again.
    Pending,
    /// The vendor could not make it.
    Failed,
}

/// Whether an event blocks time (RFC 5545 TRANSP).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Transparency {
    /// Blocks time.
    #[default]
    Busy,
    /// Does not.
    Free,
}

/// Who may see an event (RFC 5545 CLASS).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// As the calendar is set.
    #[default]
    Default,
    /// Everybody who sees the calendar.
    Public,
    /// Guests only.
    Private,
    /// Guests only, and vendors that know the difference say so.
    Confidential,
}

/// Whether an event takes place (RFC 5545 STATUS).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// It does.
    #[default]
    Confirmed,
    /// Perhaps.
    Tentative,
    /// It does not, or it was deleted.
    Cancelled,
}
