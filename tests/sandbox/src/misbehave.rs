//! The layer around every vendor: writes the journal and lets faults strike.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Json, Response};
use futures::{Stream, StreamExt, stream};
use serde_json::json;

use crate::backend::Backend;
use crate::fault::{Fault, FaultKind};
use crate::journal::LoggedRequest;
use crate::oauth::{Dialect, Failure, TokenRefusal};

pub(crate) async fn layer<A: Send + Sync + 'static>(
    State(backend): State<Arc<Backend<A>>>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path().starts_with("/_sandbox/") {
        return next.run(request).await;
    }
    let mut logged = LoggedRequest::received(&request);
    let query = request.uri().query().unwrap_or_default();
    let fault = backend.faults.take(&logged.method, &logged.path, query);
    let is_slow = |fault: &Fault| fault.kind == FaultKind::Slow;
    let late = fault.as_ref().filter(|fault| is_slow(fault)).and_then(Fault::wait);
    let mut response = match fault.filter(|fault| !is_slow(fault)) {
        Some(fault) => {
            if let Some(wait) = fault.wait() {
                tokio::time::sleep(wait).await;
            }
            strike(&fault, backend.oauth.dialect(), request, next).await
        }
        None => next.run(request).await,
    };
    let lost = response.extensions().get::<LostStatus>().map(|lost| lost.0);
    let status = lost.unwrap_or(response.status());
    logged.status = status.as_u16();
    for (name, value) in backend.oauth.dialect().headers(status) {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    backend.journal.record(logged);
    if let Some(wait) = late {
        tokio::time::sleep(wait).await;
    }
    response
}

/// The status of an answer that is replaced so that its sending can fail.
#[derive(Clone, Copy)]
struct LostStatus(StatusCode);

async fn strike(fault: &Fault, dialect: &dyn Dialect, request: Request, next: Next) -> Response {
    let failure = |kind| {
        let mut response = dialect.failure(kind).into_response();
        let seconds = fault.retry_after.map(|seconds| seconds.to_string());
        if let Some(value) = seconds.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    };
    match fault.kind {
        FaultKind::TooManyRequests => failure(Failure::TooManyRequests),
        FaultKind::ForbiddenRateLimit => failure(Failure::ForbiddenRateLimit),
        FaultKind::InternalError => failure(Failure::Internal),
        FaultKind::Unavailable => failure(Failure::Unavailable),
        FaultKind::GatewayTimeout => {
            with_status(StatusCode::GATEWAY_TIMEOUT, failure(Failure::Unavailable))
        }
        FaultKind::BandwidthLimitExceeded => {
            let status = StatusCode::from_u16(509).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
            with_status(status, failure(Failure::TooManyRequests))
        }
        FaultKind::SyncTokenExpired => failure(Failure::SyncTokenExpired),
        // The layer makes the one wait after the work, and the other before it.
        FaultKind::Slow | FaultKind::Late => next.run(request).await,
        FaultKind::Cut => cut_in_the_middle(next.run(request).await).await,
        FaultKind::DoThenCut => cut_at_once(next.run(request).await),
        FaultKind::HugeBody => huge_body(),
        FaultKind::BadJson => json_text(r#"{"kind": "calendar#events", "items": [{"id": "#),
        FaultKind::Empty => StatusCode::OK.into_response(),
        FaultKind::Html => {
            Html("<!doctype html><title>Sign in</title><p>Please sign in to this network.</p>")
                .into_response()
        }
        FaultKind::BadGateway => {
            let page = Html("<html><body><h1>502 Bad Gateway</h1></body></html>");
            (StatusCode::BAD_GATEWAY, page).into_response()
        }
        FaultKind::TokenWithoutAccessToken => {
            Json(json!({"token_type": "Bearer", "expires_in": 3599})).into_response()
        }
        FaultKind::OkWithError => {
            let (_, body) = dialect.refusal(&TokenRefusal::DeadRefreshToken);
            Json(body).into_response()
        }
        FaultKind::InvalidGrant => {
            let (status, body) = dialect.refusal(&TokenRefusal::DeadRefreshToken);
            (status, Json(body)).into_response()
        }
    }
}

fn with_status(status: StatusCode, mut response: Response) -> Response {
    *response.status_mut() = status;
    response
}

fn json_text(body: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body).into_response()
}

fn connection_lost() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut by a fault")
}

/// An error before the first piece keeps even the status line from being flushed.
fn cut_at_once(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("1024"));
    // 204 and 304 have no body whose sending could fail.
    parts.extensions.insert(LostStatus(parts.status));
    parts.status = StatusCode::OK;
    let pieces = stream::once(async { Err::<Bytes, _>(connection_lost()) });
    Response::from_parts(parts, Body::from_stream(pieces))
}

/// Announces the whole body, sends half of it, and closes.
async fn cut_in_the_middle(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if whole.is_empty() {
        return cut_at_once(Response::from_parts(parts, Body::empty()));
    }
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.slice(..whole.len() / 2);
    let lost = stream::once(async {
        Flushed::default().await;
        Err(connection_lost())
    });
    let pieces = stream::once(async move { Ok::<_, std::io::Error>(half) }).chain(lost);
    Response::from_parts(parts, Body::from_stream(pieces))
}

/// Pending once: the server flushes what it holds before it asks again.
#[derive(Default)]
struct Flushed(bool);

impl Future for Flushed {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

fn huge_body() -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], Body::from_stream(huge_json()))
        .into_response()
}

/// Well-formed JSON of a little over 9 MiB, so that only its size is wrong.
fn huge_json() -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    const PIECE: usize = 64 * 1024;
    let filler = Bytes::from(vec![b'x'; PIECE]);
    stream::once(async { Bytes::from_static(b"{\"kind\": \"") })
        .chain(stream::iter(std::iter::repeat_n(filler, 9 * 1024 * 1024 / PIECE)))
        .chain(stream::once(async { Bytes::from_static(b"\", \"items\": []}") }))
        .map(Ok)
}
