//! A well-behaved plugin: a little calendar, a route, a setting, an account.

use mortise_fixture_plugins::{manifest, route};
use mortise_plugin_api::{
    Account, Context, Error, Manifest, Provider, Result, RouteRequest, Routes, Scope, Settings,
    Value,
    calendar::{
        Calendar, CalendarPage, CreateEvent, DeleteEvent, Event, EventPage, EventRef, FreeBusy,
        FreeBusyQuery, ListCalendars, ListEvents, UpdateEvent,
    },
    json, path,
};

struct Echo {
    greeting: String,
}

impl Provider for Echo {
    fn manifest() -> Manifest {
        let mut manifest = manifest("echo")
            .with_capability("calendar", &["get_event", "delete_event", "list_calendars"]);
        manifest.identify = true;
        manifest.hosts = vec!["files.example.com".to_owned()];
        manifest.oauth.authorize_url = "https://login.example.com/{tenant}/authorize".to_owned();
        manifest.routes.push(route("GET", "calendars/{calendar}/colours", "colours"));
        manifest.scopes = vec![Scope {
            name: "events".to_owned(),
            why: "To read and delete your events.".to_owned(),
            operations: vec!["calendar.get_event".to_owned(), "calendar.delete_event".to_owned()],
            unreported: false,
        }];
        manifest.settings_schema = json!({
            "type": "object",
            "properties": {
                "tenant": {"type": "string", "default": "common"},
                "greeting": {"type": "string", "default": "hello"}
            }
        });
        manifest
    }

    fn new(settings: &Settings) -> Result<Self> {
        let greeting = settings.get("greeting")?.unwrap_or_else(|| "hello".to_owned());
        if greeting.is_empty() {
            return Err(Error::invalid("settings.greeting", "must not be empty"));
        }
        Ok(Self { greeting })
    }

    async fn identify(&self, cx: &Context) -> Result<Account> {
        cx.get("/me").send().await
    }
}

impl Calendar for Echo {
    async fn get_event(&self, cx: &Context, at: EventRef) -> Result<Event> {
        cx.get(path!("/calendars/{}/events/{}", at.calendar, at.event)).send().await
    }

    async fn delete_event(&self, cx: &Context, input: DeleteEvent) -> Result<()> {
        let EventRef { calendar, event } = input.at;
        let request = cx.delete(path!("/calendars/{}/events/{}", calendar, event));
        request.if_match(input.if_match.as_deref()).send_no_body().await
    }

    async fn list_calendars(&self, cx: &Context, input: ListCalendars) -> Result<CalendarPage> {
        cx.get("/calendars").maybe_query("page", input.page).send().await
    }

    async fn create_event(&self, _: &Context, _: CreateEvent) -> Result<Event> {
        Err(Error::not_supported("calendar.create_event"))
    }

    async fn update_event(&self, _: &Context, _: UpdateEvent) -> Result<Event> {
        Err(Error::not_supported("calendar.update_event"))
    }

    async fn list_events(&self, _: &Context, _: ListEvents) -> Result<EventPage> {
        Err(Error::not_supported("calendar.list_events"))
    }

    async fn free_busy(&self, _: &Context, _: FreeBusyQuery) -> Result<FreeBusy> {
        Err(Error::not_supported("calendar.free_busy"))
    }
}

impl Routes for Echo {
    async fn route(&self, cx: &Context, operation: &str, request: RouteRequest) -> Result<Value> {
        match operation {
            "ask" => Ok(json!({"from": "echo", "greeting": self.greeting, "asked": request.query})),
            "colours" => {
                let calendar = request.path.get("calendar").map_or("", String::as_str);
                cx.get(path!("/calendars/{}/colours", calendar)).send().await
            }
            _ => Err(Error::not_supported(operation)),
        }
    }
}

mortise_plugin_api::export_plugin!(Echo: Calendar, Routes);
