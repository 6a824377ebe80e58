//! `GET /api/plugins`

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AppState, Problem, auth::Credential, extract::NoParams, openapi::Problems};
use crate::domain::plugins::PluginReport;

/// What became of the plugin files.
#[derive(Serialize, ToSchema)]
pub struct PluginList {
    /// By name.
    pub items: Vec<PluginReport>,
}

/// Lists the plugins: version, hash, trust, state, and why one was refused. API keys only.
#[utoipa::path(
    get, path = "/api/plugins", tag = "operations",
    responses((status = 200, description = "The plugins", body = PluginList), Problems),
    security(("api_key" = []))
)]
pub async fn list(
    State(state): State<AppState>,
    Credential(access): Credential,
    _: NoParams,
) -> Result<Json<PluginList>, Problem> {
    access.key()?;
    Ok(Json(PluginList { items: state.hub.providers().reports().to_vec() }))
}
