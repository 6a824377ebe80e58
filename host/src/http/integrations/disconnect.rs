//! `POST /api/integrations/{slug}/disconnect`

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::VendorRevocation,
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{NoParams, Segments},
        openapi::Problems,
    },
};

/// An ended connection.
#[derive(Serialize, ToSchema)]
pub struct DisconnectView {
    /// `google_calendar`.
    pub provider: String,
    /// `revoked`.
    pub status: &'static str,
    /// At the vendor: `revoked`, `pending` (tried again in the background), `not_supported` or
    /// `nothing_to_revoke`.
    pub vendor: &'static str,
    /// What the user still has to do at the vendor's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Ends the connection: the tokens are deleted here and revoked at the vendor. Ending it again is
/// no error.
#[utoipa::path(
    post, path = "/api/integrations/{slug}/disconnect", tag = "integrations",
    params(
        ("slug" = String, Path, description = "The provider: google-calendar"),
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    responses((status = 200, description = "Ended", body = DisconnectView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn disconnect(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    Segments(slug): Segments<String>,
    _: NoParams,
) -> Result<Json<DisconnectView>, Problem> {
    let provider = state.hub.providers().by_slug(&slug)?;
    let ended = state.hub.disconnect(&caller, provider).await?;
    let vendor = match ended.vendor {
        VendorRevocation::Done => "revoked",
        VendorRevocation::Pending => "pending",
        VendorRevocation::NotSupported => "not_supported",
        VendorRevocation::NothingToRevoke => "nothing_to_revoke",
    };
    let provider = provider.id.to_string();
    Ok(Json(DisconnectView { provider, status: "revoked", vendor, hint: ended.hint }))
}
