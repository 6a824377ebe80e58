//! HubSpot: the authorization server (OAuth 2026-03 and the versions before), and the CRM with
//! contacts, deals, their associations, owners and properties.

mod access;
mod associations;
mod error;
mod hub;
mod label;
mod oauth;
mod object_type;
mod objects;
mod owner;
mod page;
mod properties;
mod property;
mod quota;
mod record;
mod sandbox_objects;
mod standard;
mod store;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};

use crate::backend::Backend;
use crate::oauth::AuthorizationServer;
use error::ApiError;
pub use object_type::ObjectType;
pub use record::StoredObject;
pub use store::HubSpotApi;

type HubSpot = Backend<HubSpotApi>;

pub(crate) fn vendor() -> (AuthorizationServer, HubSpotApi) {
    let oauth = AuthorizationServer::new(oauth::HubSpotOAuth::default(), "hubspot", 1800);
    (oauth, HubSpotApi::default())
}

pub(crate) fn routes() -> Router<Arc<HubSpot>> {
    crate::oauth::routes("/oauth/authorize", "/oauth/2026-03/token")
        .merge(tokens::routes())
        .merge(object_routes())
        .merge(association_routes())
        .route("/crm/v3/owners", get(owner::list))
        .route("/crm/v3/owners/", get(owner::list))
        .route("/crm/v3/owners/{owner}", get(owner::get))
        .route("/crm/v3/properties/{type}", get(properties::list).post(properties::create))
        .route("/crm/v3/properties/{type}/{name}", get(properties::get).delete(properties::archive))
        .route("/_sandbox/objects/{type}", get(sandbox_objects::list).post(sandbox_objects::put))
        .fallback(|| async { ApiError::not_found() })
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
}

fn object_routes() -> Router<Arc<HubSpot>> {
    Router::new()
        .route("/crm/v3/objects/{type}", get(objects::read::list).post(objects::create::create))
        .route(
            "/crm/v3/objects/{type}/{id}",
            get(objects::read::get).patch(objects::write::update).delete(objects::write::archive),
        )
        .route("/crm/v3/objects/{type}/search", post(objects::search::search))
        .route("/crm/v3/objects/{type}/batch/read", post(objects::batch::read))
        .route("/crm/v3/objects/{type}/batch/archive", post(objects::batch::archive))
        .route("/crm/v3/objects/{type}/batch/upsert", post(objects::upsert::upsert))
        .route("/crm/v3/objects/{type}/batch/update", post(objects::upsert::update))
        .route("/crm/v3/objects/{type}/batch/create", post(objects::create::batch_create))
}

fn association_routes() -> Router<Arc<HubSpot>> {
    const BASE: &str = "/crm/v4/objects/{type}/{id}/associations";
    const BATCH: &str = "/crm/v4/associations/{type}/{to}/batch";
    Router::new()
        .route(&format!("{BASE}/{{to}}"), get(associations::list))
        .route(
            &format!("{BASE}/{{to}}/{{other}}"),
            put(associations::put).delete(associations::delete),
        )
        .route(&format!("{BASE}/default/{{to}}/{{other}}"), put(associations::put_default))
        .route(&format!("{BATCH}/associate/default"), post(associations::batch_default))
        .route(&format!("{BATCH}/archive"), post(associations::batch_archive))
}
