//! `/api/calendar/primary`

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::PrimaryReport,
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{Body, NoParams},
        openapi::Problems,
    },
};

/// The calendar that a user's events shall go to where a call names none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrimaryChoice {
    /// At which vendor: `google_calendar`.
    pub provider: String,
    /// In which of its calendars; absent: the account's main one.
    #[serde(default)]
    pub calendar_id: Option<String>,
}

/// What is set.
#[derive(Serialize, ToSchema)]
pub struct PrimaryAnswer {
    /// `null` where none is set.
    #[schema(required)]
    pub primary: Option<PrimaryView>,
}

/// The calendar that a user's events go to where a call names none.
#[derive(Serialize, ToSchema)]
pub struct PrimaryView {
    /// `google_calendar`.
    pub provider: String,
    /// The vendor's id of the calendar; absent: the account's main one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar_id: Option<String>,
    /// Of the connection: `active`, `needs_reauth`, `revoked` or `error`; `unavailable` where the
    /// provider is not enabled any more. Only with `active` events can be made there.
    pub status: String,
}

impl From<Option<PrimaryReport>> for PrimaryAnswer {
    fn from(report: Option<PrimaryReport>) -> Self {
        let view = |report: PrimaryReport| PrimaryView {
            provider: report.provider.to_string(),
            calendar_id: report.calendar_id,
            status: report.status.map_or("unavailable", |status| status.as_str()).to_owned(),
        };
        Self { primary: report.map(view) }
    }
}

/// The user's primary calendar, and how its connection stands.
#[utoipa::path(
    get, path = "/api/calendar/primary", tag = "calendar", operation_id = "get_primary",
    params(("mortise-user" = Option<String>, Header, description = "With an API key: the user")),
    responses((status = 200, description = "What is set", body = PrimaryAnswer), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn get(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    _: NoParams,
) -> Result<Json<PrimaryAnswer>, Problem> {
    Ok(Json(state.hub.primary_calendar(&caller).await?.into()))
}

/// Sets the user's primary calendar: events of calls that name no provider go there. It must be
/// connected, and a calendar that is named must be one that the account may write to.
#[utoipa::path(
    put, path = "/api/calendar/primary", tag = "calendar", operation_id = "set_primary",
    params(("mortise-user" = Option<String>, Header, description = "With an API key: the user")),
    request_body = PrimaryChoice,
    responses((status = 200, description = "Set", body = PrimaryAnswer), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn set(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    _: NoParams,
    Body(choice): Body<PrimaryChoice>,
) -> Result<Json<PrimaryAnswer>, Problem> {
    let PrimaryChoice { provider, calendar_id } = choice;
    let set = state.hub.set_primary_calendar(&caller, &provider, calendar_id).await?;
    Ok(Json(Some(set).into()))
}

/// Forgets the user's primary calendar; where none is set nothing happens.
#[utoipa::path(
    delete, path = "/api/calendar/primary", tag = "calendar", operation_id = "clear_primary",
    params(("mortise-user" = Option<String>, Header, description = "With an API key: the user")),
    responses((status = 204, description = "None is set"), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn clear(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    state.hub.clear_primary_calendar(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
