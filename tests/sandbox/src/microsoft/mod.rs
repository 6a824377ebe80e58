//! Microsoft: the authorization server, and `/v1.0/me` of Graph.

mod error;
mod me;
mod oauth;

use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use axum::routing::get;

use crate::backend::Backend;
use crate::oauth::AuthorizationServer;
use error::graph_error;

/// Microsoft Graph; accounts have no state beyond their tokens.
pub struct GraphApi;

type Microsoft = Backend<GraphApi>;

pub(crate) fn vendor() -> (AuthorizationServer, GraphApi) {
    (AuthorizationServer::new(oauth::MicrosoftOAuth, "microsoft", 3599), GraphApi)
}

pub(crate) fn routes() -> Router<Arc<Microsoft>> {
    crate::oauth::routes("/{tenant}/oauth2/v2.0/authorize", "/{tenant}/oauth2/v2.0/token")
        .route("/v1.0/me", get(me::get))
        .fallback(|_: Method| async {
            let message = "Resource not found for the segment.";
            graph_error(axum::http::StatusCode::NOT_FOUND, "BadRequest", message)
        })
}
