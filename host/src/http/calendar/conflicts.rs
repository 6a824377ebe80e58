//! `POST /api/calendar/conflicts`

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::entity;
use crate::{
    app::{ConflictQuery, ConflictReport, HubError, TimeInput},
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{Body, NoParams},
        openapi::Problems,
    },
};

/// A time to be checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConflictCheck {
    /// First moment or day.
    pub start: TimeInput,
    /// First moment or day after it.
    pub end: TimeInput,
    /// Only this vendor's calendars.
    #[serde(default)]
    pub provider: Option<String>,
    /// With `entity_id`: the record whose own event is not in the way.
    #[serde(default)]
    pub entity_type: Option<String>,
    /// With `entity_type`.
    #[serde(default)]
    pub entity_id: Option<String>,
    /// Of a calendar that cannot be asked: `refuse` (absent) answers 503 `conflicts-unknown`,
    /// `ignore` leaves it out, with `partial` and `warnings`.
    #[serde(default)]
    pub on_unavailable: Option<String>,
}

/// What would be in the way of an event, without writing anything.
#[utoipa::path(
    post, path = "/api/calendar/conflicts", tag = "calendar",
    params(("mortise-user" = Option<String>, Header, description = "With an API key: the user")),
    request_body = ConflictCheck,
    responses((status = 200, description = "What is in the way", body = ConflictReport), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn conflicts(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    _: NoParams,
    Body(check): Body<ConflictCheck>,
) -> Result<Json<ConflictReport>, Problem> {
    let entity = match (check.entity_type, check.entity_id) {
        (Some(kind), Some(id)) => Some(entity(kind, id)?),
        (None, None) => None,
        _ => {
            let message = "give entity_type and entity_id together, or neither";
            return Err(HubError::invalid("entity_id", message).into());
        }
    };
    let ConflictCheck { start, end, provider, on_unavailable, .. } = check;
    let query = ConflictQuery { start, end, provider, entity, on_unavailable };
    Ok(Json(state.hub.conflicts(&caller, query).await?))
}
