//! `GET /api/integrations/{slug}/token`

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::keys::Right,
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{NoParams, Segments},
        openapi::Problems,
    },
};

/// A valid access token.
#[derive(Serialize, ToSchema)]
pub struct TokenView {
    /// Send it to the vendor as `Authorization: Bearer`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// Its end; it has at least two minutes to live where the vendor is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// What it permits.
    pub scopes: Vec<String>,
}

/// A valid access token of the user, refreshed if due. API keys with the `tokens` right only.
#[utoipa::path(
    get, path = "/api/integrations/{slug}/token", tag = "integrations",
    params(
        ("slug" = String, Path, description = "The provider: google-calendar"),
        ("mortise-user" = String, Header, description = "The user"),
    ),
    responses((status = 200, description = "A token", body = TokenView), Problems),
    security(("api_key" = []))
)]
pub async fn token(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    Segments(slug): Segments<String>,
    _: NoParams,
) -> Result<Json<TokenView>, Problem> {
    caller.require(Right::Tokens)?;
    let provider = state.hub.providers().by_slug(&slug)?;
    let (token, scopes) = state.hub.access_token(&caller, provider).await?;
    Ok(Json(TokenView {
        access_token: token.token.expose_secret().to_owned(),
        token_type: token.token_type,
        expires_at: token.expires_at,
        scopes,
    }))
}
