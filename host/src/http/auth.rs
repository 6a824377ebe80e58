//! Who calls, for which user.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::{AppState, Problem};
use crate::app::{Access, AccessError, Caller};

/// An API key or a session, whoever it acts for.
pub struct Credential(pub Access);

/// A call for one user.
pub struct ForUser(pub Caller);

impl FromRequestParts<AppState> for Credential {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(state.hub.access(bearer(&parts.headers)).await?))
    }
}

impl FromRequestParts<AppState> for ForUser {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let Credential(access) =
            <Credential as FromRequestParts<AppState>>::from_request_parts(parts, state).await?;
        let user =
            match parts.headers.get("mortise-user") {
                Some(value) => Some(std::str::from_utf8(value.as_bytes()).map_err(|_| {
                    Problem::from(AccessError::BadUser(crate::domain::ids::BadUserId))
                })?),
                None => None,
            };
        let origin = parts.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        Ok(Self(state.hub.caller(access, user, origin)?))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
