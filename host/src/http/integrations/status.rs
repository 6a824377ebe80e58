//! `GET /api/integrations/{slug}/status`

use axum::{Json, extract::State};

use crate::http::{
    AppState, Problem,
    auth::ForUser,
    extract::{NoParams, Segments},
    openapi::Problems,
    view::StatusView,
};

/// How the user stands with the provider. A token that is due is refreshed first, and what comes
/// of it shows.
#[utoipa::path(
    get, path = "/api/integrations/{slug}/status", tag = "integrations",
    params(
        ("slug" = String, Path, description = "The provider: google-calendar"),
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    responses((status = 200, description = "The status", body = StatusView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn status(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    Segments(slug): Segments<String>,
    _: NoParams,
) -> Result<Json<StatusView>, Problem> {
    let provider = state.hub.providers().by_slug(&slug)?;
    let report = state.hub.status(&caller, provider).await?;
    Ok(Json(StatusView::of(provider, report)))
}
