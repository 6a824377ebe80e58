//! `GET /api/calendar/freebusy`

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::{BusyQuery, BusyReport, Window},
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
    /// Exactly these calendars, not the user's own: the vendor's ids, or addresses of colleagues and
    /// rooms where the vendor can look them up; separated by commas, at most 100. Needs `provider`
    /// where several vendors are connected.
    calendars: Option<String>,
}

/// Busy time of all of the user's own calendars, or of those that are named, merged, each block with
/// where it comes from.
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
    let names = |list: String| list.split(',').map(|name| name.trim().to_owned()).collect();
    let query =
        BusyQuery { window, provider: params.provider, calendars: params.calendars.map(names) };
    Ok(Json(state.hub.free_busy(&caller, query).await?))
}
