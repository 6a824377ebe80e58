//! `GET /api/calendar/events`

use axum::{Json, extract::State};
use mortise_plugin_api::calendar::Event;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::{EventItem, HubError, ListQuery, Window},
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::Params,
        openapi::Problems,
        view::{LinkView, shown},
    },
};

/// Which events to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    /// RFC 3339 with offset: events that end after it.
    #[param(required = true)]
    start: Option<String>,
    /// RFC 3339 with offset: events that start before it; at most 366 days after `start`.
    #[param(required = true)]
    end: Option<String>,
    /// Only at this vendor.
    provider: Option<String>,
    /// Only in this calendar; absent: each account's main one.
    calendar_id: Option<String>,
    /// Events per vendor and page, 1 to 250; 100 where absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the other parameters unchanged.
    cursor: Option<String>,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub struct EventListView {
    /// In order of start.
    pub items: Vec<EventItemView>,
    /// Where the next page starts; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Broken events and vendors that could not be asked, one sentence each.
    pub warnings: Vec<String>,
    /// Whether a vendor could not be asked.
    pub partial: bool,
}

/// An event, linked or not.
#[derive(Serialize, ToSchema)]
pub struct EventItemView {
    /// `google_calendar`.
    pub provider: String,
    /// The event.
    pub event: Event,
    /// Its link, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkView>,
}

impl From<EventItem> for EventItemView {
    fn from(item: EventItem) -> Self {
        Self {
            provider: item.provider.to_string(),
            event: shown(item.event),
            link: item.link.as_ref().map(LinkView::from),
        }
    }
}

/// Lists the events of each connected account's main calendar in a window, series expanded.
#[utoipa::path(
    get, path = "/api/calendar/events", tag = "calendar",
    params(
        ListParams,
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    responses((status = 200, description = "A page", body = EventListView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn list(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    Params(params): Params<ListParams>,
) -> Result<Json<EventListView>, Problem> {
    let window = Window::read(params.start.as_deref(), params.end.as_deref())?;
    let limit = params.limit.unwrap_or(100);
    if !(1..=250).contains(&limit) {
        return Err(HubError::invalid("limit", "give 1 to 250").into());
    }
    let query = ListQuery {
        window,
        provider: params.provider,
        calendar_id: params.calendar_id,
        limit,
        cursor: params.cursor,
    };
    let list = state.hub.events(&caller, query).await?;
    Ok(Json(EventListView {
        items: list.items.into_iter().map(EventItemView::from).collect(),
        next_cursor: list.next_cursor,
        warnings: list.warnings,
        partial: list.partial,
    }))
}
