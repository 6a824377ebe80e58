//! Graph's JSON as far as it is read by name. The field names are those of the service's metadata.
//!
//! Every field of an item is optional: what the model needs is checked where it is mapped. What
//! makes an answer the one that was asked for is demanded, so that another object, such as an error
//! with status 200, is not taken for an empty page.

use mortise_plugin_api::Value;
use serde::Deserialize;

/// A page of anything; the items are read one by one, so that a broken one spoils itself only.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub(crate) value: Vec<Value>,
    #[serde(rename = "@odata.nextLink")]
    pub(crate) next_link: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(crate) delta_link: Option<String>,
}

/// `microsoft.graph.dateTimeTimeZone`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DateTimeTimeZone {
    pub(crate) date_time: Option<String>,
    pub(crate) time_zone: Option<String>,
}

/// `microsoft.graph.itemBody`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ItemBody {
    pub(crate) content: Option<String>,
    pub(crate) content_type: Option<String>,
}

/// `microsoft.graph.location`, as far as the model has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Location {
    pub(crate) display_name: Option<String>,
}

/// `microsoft.graph.attendee`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attendee {
    pub(crate) email_address: Option<EmailAddress>,
    pub(crate) status: Option<ResponseStatus>,
    pub(crate) r#type: Option<String>,
}

/// `microsoft.graph.recipient`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recipient {
    pub(crate) email_address: Option<EmailAddress>,
}

/// `microsoft.graph.emailAddress`.
#[derive(Debug, Deserialize)]
pub(crate) struct EmailAddress {
    pub(crate) address: Option<String>,
    pub(crate) name: Option<String>,
}

/// `microsoft.graph.responseStatus`.
#[derive(Debug, Deserialize)]
pub(crate) struct ResponseStatus {
    pub(crate) response: Option<String>,
}

/// `microsoft.graph.onlineMeetingInfo`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OnlineMeetingInfo {
    pub(crate) join_url: Option<String>,
}

/// `microsoft.graph.patternedRecurrence`.
#[derive(Debug, Deserialize)]
pub(crate) struct PatternedRecurrence {
    pub(crate) pattern: RecurrencePattern,
    pub(crate) range: RecurrenceRange,
}

/// `microsoft.graph.recurrencePattern`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecurrencePattern {
    pub(crate) r#type: String,
    pub(crate) interval: Option<u32>,
    pub(crate) month: Option<u32>,
    pub(crate) day_of_month: Option<u32>,
    pub(crate) days_of_week: Option<Vec<String>>,
    pub(crate) first_day_of_week: Option<String>,
    pub(crate) index: Option<String>,
}

/// `microsoft.graph.recurrenceRange`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecurrenceRange {
    pub(crate) r#type: String,
    pub(crate) end_date: Option<String>,
    pub(crate) number_of_occurrences: Option<u32>,
    pub(crate) recurrence_time_zone: Option<String>,
}

/// `microsoft.graph.calendar`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Calendar {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) is_default_calendar: Option<bool>,
    pub(crate) can_edit: Option<bool>,
    pub(crate) can_share: Option<bool>,
    pub(crate) owner: Option<EmailAddress>,
    pub(crate) default_online_meeting_provider: Option<String>,
    pub(crate) allowed_online_meeting_providers: Option<Vec<String>>,
}

/// An event, as far as it takes time.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TakenTime {
    pub(crate) start: Option<DateTimeTimeZone>,
    pub(crate) end: Option<DateTimeTimeZone>,
    pub(crate) is_all_day: Option<bool>,
    pub(crate) is_cancelled: Option<bool>,
    pub(crate) original_start_time_zone: Option<String>,
    pub(crate) original_end_time_zone: Option<String>,
    pub(crate) response_status: Option<ResponseStatus>,
    pub(crate) show_as: Option<String>,
}

/// `microsoft.graph.scheduleInformation`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScheduleInformation {
    pub(crate) availability_view: Option<String>,
    pub(crate) schedule_items: Option<Vec<ScheduleItem>>,
    pub(crate) error: Option<FreeBusyError>,
}

/// `microsoft.graph.scheduleItem`.
#[derive(Debug, Deserialize)]
pub(crate) struct ScheduleItem {
    pub(crate) start: DateTimeTimeZone,
    pub(crate) end: DateTimeTimeZone,
    pub(crate) status: Option<String>,
}

/// `microsoft.graph.freeBusyError`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FreeBusyError {
    pub(crate) response_code: Option<String>,
}
