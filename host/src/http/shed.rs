//! What is said to a request that finds no place.

use std::{
    convert::Infallible,
    sync::Mutex,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use tower::Service;

use super::{
    AppState, Problem, Stage,
    gate::{Entry, Refusal},
    layers::{REQUEST_ID, allow_origin, harden_headers, request_id},
    problem::render,
};

/// How soon a request after a refusal is one that did not wait as it was told.
const EAGER: Duration = Duration::from_secs(1);
/// How long the next refusal then takes. It has to cost the caller more than it costs the hub.
const HELD_BACK: Duration = Duration::from_millis(100);

/// When a connection was last refused for the load.
#[derive(Default)]
pub(super) struct Refused(Mutex<Option<Instant>>);

impl Refused {
    /// Keeps who asks again at once from asking as fast as it can.
    async fn hold_back(&self) {
        let last = self.0.lock().ok().and_then(|mut last| last.replace(Instant::now()));
        if last.is_some_and(|last| last.elapsed() < EAGER) {
            tokio::time::sleep(HELD_BACK).await;
        }
    }
}

/// All of the API behind the gate. A request that finds no place is answered here, before anything
/// is known of it but its path: that has to cost next to nothing.
pub(super) async fn answer<S>(
    mut api: S,
    state: &AppState,
    refused: &Refused,
    request: Request,
) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let place = match state.gate.enter(request.uri().path()) {
        Entry::Refused(refusal) => {
            if matches!(refusal, Refusal::Overloaded) {
                refused.hold_back().await;
            }
            return refuse(state, request.headers(), refusal);
        }
        Entry::Probe => None,
        Entry::Taken(place) => {
            // Whoever came with it is counted before work goes on: requests that wait for nothing
            // would else be done one by one, and the queue would grow in the connections.
            tokio::task::yield_now().await;
            Some(place)
        }
    };
    let mut response = match api.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    drop(place);
    if state.gate.stage() > Stage::Open {
        close_after(&mut response);
    }
    response
}

/// Ends the connection with this answer.
pub(super) fn close_after(response: &mut Response) {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
}

fn refuse(state: &AppState, asked: &HeaderMap, refusal: Refusal) -> Response {
    let drawn = state.rng.bytes32();
    let id = request_id(asked, &drawn);
    // Who was refused at one moment must not come back at one moment.
    let mut problem = problem(refusal).wait(f64::from(1 + drawn[31] % 2));
    problem.request_id = Some(id.clone());
    let (name, value, body) = render(&problem);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(name, value);
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    harden_headers(headers);
    if let Some(origin) = asked.get(header::ORIGIN) {
        allow_origin(headers, origin.clone());
    }
    let reason = match refusal {
        Refusal::Overloaded => "overloaded",
        Refusal::Stopping => {
            close_after(&mut response);
            "stopping"
        }
    };
    metrics::counter!("mortise_http_requests_shed_total", "reason" => reason).increment(1);
    response
}

fn problem(refusal: Refusal) -> Problem {
    let (code, title, detail) = match refusal {
        Refusal::Overloaded => (
            "overloaded",
            "The hub is busy",
            "It works on as many requests as it can. Nothing was done: send the same request again \
             after the seconds of Retry-After.",
        ),
        Refusal::Stopping => (
            "stopping",
            "The hub is stopping",
            "Nothing was done: send the same request again on a new connection, after the seconds \
             of Retry-After.",
        ),
    };
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, title, detail)
}
