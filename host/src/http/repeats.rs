//! `Idempotency-Key`: a POST that is sent again is answered as the first time.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    body::{Bytes, HttpBody as _, to_bytes},
    extract::{FromRequest as _, FromRequestParts as _, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use tracing::Instrument as _;

use super::{
    AppState, Problem,
    auth::{ForUser, Repeated, single},
    layers::PassedThrough,
    rate_limit::Told,
};
use crate::app::{AnswerShape, CallTurn, Hub, KeptAnswer, Repeat, RepeatRequest};

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
static IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Beyond the time for a request: clocks of several hosts, and the writes at its end.
const MARGIN: Duration = Duration::from_secs(30);
/// A larger answer is not kept.
const LARGEST: u64 = 1 << 20;
/// Headers of a request that say what is asked for.
const MEANT: [&str; 3] = ["content-type", "if-match", "prefer"];

/// Carries a POST with a key out once, and answers it again as often as it comes.
pub async fn once(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_keyed = request.method() == Method::POST;
    if !is_keyed || !request.headers().contains_key(&IDEMPOTENCY_KEY) {
        return next.run(request).await;
    }
    keyed(state, request, next).await.unwrap_or_else(|problem| problem.into_response())
}

async fn keyed(state: AppState, request: Request, next: Next) -> Result<Response, Problem> {
    let key = key_of(request.headers())?.ok_or_else(bad_key)?;
    let route = request.extensions().get::<MatchedPath>().map_or("", |path| path.as_str());
    if route == "/api/sessions" {
        let detail = "A session's token is not kept, so this call cannot be answered twice: leave \
                      Idempotency-Key out. A session that nobody uses ends by itself.";
        return Err(Problem::unreadable(StatusCode::BAD_REQUEST, detail));
    }
    let endpoint = endpoint(route);
    let (mut parts, body) = request.into_parts();
    let ForUser(caller) = ForUser::from_request_parts(&mut parts, &state).await?;
    // One call counts once, although the handler asks again who calls.
    parts.extensions.remove::<Told>();
    let limited = Request::from_parts(parts.clone(), body);
    let body = Bytes::from_request(limited, &state).await;
    let body = body.map_err(|error| Problem::bare(error.status()))?;
    let request = RepeatRequest {
        endpoint,
        key,
        parts: identity(&parts, &body),
        longest: state.request_timeout + MARGIN,
    };
    match state.hub.begin_repeatable(&caller, request).await? {
        Repeat::Answered(answer) => Ok(again(answer)),
        Repeat::CarryOut(turn) => {
            let request = Request::from_parts(parts, body.into());
            carry_out(state, turn, request, next).await
        }
    }
}

/// In a task of its own: the answer is kept although the caller goes away.
async fn carry_out(
    state: AppState,
    turn: CallTurn,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let hub = Arc::clone(&state.hub);
    let work = async move {
        let answer = tokio::time::timeout(state.request_timeout, next.run(request));
        match AssertUnwindSafe(answer).catch_unwind().await {
            Ok(Ok(response)) => Ok(keep(&state.hub, turn, response).await),
            Ok(Err(_)) => {
                state.hub.forget_repeatable(turn).await;
                Ok(Problem::bare(StatusCode::REQUEST_TIMEOUT).into_response())
            }
            Err(panic) => {
                state.hub.forget_repeatable(turn).await;
                std::panic::resume_unwind(panic)
            }
        }
    };
    Ok(hub.to_the_end(work.in_current_span()).await?)
}

/// Keeps an answer that is final and small.
async fn keep(hub: &Hub, turn: CallTurn, response: Response) -> Response {
    let is_small = response.body().size_hint().upper().is_some_and(|size| size <= LARGEST);
    if !is_small || !is_final(response.status()) {
        hub.forget_repeatable(turn).await;
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, LARGEST as usize).await else {
        hub.forget_repeatable(turn).await;
        return Problem::bare(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    };
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    };
    let problem = parts.extensions.get::<Problem>();
    let shape = match (problem, parts.extensions.get::<PassedThrough>()) {
        (Some(_), _) => AnswerShape::Problem,
        (None, Some(_)) => AnswerShape::Vendor,
        (None, None) => AnswerShape::Own,
    };
    let answer = KeptAnswer {
        status: parts.status.as_u16(),
        shape,
        headers: parts.headers.iter().filter_map(text).collect(),
        body: match problem {
            Some(problem) => serde_json::to_vec(problem).unwrap_or_default(),
            None => body.to_vec(),
        },
    };
    hub.finish_repeatable(turn, &answer).await;
    Response::from_parts(parts, body.into())
}

/// Whether a repetition should be answered so too. What time or the user mends is tried again, and
/// so is what failed: whatever it had done by then, the repeated call takes it up.
fn is_final(status: StatusCode) -> bool {
    match status.as_u16() {
        // Who calls, what is allowed, methods, time, what is in the way, too early, too often.
        401 | 403 | 405 | 408 | 409 | 423 | 425 | 429 => false,
        status => (200..500).contains(&status),
    }
}

/// A kept answer as it was, with a mark.
fn again(answer: KeptAnswer) -> Response {
    let mut response = match answer.shape {
        AnswerShape::Problem => match serde_json::from_slice::<Problem>(&answer.body) {
            Ok(problem) => problem.into_response(),
            Err(_) => return Problem::bare(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
        },
        AnswerShape::Own | AnswerShape::Vendor => with_headers(answer),
    };
    response.headers_mut().insert(&IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    response
}

fn with_headers(answer: KeptAnswer) -> Response {
    let mut response = Response::new(answer.body.into());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
    for (name, value) in answer.headers {
        let header = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
        response.headers_mut().extend(header);
    }
    if answer.shape == AnswerShape::Vendor {
        response.extensions_mut().insert(PassedThrough);
    }
    response
}

fn key_of(headers: &HeaderMap) -> Result<Option<String>, Repeated> {
    let value = single(headers, &IDEMPOTENCY_KEY)?.and_then(|value| value.to_str().ok());
    let fits = |key: &&str| {
        (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    Ok(value.filter(fits).map(str::to_owned))
}

fn bad_key() -> Problem {
    let detail = "Idempotency-Key takes 1 to 255 visible ASCII characters: a new UUID for each \
                  call, and the same one where you repeat it.";
    Problem::unreadable(StatusCode::BAD_REQUEST, detail)
}

/// What keys are counted by; a column holds 255 bytes of it.
fn endpoint(route: &str) -> String {
    let endpoint = format!("POST {route}");
    if endpoint.len() <= 255 { endpoint } else { crate::app::hash_secret(&endpoint) }
}

/// All that makes a request this one and no other.
fn identity<'r>(parts: &'r Parts, body: &'r [u8]) -> Vec<&'r [u8]> {
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let mut identity = vec![parts.method.as_str().as_bytes(), path.as_bytes(), body];
    for name in MEANT {
        let values = parts.headers.get_all(name).iter();
        identity.extend(values.flat_map(|value| [name.as_bytes(), value.as_bytes()]));
    }
    identity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_unless_the_same_call_may_be_answered_otherwise_later() {
        let kept = |status| is_final(StatusCode::from_u16(status).unwrap());
        for status in [200, 201, 204, 303, 400, 404, 410, 412, 413, 415, 422] {
            assert!(kept(status), "{status}");
        }
        for status in [401, 403, 405, 408, 409, 423, 425, 429, 500, 501, 502, 503, 504] {
            assert!(!kept(status), "{status}");
        }
    }

    #[test]
    fn requests_with_other_headers_that_mean_something_are_others() {
        let parts = |name: &str| {
            let request = axum::http::Request::post("/api/x?a=1").header(name, "x");
            request.body(()).unwrap().into_parts().0
        };
        let (plain, prefer, matched) = (parts("x-other"), parts("prefer"), parts("if-match"));
        assert_ne!(identity(&plain, b""), identity(&prefer, b""));
        assert_ne!(identity(&prefer, b""), identity(&matched, b""));
        assert_eq!(identity(&plain, b"").concat(), b"POST/api/x?a=1");
    }

    #[test]
    fn a_long_route_has_a_short_name() {
        assert_eq!(endpoint("/api/x"), "POST /api/x");
        assert_eq!(endpoint(&"/x".repeat(200)).len(), 64);
    }
}
