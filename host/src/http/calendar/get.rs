//! `GET /api/calendar/events/{entity_type}/{entity_id}`

use axum::{Json, extract::State, http::HeaderMap};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{entity, etag};
use crate::http::{
    AppState, Problem,
    auth::ForUser,
    extract::{Params, Segments},
    openapi::Problems,
    view::LinkedEventView,
};

/// Which of a record's links.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LinkParams {
    /// At which vendor; needed where the record is linked at several.
    provider: Option<String>,
}

/// Reads a record's linked event from the vendor.
#[utoipa::path(
    get, path = "/api/calendar/events/{entity_type}/{entity_id}", tag = "calendar",
    params(
        ("entity_type" = String, Path, description = "The record's type: appointment"),
        ("entity_id" = String, Path, description = "The record's id: 123"),
        LinkParams,
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    responses((status = 200, description = "The event", body = LinkedEventView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn get(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    segments: Segments<(String, String)>,
    Params(params): Params<LinkParams>,
) -> Result<(HeaderMap, Json<LinkedEventView>), Problem> {
    let Segments((kind, id)) = segments;
    let entity = entity(kind, id)?;
    let linked = state.hub.linked_event(&caller, &entity, params.provider.as_deref()).await?;
    let view = LinkedEventView::from(linked);
    Ok((etag(&view), Json(view)))
}
