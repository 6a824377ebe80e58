//! The `calendar` capability: one model of events over all vendors.

use std::{future::Future, sync::Arc};

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    context::Context,
    error::Result,
    export::{Answer, reply},
};

/// The capability's name.
pub const CAPABILITY: &str = "calendar";

/// All operations of the capability, for a manifest that has all of them.
pub const OPERATIONS: &[&str] = &[
    "create_event",
    "get_event",
    "update_event",
    "delete_event",
    "list_events",
    "free_busy",
    "list_calendars",
];

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

/// The operations of a calendar vendor. Name them in `manifest.capabilities`; the host calls no
/// other.
///
/// All may fail with `Unauthorized` (the host refreshes and repeats), `Forbidden`, `MissingScope`,
/// `RateLimited`, `Unavailable`, `Timeout` and `BadAnswer`.
pub trait Calendar: Send + Sync + 'static {
    /// Creates an event. Repeated with the same key it makes no second one: it answers with the
    /// first, or fails with `Conflict` where that one was deleted since.
    fn create_event(
        &self,
        cx: &Context,
        input: CreateEvent,
    ) -> impl Future<Output = Result<Event>> + Send;

    /// Reads an event. Fails with `NotFound` or `Gone`; a deleted one that the vendor still shows
    /// has status `cancelled`.
    fn get_event(&self, cx: &Context, at: EventRef) -> impl Future<Output = Result<Event>> + Send;

    /// Replaces an event's fields. Fails with `NotFound`, `Gone`, `PreconditionFailed`.
    fn update_event(
        &self,
        cx: &Context,
        input: UpdateEvent,
    ) -> impl Future<Output = Result<Event>> + Send;

    /// Deletes an event. Fails with `NotFound` or `Gone` where there is none (the host takes both
    /// as done), `PreconditionFailed`.
    fn delete_event(
        &self,
        cx: &Context,
        input: DeleteEvent,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Lists a window's events in order of start, series expanded; or what changed since `sync`.
    /// A broken item becomes a warning. Fails with `CursorLost` for a page or sync cursor that is
    /// no longer good.
    fn list_events(
        &self,
        cx: &Context,
        input: ListEvents,
    ) -> impl Future<Output = Result<EventPage>> + Send;

    /// Busy time of many calendars. A calendar that the vendor cannot answer for has an `error`.
    fn free_busy(
        &self,
        cx: &Context,
        input: FreeBusyQuery,
    ) -> impl Future<Output = Result<FreeBusy>> + Send;

    /// The account's calendars.
    fn list_calendars(
        &self,
        cx: &Context,
        input: ListCalendars,
    ) -> impl Future<Output = Result<CalendarPage>> + Send;
}

/// Starts an operation of the capability; `None` where the name is not one of them.
#[doc(hidden)]
pub fn dispatch<P: Calendar>(
    provider: Arc<P>,
    cx: Context,
    operation: &str,
    input: &[u8],
) -> Option<Answer> {
    Some(match operation.strip_prefix("calendar.")? {
        "create_event" => reply(input, async move |i| provider.create_event(&cx, i).await),
        "get_event" => reply(input, async move |i| provider.get_event(&cx, i).await),
        "update_event" => reply(input, async move |i| provider.update_event(&cx, i).await),
        "delete_event" => reply(input, async move |i| provider.delete_event(&cx, i).await),
        "list_events" => reply(input, async move |i| provider.list_events(&cx, i).await),
        "free_busy" => reply(input, async move |i| provider.free_busy(&cx, i).await),
        "list_calendars" => reply(input, async move |i| provider.list_calendars(&cx, i).await),
        _ => return None,
    })
}
