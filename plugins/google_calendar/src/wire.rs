//! Google's JSON as far as it is read by name. The field names are those of the discovery document.
//!
//! Every field of an item is optional: what the model needs is checked where it is mapped. What
//! makes an answer the one that was asked for is demanded, so that another object, such as an error
//! with status 200, is not taken for an empty page.

use std::collections::BTreeMap;

use mortise_plugin_api::{
    Value,
    chrono::{DateTime, Utc},
};
use serde::Deserialize;

/// An `EventDateTime`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventDateTime {
    pub(crate) date: Option<String>,
    pub(crate) date_time: Option<String>,
    pub(crate) time_zone: Option<String>,
}

/// An `EventAttendee`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attendee {
    pub(crate) email: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) response_status: Option<String>,
    pub(crate) optional: Option<bool>,
}

/// `Event.organizer`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Organizer {
    pub(crate) email: Option<String>,
    pub(crate) display_name: Option<String>,
    #[serde(rename = "self")]
    pub(crate) is_self: Option<bool>,
}

/// `Event.reminders`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reminders {
    pub(crate) use_default: Option<bool>,
    pub(crate) overrides: Option<Vec<EventReminder>>,
}

/// An `EventReminder`.
#[derive(Debug, Deserialize)]
pub(crate) struct EventReminder {
    pub(crate) method: Option<String>,
    pub(crate) minutes: Option<u32>,
}

/// A `ConferenceData`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConferenceData {
    pub(crate) conference_solution: Option<ConferenceSolution>,
    pub(crate) create_request: Option<CreateConferenceRequest>,
    pub(crate) entry_points: Option<Vec<EntryPoint>>,
}

/// A `ConferenceSolution`.
#[derive(Debug, Deserialize)]
pub(crate) struct ConferenceSolution {
    pub(crate) name: Option<String>,
}

/// A `CreateConferenceRequest`.
#[derive(Debug, Deserialize)]
pub(crate) struct CreateConferenceRequest {
    pub(crate) status: Option<ConferenceRequestStatus>,
}

/// A `ConferenceRequestStatus`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConferenceRequestStatus {
    pub(crate) status_code: Option<String>,
}

/// An `EntryPoint`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryPoint {
    pub(crate) entry_point_type: Option<String>,
    pub(crate) uri: Option<String>,
}

/// An `Events`; the items are read one by one, so that a broken one spoils itself only.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Events {
    pub(crate) items: Vec<Value>,
    pub(crate) next_page_token: Option<String>,
    pub(crate) next_sync_token: Option<String>,
    pub(crate) time_zone: Option<String>,
}

/// A `CalendarList`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CalendarList {
    pub(crate) items: Vec<Value>,
    pub(crate) next_page_token: Option<String>,
}

/// A `CalendarListEntry`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CalendarListEntry {
    pub(crate) id: String,
    pub(crate) summary: Option<String>,
    pub(crate) summary_override: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) access_role: Option<String>,
    pub(crate) primary: Option<bool>,
    pub(crate) deleted: Option<bool>,
    pub(crate) hidden: Option<bool>,
}

/// A `FreeBusyResponse`; the calendars are read one by one.
#[derive(Debug, Deserialize)]
pub(crate) struct FreeBusyResponse {
    pub(crate) calendars: BTreeMap<String, Value>,
}

/// A `FreeBusyCalendar`.
#[derive(Debug, Deserialize)]
pub(crate) struct FreeBusyCalendar {
    pub(crate) busy: Option<Vec<TimePeriod>>,
    pub(crate) errors: Option<Vec<CalendarError>>,
}

/// A `TimePeriod`.
#[derive(Debug, Deserialize)]
pub(crate) struct TimePeriod {
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
}

/// An `Error` of a `FreeBusyCalendar`.
#[derive(Debug, Deserialize)]
pub(crate) struct CalendarError {
    pub(crate) reason: Option<String>,
}
