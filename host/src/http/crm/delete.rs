//! `DELETE /api/crm/contacts/{entity_type}/{entity_id}`, and of deals.

use axum::{extract::State, http::StatusCode};
use mortise_plugin_api::crm::{Contact, Deal};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{NoIfMatch, named};
use crate::{
    app::{DeleteObjectRequest, HubError},
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{Params, Segments},
        openapi::Problems,
    },
};

/// Which of a record's links to delete, and what becomes of the vendor's object.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeleteParams {
    /// At which vendor; needed where the record is linked at several.
    provider: Option<String>,
    /// `false`: only the link is removed, and the vendor's object stays as it is.
    archive: Option<bool>,
}

/// Archives a linked contact at the vendor, and removes the link. One that is gone already is as
/// good as archived.
#[utoipa::path(
    delete, path = "/api/crm/contacts/{entity_type}/{entity_id}", tag = "crm",
    params(
        ("entity_type" = String, Path, description = "The record's type: customer"),
        ("entity_id" = String, Path, description = "The record's id: 42"),
        DeleteParams,
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    responses((status = 204, description = "Archived and unlinked"), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn delete_contact(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    segments: Segments<(String, String)>,
    Params(params): Params<DeleteParams>,
    _: NoIfMatch,
) -> Result<StatusCode, Problem> {
    state.hub.delete_object::<Contact>(&caller, request(segments, params)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Archives a linked deal at the vendor, and removes the link. One that is gone already is as good
/// as archived.
#[utoipa::path(
    delete, path = "/api/crm/deals/{entity_type}/{entity_id}", tag = "crm",
    params(
        ("entity_type" = String, Path, description = "The record's type: quote"),
        ("entity_id" = String, Path, description = "The record's id: 7"),
        DeleteParams,
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    responses((status = 204, description = "Archived and unlinked"), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn delete_deal(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    segments: Segments<(String, String)>,
    Params(params): Params<DeleteParams>,
    _: NoIfMatch,
) -> Result<StatusCode, Problem> {
    state.hub.delete_object::<Deal>(&caller, request(segments, params)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn request(
    segments: Segments<(String, String)>,
    params: DeleteParams,
) -> Result<DeleteObjectRequest, HubError> {
    let at = named(segments, params.provider)?;
    Ok(DeleteObjectRequest { at, archive: params.archive.unwrap_or(true) })
}
