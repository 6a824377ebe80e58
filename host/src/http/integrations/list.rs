//! `GET /api/integrations`

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::ProviderStatus,
    http::{
        AppState, Problem, auth::ForUser, extract::NoParams, openapi::Problems, view::StatusView,
    },
};

/// The enabled providers.
#[derive(Serialize, ToSchema)]
pub struct IntegrationList {
    /// By name.
    pub items: Vec<IntegrationView>,
}

/// A provider and how the user stands with it.
#[derive(Serialize, ToSchema)]
pub struct IntegrationView {
    /// In URLs: `google-calendar`.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// An SVG image, inline. Show it as an image, never as markup.
    pub icon: String,
    /// Operations by capability.
    pub capabilities: BTreeMap<String, Vec<String>>,
    /// What each scope is asked for.
    pub scope_reasons: BTreeMap<String, String>,
    /// How the user stands; nothing is refreshed for it.
    #[serde(flatten)]
    pub status: StatusView,
}

impl From<ProviderStatus> for IntegrationView {
    fn from(row: ProviderStatus) -> Self {
        let manifest = row.provider.manifest();
        let asked = |name: &String| row.provider.scopes.contains(name);
        Self {
            slug: row.provider.id.slug(),
            name: manifest.name.clone(),
            description: manifest.description.clone(),
            icon: manifest.icon.clone(),
            capabilities: manifest.capabilities.clone(),
            scope_reasons: manifest
                .scopes
                .iter()
                .filter(|scope| asked(&scope.name))
                .map(|scope| (scope.name.clone(), scope.why.clone()))
                .collect(),
            status: StatusView::of(&row.provider, row.report),
        }
    }
}

/// Lists the enabled providers with the user's status and scopes.
#[utoipa::path(
    get, path = "/api/integrations", tag = "integrations",
    params(("mortise-user" = Option<String>, Header, description = "With an API key: the user")),
    responses((status = 200, description = "The providers", body = IntegrationList), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn list(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    _: NoParams,
) -> Result<Json<IntegrationList>, Problem> {
    let rows = state.hub.integrations(&caller).await?;
    Ok(Json(IntegrationList { items: rows.into_iter().map(IntegrationView::from).collect() }))
}
