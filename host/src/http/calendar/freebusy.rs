//! `GET /api/calendar/freebusy`

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::{BusyReport, Window},
    http::{AppState, Problem, auth::ForUser, extract::Params, openapi::Problems},
};

/// Which time.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FreeBusyParams {
    /// RFC 3339 with offset.
    #[param(required = true)]
    start: Option<String>,
    /// RFC 3339 with offset; at most 366 days after `start`.
    #[param(required = true)]
    end: Option<String>,
    /// Only at this vendor.
    provider: Option<String>,
}

/// Busy time of all of the user's own calendars, merged, each block with where it comes from.
#[utoipa::path(
    get, path = "/api/calendar/freebusy", tag = "calendar",
    params(
        FreeBusyParams,
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    responses((status = 200, description = "Busy time", body = BusyReport), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn freebusy(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    Params(params): Params<FreeBusyParams>,
) -> Result<Json<BusyReport>, Problem> {
    let window = Window::read(params.start.as_deref(), params.end.as_deref())?;
    Ok(Json(state.hub.free_busy(&caller, params.provider.as_deref(), window).await?))
}
