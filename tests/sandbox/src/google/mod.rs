//! Google: the authorization server, and version 3 of the Calendar API.

mod access;
mod calendars;
mod conference;
mod error;
mod event;
mod events;
mod freebusy;
mod methods;
mod oauth;
mod recurrence;
mod store;
mod time;

use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use axum::routing::{get, post};

use crate::backend::Backend;
use crate::oauth::AuthorizationServer;
use error::ApiError;
pub use store::{CalendarStore, HOLIDAYS_CALENDAR, StoredEvent};

type Google = Backend<CalendarStore>;

pub(crate) fn vendor() -> (AuthorizationServer, CalendarStore) {
    (AuthorizationServer::new(oauth::GoogleOAuth, "google", 3599), CalendarStore::default())
}

pub(crate) fn routes() -> Router<Arc<Google>> {
    let calendar = Router::new()
        .route("/calendar/v3/users/me/calendarList", get(calendars::list))
        .route("/calendar/v3/users/me/calendarList/{calendar}", get(calendars::get_entry))
        .route("/calendar/v3/calendars/{calendar}", get(calendars::get))
        .route(
            "/calendar/v3/calendars/{calendar}/events",
            get(events::list::list).post(events::insert::insert),
        )
        .route(
            "/calendar/v3/calendars/{calendar}/events/{event}",
            get(events::get::get)
                .patch(events::change::patch)
                .put(events::change::update)
                .delete(events::delete::delete),
        )
        .route("/calendar/v3/freeBusy", post(freebusy::query));
    crate::oauth::routes("/o/oauth2/v2/auth", "/token")
        .route("/revoke", post(oauth::revoke))
        .route("/oauth2/v2/userinfo", get(oauth::userinfo))
        .merge(crate::sandbox_events::routes())
        .merge(calendar)
        .fallback(|_: Method| async { ApiError::not_found() })
}
