//! `PUT /api/calendar/events/{entity_type}/{entity_id}`

use axum::{Json, extract::State, http::HeaderMap};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{entity, etag, if_match};
use crate::{
    app::{EventInput, UpdateRequest},
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{Body, NoParams, Segments},
        openapi::Problems,
        view::LinkedEventView,
    },
};

/// A linked event as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedEvent {
    /// At which vendor; needed where the record is linked at several. One at which the record is
    /// not linked: the event moves there, from where it is.
    #[serde(default)]
    pub provider: Option<String>,
    /// In which calendar of that vendor a moved event shall be; absent: as for a new one. An event
    /// cannot change calendars within one account.
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
    /// The whole event: what it leaves out is cleared.
    pub event: EventInput,
}

/// Replaces a linked event. Fields of the vendor's own that `extra` does not name stay as they
/// are. `If-Match` with the event's `ETag` guards against changes made meanwhile.
///
/// With a `provider` at which the record is not linked the event moves there: it is made, then
/// deleted where it was. The same call again goes on after whatever went wrong; `move-unfinished`
/// says that the new event is there and the old one is not deleted yet. Until it has moved a PUT with
/// the old `provider` is refused. What was read at the old vendor can be sent as it is: the fields of
/// that vendor's own in `extra` are left out.
#[utoipa::path(
    put, path = "/api/calendar/events/{entity_type}/{entity_id}", tag = "calendar",
    params(
        ("entity_type" = String, Path, description = "The record's type: appointment"),
        ("entity_id" = String, Path, description = "The record's id: 123"),
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
        ("if-match" = Option<String>, Header, description = "The ETag that was read"),
    ),
    request_body = ChangedEvent,
    responses((status = 200, description = "Replaced", body = LinkedEventView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn update(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    segments: Segments<(String, String)>,
    _: NoParams,
    headers: HeaderMap,
    Body(changed): Body<ChangedEvent>,
) -> Result<(HeaderMap, Json<LinkedEventView>), Problem> {
    let Segments((kind, id)) = segments;
    let request = UpdateRequest {
        entity: entity(kind, id)?,
        event: changed.event,
        provider: changed.provider,
        calendar_id: changed.calendar_id,
        allow_conflicts: changed.allow_conflicts,
        on_unavailable: changed.on_unavailable,
        if_match: if_match(&headers)?,
        notify: changed.notify,
    };
    let view = LinkedEventView::from(state.hub.update_event(&caller, request).await?);
    Ok((etag(&view), Json(view)))
}
