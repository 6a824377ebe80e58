//! For the operator: is it alive, is it ready, how does it fare.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AppState, Problem, Stage};

/// Whether the hub can serve.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ready`, `not_ready` or `stopping`.
    pub status: &'static str,
    /// `ok`, or what is wrong with it.
    pub database: String,
    /// Enabled providers whose plugin does not serve.
    pub refused_providers: Vec<String>,
    /// What the operator should know.
    pub warnings: Vec<String>,
}

/// The process runs.
#[utoipa::path(
    get, path = "/livez", tag = "operations",
    responses((status = 200, description = "It runs", body = String, content_type = "text/plain"))
)]
pub async fn livez() -> &'static str {
    "ok"
}

/// The process can serve: its database answers, and it is not stopping.
#[utoipa::path(
    get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, description = "It can serve", body = Readiness),
        (status = 503, description = "It cannot", body = Readiness),
    )
)]
pub async fn readyz(State(state): State<AppState>) -> Response {
    let health = state.health.check().await;
    let is_stopping = state.gate.stage() > Stage::Open;
    let (code, status) = match &health {
        _ if is_stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        Ok(()) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not_ready"),
    };
    if let Err(error) = &health {
        tracing::warn!(%error, "not ready");
    }
    let readiness = Readiness {
        status,
        database: if health.is_ok() { "ok" } else { "does not answer" }.into(),
        refused_providers: state
            .hub
            .providers()
            .refused()
            .iter()
            .map(|id| id.to_string())
            .collect(),
        warnings: state.warnings.to_vec(),
    };
    (code, Json(readiness)).into_response()
}

/// Figures in Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses(
        (status = 200, description = "Figures", body = String, content_type = "text/plain"),
        (status = 404, description = "Switched off", body = Problem),
    )
)]
pub async fn metrics(State(state): State<AppState>) -> Response {
    match &state.metrics {
        Some(metrics) => {
            measure(&state);
            let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4");
            ([kind], metrics.render()).into_response()
        }
        None => Problem::bare(StatusCode::NOT_FOUND).into_response(),
    }
}

/// Figures that are looked up rather than counted.
fn measure(state: &AppState) {
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let pool = state.health.pool();
    let set = |gauge: metrics::Gauge, figure: usize| {
        gauge.set(f64::from(u32::try_from(figure).unwrap_or(u32::MAX)));
    };
    set(metrics::gauge!("mortise_tasks"), tasks);
    set(metrics::gauge!("mortise_http_connections"), state.gate.connections());
    set(metrics::gauge!("mortise_http_requests_in_flight"), state.gate.requests());
    set(metrics::gauge!("mortise_database_connections"), pool.open);
    set(metrics::gauge!("mortise_database_connections_idle"), pool.idle);
}
