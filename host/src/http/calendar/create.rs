//! `POST /api/calendar/events`

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{entity, etag};
use crate::{
    app::{CreateRequest, EventInput},
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{Body, NoParams},
        openapi::Problems,
        view::LinkedEventView,
    },
};

/// An event to be made and linked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// The record's type: `appointment`.
    pub entity_type: String,
    /// The record's id: `123`.
    pub entity_id: String,
    /// At which vendor; absent: in the user's primary calendar, or the only one that is connected.
    #[serde(default)]
    pub provider: Option<String>,
    /// In which of its calendars; absent: the user's primary one where it is at this vendor, else the
    /// account's main one.
    #[serde(default)]
    pub calendar_id: Option<String>,
    /// Write it although the time is taken.
    #[serde(default)]
    pub allow_conflicts: bool,
    /// Of a calendar that cannot be asked whether the time is free: `refuse` (absent) writes
    /// nothing, `ignore` leaves it out and names it in `warnings`.
    #[serde(default)]
    pub on_unavailable: Option<String>,
    /// Who gets mail: `all`, `external` or `none`.
    #[serde(default)]
    pub notify: Option<String>,
    /// The event.
    pub event: EventInput,
}

/// Makes an event and links it to a record. The same call again makes no second event: it answers
/// 200 with the one that is there.
#[utoipa::path(
    post, path = "/api/calendar/events", tag = "calendar",
    params(("mortise-user" = Option<String>, Header, description = "With an API key: the user")),
    request_body = NewEvent,
    responses(
        (status = 201, description = "Made and linked", body = LinkedEventView),
        (status = 200, description = "It was there already", body = LinkedEventView),
        Problems,
    ),
    security(("api_key" = []), ("session" = []))
)]
pub async fn create(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    _: NoParams,
    Body(new): Body<NewEvent>,
) -> Result<(StatusCode, HeaderMap, Json<LinkedEventView>), Problem> {
    let request = CreateRequest {
        entity: entity(new.entity_type, new.entity_id)?,
        event: new.event,
        provider: new.provider,
        calendar_id: new.calendar_id,
        allow_conflicts: new.allow_conflicts,
        on_unavailable: new.on_unavailable,
        notify: new.notify,
    };
    let (linked, made) = state.hub.create_event(&caller, request).await?;
    let view = LinkedEventView::from(linked);
    let mut headers = etag(&view);
    let segment = mortise_plugin_api::encode_segment;
    let at = format!(
        "/api/calendar/events/{}/{}",
        segment(&view.link.entity_type),
        segment(&view.link.entity_id)
    );
    headers.extend(HeaderValue::from_str(&at).ok().map(|at| (header::LOCATION, at)));
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, headers, Json(view)))
}
