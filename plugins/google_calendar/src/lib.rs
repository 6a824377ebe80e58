//! Google Calendar for Mortise, against version 3 of the Calendar API.

mod calendars;
mod draft;
mod errors;
mod event;
mod events;
mod free_busy;
mod manifest;
mod wire;

use mortise_plugin_api::{
    Account, Context, Error, Manifest, Provider, Response, Result, RouteRequest, Routes, Settings,
    Value,
    calendar::{
        Calendar, CalendarPage, CreateEvent, DeleteEvent, Event, EventPage, EventRef, FreeBusy,
        FreeBusyQuery, ListCalendars, ListEvents, UpdateEvent,
    },
};

/// The provider. It has no settings and no state.
pub struct GoogleCalendar;

impl Provider for GoogleCalendar {
    fn manifest() -> Manifest {
        manifest::manifest()
    }

    fn new(_settings: &Settings) -> Result<Self> {
        Ok(Self)
    }

    fn vendor_error(answer: &Response) -> Error {
        errors::read(answer)
    }

    async fn identify(&self, cx: &Context) -> Result<Account> {
        calendars::identify(cx).await
    }
}

impl Calendar for GoogleCalendar {
    async fn create_event(&self, cx: &Context, input: CreateEvent) -> Result<Event> {
        events::create(cx, input).await
    }

    async fn get_event(&self, cx: &Context, at: EventRef) -> Result<Event> {
        events::get(cx, &at).await
    }

    async fn update_event(&self, cx: &Context, input: UpdateEvent) -> Result<Event> {
        events::update(cx, input).await
    }

    async fn delete_event(&self, cx: &Context, input: DeleteEvent) -> Result<()> {
        events::delete(cx, &input).await
    }

    async fn list_events(&self, cx: &Context, input: ListEvents) -> Result<EventPage> {
        events::list(cx, &input).await
    }

    async fn free_busy(&self, cx: &Context, input: FreeBusyQuery) -> Result<FreeBusy> {
        free_busy::query(cx, input).await
    }

    async fn list_calendars(&self, cx: &Context, input: ListCalendars) -> Result<CalendarPage> {
        calendars::list(cx, input.page.as_deref()).await.map(|listed| listed.page)
    }
}

impl Routes for GoogleCalendar {
    async fn route(&self, cx: &Context, operation: &str, request: RouteRequest) -> Result<Value> {
        match operation {
            calendars::ROUTE => calendars::route(cx, &request).await,
            _ => Err(Error::not_supported(operation)),
        }
    }
}

mortise_plugin_api::export_plugin!(GoogleCalendar: Calendar, Routes);
