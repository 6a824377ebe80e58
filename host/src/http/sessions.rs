//! `POST /api/sessions`

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AppState, Problem,
    auth::Credential,
    extract::{Body, NoParams},
    openapi::Problems,
};
use crate::app::SessionRequest;

/// A session to be minted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// The user, as the application names them.
    pub user: String,
    /// The providers that it may use; absent: all.
    #[serde(default)]
    pub providers: Option<Vec<String>>,
    /// The page origins that it may be used from; absent: any.
    #[serde(default)]
    pub origins: Option<Vec<String>>,
    /// Seconds; absent: as configured, 30 minutes if not.
    #[serde(default)]
    pub expires_in: Option<u64>,
}

/// A session token, shown once.
#[derive(Serialize, ToSchema)]
pub struct SessionToken {
    /// Send it as `Authorization: Bearer`.
    pub token: String,
    /// Its end.
    pub expires_at: DateTime<Utc>,
}

/// Mints a short-lived token for one user's browser. API keys only.
#[utoipa::path(
    post, path = "/api/sessions", tag = "sessions",
    request_body = NewSession,
    responses((status = 201, description = "Minted", body = SessionToken), Problems),
    security(("api_key" = []))
)]
pub async fn create(
    State(state): State<AppState>,
    Credential(access): Credential,
    _: NoParams,
    Body(new): Body<NewSession>,
) -> Result<(StatusCode, Json<SessionToken>), Problem> {
    let NewSession { user, providers, origins, expires_in } = new;
    let request = SessionRequest { user, providers, origins, expires_in };
    let minted = state.hub.mint_session(access.key()?, request).await?;
    let token = minted.token.expose_secret().to_owned();
    Ok((StatusCode::CREATED, Json(SessionToken { token, expires_at: minted.expires_at })))
}
