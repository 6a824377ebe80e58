//! `GET /api/integrations/{slug}/connect`

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::ConnectOptions,
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{Params, Segments},
        openapi::Problems,
    },
};

/// Where the browser is led when it is over.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ConnectParams {
    /// An address below one of `oauth.return_to`; `mortise_provider` and `mortise_status` are
    /// added to its query.
    return_to: Option<String>,
    /// The exact origin of the page that opens the window; it is told by `postMessage`.
    opener_origin: Option<String>,
}

/// A link for the user's browser.
#[derive(Serialize, ToSchema)]
pub struct ConnectLinkView {
    /// Open it in the user's browser: it sets a cookie and leads on to the vendor.
    pub url: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// Makes a link at which the user connects the provider. It works once.
#[utoipa::path(
    get, path = "/api/integrations/{slug}/connect", tag = "integrations",
    params(
        ("slug" = String, Path, description = "The provider: google-calendar"),
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
        ConnectParams,
    ),
    responses((status = 200, description = "A link", body = ConnectLinkView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn connect(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    Segments(slug): Segments<String>,
    Params(params): Params<ConnectParams>,
) -> Result<Json<ConnectLinkView>, Problem> {
    let provider = state.hub.providers().by_slug(&slug)?;
    let options =
        ConnectOptions { return_to: params.return_to, opener_origin: params.opener_origin };
    let link = state.hub.begin_connect(&caller, provider, options).await?;
    Ok(Json(ConnectLinkView { url: link.url, expires_at: link.expires_at }))
}
