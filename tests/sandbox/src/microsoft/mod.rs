//! Microsoft: the authorization server, and the calendar part of Graph v1.0.

mod calendars;
mod call;
mod control;
mod delta;
mod draft;
mod error;
mod event;
mod events;
mod filter;
mod ids;
mod me;
mod meeting;
mod oauth;
mod order;
mod prefer;
mod recurrence;
mod schedule;
mod schema;
mod select;
mod store;
mod tenant;
mod text;
mod time;
mod view;
mod zones;

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::backend::Backend;
use crate::oauth::AuthorizationServer;
use error::graph_error;
pub use store::{BIRTHDAYS_CALENDAR, FAMILY_CALENDAR, GraphApi, StoredGraphEvent};

type Microsoft = Backend<GraphApi>;

pub(crate) fn vendor() -> (AuthorizationServer, GraphApi) {
    (AuthorizationServer::new(oauth::MicrosoftOAuth, "microsoft", 3599), GraphApi::default())
}

pub(crate) fn routes() -> Router<Arc<Microsoft>> {
    let oauth =
        crate::oauth::routes("/{tenant}/oauth2/v2.0/authorize", "/{tenant}/oauth2/v2.0/token")
            .route_layer(middleware::from_fn(tenant::layer));
    let control = crate::sandbox_events::routes()
        .route("/_sandbox/events/move", post(control::move_event))
        .route("/_sandbox/expire-sync-tokens", post(control::expire_sync_tokens));
    let graph = Router::new()
        .route("/v1.0/me", get(me::get))
        .route("/v1.0/me/mailboxSettings", get(me::mailbox_settings))
        .route("/v1.0/me/calendar", get(calendars::get))
        .route("/v1.0/me/calendar/getSchedule", post(schedule::query))
        .route("/v1.0/me/calendars", get(calendars::list))
        .route("/v1.0/me/calendars/{calendar}", get(calendars::get))
        .route("/v1.0/me/calendars/{calendar}/getSchedule", post(schedule::query))
        .route("/v1.0/me/events/{event}/instances", get(view::instances))
        .merge(calendar_routes("/v1.0/me"))
        .merge(calendar_routes("/v1.0/me/calendar"))
        .merge(calendar_routes("/v1.0/me/calendars/{calendar}"));
    oauth
        .merge(control)
        .merge(graph)
        .method_not_allowed_fallback(|| async {
            let message = "The HTTP method is not allowed for this resource.";
            graph_error(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", message)
        })
        .fallback(|_: Method| async {
            let message = "Resource not found for the segment.";
            graph_error(StatusCode::NOT_FOUND, "BadRequest", message)
        })
}

/// What each of the three ways to a calendar has.
fn calendar_routes(base: &str) -> Router<Arc<Microsoft>> {
    Router::new()
        .route(&format!("{base}/events"), get(events::list::list).post(events::create::create))
        .route(
            &format!("{base}/events/{{event}}"),
            get(events::get::get).patch(events::change::change).delete(events::delete::delete),
        )
        .route(&format!("{base}/calendarView"), get(view::list))
        .route(&format!("{base}/calendarView/delta"), get(delta::delta))
}
