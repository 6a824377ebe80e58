//! HubSpot: the authorization server (OAuth v3, dated 2026-03).

mod oauth;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

use crate::backend::Backend;
use crate::oauth::AuthorizationServer;

/// HubSpot's CRM; accounts have no state beyond their tokens.
pub struct HubSpotApi;

type HubSpot = Backend<HubSpotApi>;

pub(crate) fn vendor() -> (AuthorizationServer, HubSpotApi) {
    (AuthorizationServer::new(oauth::HubSpotOAuth, "hubspot", 1800), HubSpotApi)
}

pub(crate) fn routes() -> Router<Arc<HubSpot>> {
    crate::oauth::routes("/oauth/authorize", "/oauth/2026-03/token")
        .route("/oauth/2026-03/token/revoke", post(oauth::revoke))
        .route("/oauth/2026-03/token/introspect", post(oauth::introspect))
        .fallback(|| async { oauth::not_found() })
}
