//! The `calendar` capability: one model of events over all vendors.

mod event;
mod operations;

use std::{future::Future, sync::Arc};

pub use event::{
    Attendee, Conference, ConferenceStatus, Event, EventDraft, EventStatus, EventTime, Person,
    Reminder, ReminderMethod, ResponseStatus, Transparency, Visibility,
};
pub use operations::{
    Busy, CalendarBusy, CalendarInfo, CalendarPage, CreateEvent, DeleteEvent, EventPage, EventRef,
    FreeBusy, FreeBusyQuery, ListCalendars, ListEvents, Notify, UpdateEvent,
};

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
