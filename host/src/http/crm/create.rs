//! `POST /api/crm/contacts`, `POST /api/crm/deals`

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use mortise_plugin_api::{
    crm::{Contact, Deal},
    encode_segment,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CrmLinkView, LinkedContactView, LinkedDealView, NoIfMatch};
use crate::{
    app::{ContactInput, CreateObject, DealInput},
    http::{
        AppState, Problem,
        auth::ForUser,
        calendar::entity,
        extract::{Body, NoParams},
        openapi::Problems,
    },
};

/// A contact to be made and linked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    /// The record's type: `customer`.
    pub entity_type: String,
    /// The record's id: `42`.
    pub entity_id: String,
    /// At which vendor; may be left out where one CRM is connected.
    #[serde(default)]
    pub provider: Option<String>,
    /// The contact.
    pub contact: ContactInput,
}

/// A deal to be made and linked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeal {
    /// The record's type: `quote`.
    pub entity_type: String,
    /// The record's id: `7`.
    pub entity_id: String,
    /// At which vendor; may be left out where one CRM is connected.
    #[serde(default)]
    pub provider: Option<String>,
    /// The deal.
    pub deal: DealInput,
}

type Answer<V> = (StatusCode, HeaderMap, Json<V>);

/// Makes a contact and links it to a record. Where the vendor has a contact with the address, that
/// one is taken: the fields given are set, and its others stay. The same call again makes no second
/// contact: it answers 200 with the one that is there.
#[utoipa::path(
    post, path = "/api/crm/contacts", tag = "crm",
    params(("mortise-user" = Option<String>, Header, description = "With an API key: the user")),
    request_body = NewContact,
    responses(
        (status = 201, description = "Made, or taken, and linked", body = LinkedContactView),
        (status = 200, description = "It was linked already", body = LinkedContactView),
        Problems,
    ),
    security(("api_key" = []), ("session" = []))
)]
pub async fn create_contact(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    _: NoParams,
    _: NoIfMatch,
    Body(new): Body<NewContact>,
) -> Result<Answer<LinkedContactView>, Problem> {
    let request = CreateObject {
        entity: entity(new.entity_type, new.entity_id)?,
        object: new.contact,
        provider: new.provider,
    };
    let (linked, made) = state.hub.create_object::<Contact>(&caller, request).await?;
    let view = LinkedContactView::from(linked);
    Ok((status(made), location("contacts", &view.link), Json(view)))
}

/// Makes a deal and links it to a record. The same call again makes no second deal: it answers 200
/// with the one that is there.
#[utoipa::path(
    post, path = "/api/crm/deals", tag = "crm",
    params(("mortise-user" = Option<String>, Header, description = "With an API key: the user")),
    request_body = NewDeal,
    responses(
        (status = 201, description = "Made and linked", body = LinkedDealView),
        (status = 200, description = "It was linked already", body = LinkedDealView),
        Problems,
    ),
    security(("api_key" = []), ("session" = []))
)]
pub async fn create_deal(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    _: NoParams,
    _: NoIfMatch,
    Body(new): Body<NewDeal>,
) -> Result<Answer<LinkedDealView>, Problem> {
    let request = CreateObject {
        entity: entity(new.entity_type, new.entity_id)?,
        object: new.deal,
        provider: new.provider,
    };
    let (linked, made) = state.hub.create_object::<Deal>(&caller, request).await?;
    let view = LinkedDealView::from(linked);
    Ok((status(made), location("deals", &view.link), Json(view)))
}

fn status(made: bool) -> StatusCode {
    if made { StatusCode::CREATED } else { StatusCode::OK }
}

fn location(of: &str, link: &CrmLinkView) -> HeaderMap {
    let (kind, id) = (encode_segment(&link.entity_type), encode_segment(&link.entity_id));
    let at = HeaderValue::from_str(&format!("/api/crm/{of}/{kind}/{id}"));
    at.ok().map(|at| (header::LOCATION, at)).into_iter().collect()
}
