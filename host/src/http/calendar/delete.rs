//! `DELETE /api/calendar/events/{entity_type}/{entity_id}`

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{entity, if_match};
use crate::{
    app::DeleteRequest,
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{Params, Segments},
        openapi::Problems,
    },
};

/// Which of a record's links to delete, and who is told.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeleteParams {
    /// At which vendor; needed where the record is linked at several.
    provider: Option<String>,
    /// Who gets mail: `all`, `external` or `none`.
    notify: Option<String>,
    /// `true`: removes the link alone. The event stays at the vendor, which is not asked: this works
    /// without a usable connection too, and `notify` and `If-Match` mean nothing.
    unlink: Option<bool>,
}

/// Deletes a linked event at the vendor, and the link. One that is gone already is as good as
/// deleted. While an event is on its way to another vendor both are deleted, unless `provider` names
/// one of them. With `unlink=true` only the link goes, and the event stays: the next POST for the
/// record links it again where it goes to the same vendor.
#[utoipa::path(
    delete, path = "/api/calendar/events/{entity_type}/{entity_id}", tag = "calendar",
    params(
        ("entity_type" = String, Path, description = "The record's type: appointment"),
        ("entity_id" = String, Path, description = "The record's id: 123"),
        DeleteParams,
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
        ("if-match" = Option<String>, Header, description = "The ETag that was read"),
    ),
    responses((status = 204, description = "Deleted"), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn delete(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    segments: Segments<(String, String)>,
    Params(params): Params<DeleteParams>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let Segments((kind, id)) = segments;
    let entity = entity(kind, id)?;
    if params.unlink == Some(true) {
        state.hub.unlink_event(&caller, &entity, params.provider.as_deref()).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    let request = DeleteRequest {
        entity,
        provider: params.provider,
        if_match: if_match(&headers)?,
        notify: params.notify,
    };
    state.hub.delete_event(&caller, request).await?;
    Ok(StatusCode::NO_CONTENT)
}
