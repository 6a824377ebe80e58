//! `PUT /api/crm/contacts/{entity_type}/{entity_id}`, and of deals.

use axum::{Json, extract::State};
use mortise_plugin_api::crm::{Contact, Deal};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{LinkedContactView, LinkedDealView, NoIfMatch, named};
use crate::{
    app::{ContactInput, DealInput, UpdateObject},
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{Body, NoParams, Segments},
        openapi::Problems,
    },
};

/// A linked contact as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedContact {
    /// At which vendor; needed where the record is linked at several.
    #[serde(default)]
    pub provider: Option<String>,
    /// The whole contact: what it leaves out is cleared.
    pub contact: ContactInput,
}

/// A linked deal as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedDeal {
    /// At which vendor; needed where the record is linked at several.
    #[serde(default)]
    pub provider: Option<String>,
    /// The whole deal: what it leaves out is cleared, but for its contacts.
    pub deal: DealInput,
}

/// Replaces a linked contact. Fields of the vendor's own that `extra` does not name stay as they
/// are.
#[utoipa::path(
    put, path = "/api/crm/contacts/{entity_type}/{entity_id}", tag = "crm",
    params(
        ("entity_type" = String, Path, description = "The record's type: customer"),
        ("entity_id" = String, Path, description = "The record's id: 42"),
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    request_body = ChangedContact,
    responses((status = 200, description = "Replaced", body = LinkedContactView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn update_contact(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    segments: Segments<(String, String)>,
    _: NoParams,
    _: NoIfMatch,
    Body(changed): Body<ChangedContact>,
) -> Result<Json<LinkedContactView>, Problem> {
    let at = named(segments, changed.provider)?;
    let request = UpdateObject { at, object: changed.contact };
    let linked = state.hub.update_object::<Contact>(&caller, request).await?;
    Ok(Json(LinkedContactView::from(linked)))
}

/// Replaces a linked deal. Contacts that are not given stay, and so do fields of the vendor's own
/// that `extra` does not name.
#[utoipa::path(
    put, path = "/api/crm/deals/{entity_type}/{entity_id}", tag = "crm",
    params(
        ("entity_type" = String, Path, description = "The record's type: quote"),
        ("entity_id" = String, Path, description = "The record's id: 7"),
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    request_body = ChangedDeal,
    responses((status = 200, description = "Replaced", body = LinkedDealView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn update_deal(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    segments: Segments<(String, String)>,
    _: NoParams,
    _: NoIfMatch,
    Body(changed): Body<ChangedDeal>,
) -> Result<Json<LinkedDealView>, Problem> {
    let at = named(segments, changed.provider)?;
    let request = UpdateObject { at, object: changed.deal };
    let linked = state.hub.update_object::<Deal>(&caller, request).await?;
    Ok(Json(LinkedDealView::from(linked)))
}
