//! Outlook (Microsoft 365 and outlook.com) for Mortise, over Microsoft Graph 1.0.

mod body;
mod calendars;
mod draft;
mod errors;
mod event;
mod events;
mod free_busy;
mod graph;
mod list;
mod manifest;
mod meetings;
mod occurrences;
mod recurrence;
mod times;
mod transactions;
mod wire;
mod words;
mod zones;

use mortise_plugin_api::{
    Account, Context, Error, Manifest, Provider, Response, Result, RouteRequest, Routes, Settings,
    Value,
    calendar::{
        Calendar, CalendarPage, CreateEvent, DeleteEvent, Event, EventPage, EventRef, FreeBusy,
        FreeBusyQuery, ListCalendars, ListEvents, UpdateEvent,
    },
};

/// The provider. Its one setting, `tenant`, is used in the OAuth addresses, by the host.
pub struct Outlook;

impl Provider for Outlook {
    fn manifest() -> Manifest {
        manifest::manifest()
    }

    fn new(settings: &Settings) -> Result<Self> {
        match settings.get::<String>("tenant")? {
            Some(tenant) if !is_tenant(&tenant) => Err(Error::invalid(
                "settings.tenant",
                "expected common, organizations, consumers, a tenant id or a domain",
            )),
            _ => Ok(Self),
        }
    }

    fn vendor_error(answer: &Response) -> Error {
        errors::read(answer)
    }

    async fn identify(&self, cx: &Context) -> Result<Account> {
        calendars::identify(cx).await
    }
}

impl Calendar for Outlook {
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
        list::list(cx, &input).await
    }

    async fn free_busy(&self, cx: &Context, input: FreeBusyQuery) -> Result<FreeBusy> {
        free_busy::query(cx, input).await
    }

    async fn list_calendars(&self, cx: &Context, input: ListCalendars) -> Result<CalendarPage> {
        calendars::list(cx, input.page.as_deref()).await.map(|listed| listed.page)
    }
}

impl Routes for Outlook {
    async fn route(&self, cx: &Context, operation: &str, request: RouteRequest) -> Result<Value> {
        match operation {
            calendars::ROUTE => calendars::route(cx, &request).await,
            _ => Err(Error::not_supported(operation)),
        }
    }
}

/// The tenant becomes a segment of the OAuth addresses' paths.
fn is_tenant(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let edges = [text.bytes().next(), text.bytes().next_back()];
    text.len() <= 253
        && text.bytes().all(allowed)
        && edges.iter().all(|edge| edge.is_some_and(|byte| byte.is_ascii_alphanumeric()))
}

mortise_plugin_api::export_plugin!(Outlook: Calendar, Routes);
