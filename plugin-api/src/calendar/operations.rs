//! What the operations take and give.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::event::{Event, EventDraft};

/// Who gets mail about a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Notify {
    /// All guests.
    #[default]
    All,
    /// Guests outside the vendor's own calendars.
    External,
    /// Nobody, where the vendor can be told so.
    None,
}

/// An event's place at the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// The calendar's id.
    pub calendar: String,
    /// The event's id.
    pub event: String,
}

/// Input of `create_event`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateEvent {
    /// The calendar's id.
    pub calendar: String,
    /// 52 characters of base32hex (`0-9a-v`), the same for every repetition of one creation. A
    /// vendor that takes own ids gets it as the event's id, one with idempotency keys as that.
    pub key: String,
    /// The event.
    pub event: EventDraft,
    /// Who gets mail.
    #[serde(default)]
    pub notify: Notify,
}

/// Input of `update_event`. The draft replaces every field of the model; the vendor's fields that
/// `extra` does not name stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateEvent {
    /// Which one.
    pub at: EventRef,
    /// What it shall be.
    pub event: EventDraft,
    /// Fail with `PreconditionFailed` unless the vendor's version is this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<String>,
    /// Who gets mail.
    #[serde(default)]
    pub notify: Notify,
}

/// Input of `delete_event`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteEvent {
    /// Which one.
    pub at: EventRef,
    /// Fail with `PreconditionFailed` unless the vendor's version is this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<String>,
    /// Who gets mail.
    #[serde(default)]
    pub notify: Notify,
}

/// Input of `list_events`: a window, or what changed since a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEvents {
    /// The calendar's id.
    pub calendar: String,
    /// Events that end after it; series are expanded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<DateTime<Utc>>,
    /// Events that start before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<DateTime<Utc>>,
    /// Events per page at most; the vendor may give fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next_page` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// `next_sync` of an earlier list: what changed since; not together with a window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<String>,
}

/// A page of events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EventPage {
    /// The events that could be read.
    pub events: Vec<Event>,
    /// Where the next page starts; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
    /// Where a later call can go on; on the last page only, where the vendor has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_sync: Option<String>,
    /// Items that the vendor sent broken, one sentence each. They are not in `events`.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Input of `free_busy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeBusyQuery {
    /// Calendar ids; any number, the plugin splits to the vendor's limit.
    pub calendars: Vec<String>,
    /// Window start, inclusive.
    pub start: DateTime<Utc>,
    /// Window end, exclusive.
    pub end: DateTime<Utc>,
}

/// Busy time per calendar, in the order asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FreeBusy {
    /// One entry per calendar.
    pub calendars: Vec<CalendarBusy>,
}

/// One calendar's busy time, or why it is not known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CalendarBusy {
    /// The calendar's id.
    pub calendar: String,
    /// Half-open blocks.
    #[serde(default)]
    pub busy: Vec<Busy>,
    /// Why the vendor did not say, one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A half-open block of time: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Busy {
    /// First moment.
    pub start: DateTime<Utc>,
    /// First moment after it.
    pub end: DateTime<Utc>,
}

/// Input of `list_calendars`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCalendars {
    /// `next_page` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// A page of calendars.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarPage {
    /// The calendars.
    pub calendars: Vec<CalendarInfo>,
    /// Where the next page starts; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
}

/// A calendar of the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarInfo {
    /// The vendor's id.
    pub id: String,
    /// A name to show.
    pub name: String,
    /// IANA zone, where the vendor tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Whether it is the account's main calendar.
    #[serde(default)]
    pub primary: bool,
    /// Whether events can be written.
    #[serde(default)]
    pub writable: bool,
    /// Whether its busy time is the user's own: false for subscriptions and foreign calendars.
    #[serde(default)]
    pub counts_as_busy: bool,
}
