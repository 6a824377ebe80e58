//! `DELETE /api/users/{user}`

use axum::{extract::State, http::StatusCode};

use super::{
    AppState, Problem,
    auth::Credential,
    extract::{NoParams, Segments},
    openapi::Problems,
};
use crate::{
    app::AccessError,
    domain::{ids::UserId, keys::Right},
};

/// Revokes and erases all that is kept of a user. API keys with the `admin` right only. Erasing an
/// unknown user is no error.
#[utoipa::path(
    delete, path = "/api/users/{user}", tag = "users",
    params(("user" = String, Path, description = "The user, as the application names them")),
    responses((status = 204, description = "Nothing is kept of the user any more"), Problems),
    security(("api_key" = []))
)]
pub async fn erase(
    State(state): State<AppState>,
    Credential(access): Credential,
    Segments(user): Segments<String>,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    access.require(Right::Admin)?;
    let user = UserId::new(user).map_err(AccessError::BadUser)?;
    state.hub.erase_user(&user).await?;
    Ok(StatusCode::NO_CONTENT)
}
