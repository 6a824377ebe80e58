//! What surrounds every request: its id, its span, its metrics, problems, headers.

use std::time::Instant;

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tracing::Instrument as _;

use super::{AppState, Problem, problem::render, rate_limit::Told, router::PROXIED, slow_body};

pub(super) static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answer headers that a page's script may read.
const EXPOSED: &str =
    "ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";

/// Marks an answer that is somebody else's: its body stays as it is, whatever its status.
#[derive(Clone, Copy)]
pub struct PassedThrough;

/// Names the request, counts and logs it, and writes problems.
pub async fn surround(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = request_id(request.headers(), &state.rng.bytes32());
    let method = request.method().clone();
    let route =
        request.extensions().get::<MatchedPath>().map_or("none", |path| path.as_str()).to_owned();
    // The path's own text may name users' records, and queries hold codes: neither is logged.
    let span = tracing::info_span!("request", request.id = %id, %method, %route);
    let started = Instant::now();
    let (mut request, patience) = slow_body::watch(request, state.body_timeout);
    let told = Told::default();
    request.extensions_mut().insert(told.clone());
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = patience.settle(response);
    told.write(response.headers_mut());
    write_problem(&state, &id, &mut response);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    let status = response.status().as_u16();
    let seconds = started.elapsed().as_secs_f64();
    let known = PROXIED.contains(&method) || [Method::HEAD, Method::OPTIONS].contains(&method);
    // Anybody can make up methods; figures for each would fill the memory.
    let method = if known { method.to_string() } else { "other".to_owned() };
    let labels = [("method", method), ("route", route), ("status", status.to_string())];
    metrics::counter!("mortise_http_requests_total", &labels).increment(1);
    metrics::histogram!("mortise_http_request_seconds", &labels).record(seconds);
    span.in_scope(|| tracing::info!(status, seconds, "answered"));
    response
}

/// The caller's own id where it can be one; else one of the random bytes.
pub(super) fn request_id(asked: &HeaderMap, drawn: &[u8; 32]) -> String {
    let given = asked.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (8..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    given.filter(plain).map_or_else(|| hex::encode(&drawn[..12]), str::to_owned)
}

fn write_problem(state: &AppState, id: &str, response: &mut Response) {
    let status = response.status();
    if response.extensions().get::<PassedThrough>().is_some() {
        return;
    }
    let has_type = response.headers().contains_key(header::CONTENT_TYPE);
    let problem = response.extensions_mut().remove::<Problem>();
    let is_bare = status.is_client_error() || status.is_server_error();
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/plain"));
    let mut problem = match problem {
        Some(problem) => problem,
        None if is_bare && (!has_type || plain) => Problem::bare(status),
        None => return,
    };
    problem.request_id = Some(id.to_owned());
    problem.connect_url = problem.connect_url.map(|path| state.hub.settings().address(&path));
    if let Ok(status) = StatusCode::from_u16(problem.status) {
        *response.status_mut() = status;
    }
    let (name, value, body) = render(&problem);
    response.headers_mut().insert(name, value);
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
}

/// Headers that keep answers out of caches, frames and other people's guesses.
pub async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    harden_headers(response.headers_mut());
    response
}

pub(super) fn harden_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// Lets pages of other origins call the API. They can: it takes bearer tokens alone, never a
/// cookie, and a session says which pages may use it.
pub async fn cross_origin(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let api = request.uri().path().starts_with("/api/");
    let (Some(origin), true) = (origin, api) else { return next.run(request).await };
    let preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response =
        if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    allow_origin(headers, origin);
    if preflight {
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Mortise-User, \
                 X-Request-Id",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

/// Lets a page of this origin read an answer.
pub(super) fn allow_origin(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let expose = HeaderValue::from_static(EXPOSED);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, expose);
}
