//! `GET /api/crm/contacts/{entity_type}/{entity_id}`, and of deals.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{LinkedContactView, LinkedDealView, named};
use crate::{
    app::read_fields,
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{Params, Segments},
        openapi::Problems,
    },
};

/// Which of a record's links, and what of it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct GetParams {
    /// At which vendor; needed where the record is linked at several.
    provider: Option<String>,
    /// The vendor's own fields to be read into `extra`, by the vendor's names, with commas between
    /// them.
    fields: Option<String>,
}

/// Reads a record's linked contact from the vendor.
#[utoipa::path(
    get, path = "/api/crm/contacts/{entity_type}/{entity_id}", tag = "crm",
    params(
        ("entity_type" = String, Path, description = "The record's type: customer"),
        ("entity_id" = String, Path, description = "The record's id: 42"),
        GetParams,
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    responses((status = 200, description = "The contact", body = LinkedContactView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn get_contact(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    segments: Segments<(String, String)>,
    Params(params): Params<GetParams>,
) -> Result<Json<LinkedContactView>, Problem> {
    let (at, fields) = (named(segments, params.provider)?, read_fields(params.fields.as_deref())?);
    let linked = state.hub.linked_object(&caller, at, &fields).await?;
    Ok(Json(LinkedContactView::from(linked)))
}

/// Reads a record's linked deal from the vendor, with its contacts.
#[utoipa::path(
    get, path = "/api/crm/deals/{entity_type}/{entity_id}", tag = "crm",
    params(
        ("entity_type" = String, Path, description = "The record's type: quote"),
        ("entity_id" = String, Path, description = "The record's id: 7"),
        GetParams,
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    responses((status = 200, description = "The deal", body = LinkedDealView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn get_deal(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    segments: Segments<(String, String)>,
    Params(params): Params<GetParams>,
) -> Result<Json<LinkedDealView>, Problem> {
    let (at, fields) = (named(segments, params.provider)?, read_fields(params.fields.as_deref())?);
    let linked = state.hub.linked_object(&caller, at, &fields).await?;
    Ok(Json(LinkedDealView::from(linked)))
}
