//! `ANY /api/integrations/{slug}/proxy/{path}`

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};

use crate::{
    app::{ProxyAnswer, ProxyRequest},
    domain::keys::Right,
    http::{AppState, Problem, auth::ForUser, extract::Segments, layers::PassedThrough},
};

/// Answer headers that concern one connection, or that a vendor must not set on the hub's address.
const KEPT_BACK: [&str; 21] = [
    "alt-svc",
    "clear-site-data",
    "connection",
    "content-length",
    "content-security-policy",
    "content-security-policy-report-only",
    "keep-alive",
    "nel",
    "proxy-authenticate",
    "public-key-pins",
    "public-key-pins-report-only",
    "report-to",
    "reporting-endpoints",
    "service-worker-allowed",
    "set-cookie",
    "strict-transport-security",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];

/// Bytes as they came; a body over the limit is refused.
pub struct RawBody(Bytes);

impl FromRequest<AppState> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Self::Rejection> {
        let body = Bytes::from_request(request, state).await;
        body.map(Self).map_err(|error| Problem::bare(error.status()))
    }
}

/// Sends a request to the vendor's own API with the user's token, and passes the answer on as it
/// is. API keys with the `proxy` right only.
#[utoipa::path(
    method(get, post, put, patch, delete),
    path = "/api/integrations/{slug}/proxy/{path}", tag = "integrations",
    params(
        ("slug" = String, Path, description = "The provider: google-calendar"),
        ("path" = String, Path, description = "Below the vendor's API address; may have slashes"),
        ("mortise-user" = String, Header, description = "The user"),
    ),
    responses((status = "default", description = "The vendor's answer, or a problem", body = Problem,
        content_type = "application/problem+json")),
    security(("api_key" = []))
)]
pub async fn proxy(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    segments: Segments<(String, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: RawBody,
) -> Result<Response, Problem> {
    caller.require(Right::Proxy)?;
    let Segments((slug, _)) = segments;
    let provider = state.hub.providers().by_slug(&slug)?;
    // The raw path: a decoded slash is not the slash that the caller wrote.
    let path = uri.path().split_once("/proxy/").map_or("", |(_, path)| path).to_owned();
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    };
    let request = ProxyRequest {
        method: method.to_string(),
        path,
        query: uri.query().map(str::to_owned),
        headers: headers.iter().filter_map(text).collect(),
        body: body.0.to_vec(),
    };
    Ok(passed(state.hub.proxy(&caller, provider, request).await?))
}

fn passed(answer: ProxyAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = (status, answer.body).into_response();
    response.headers_mut().clear();
    for (name, value) in answer.headers {
        let kept_back = KEPT_BACK.contains(&name.as_str()) || name.starts_with("access-control-");
        let header = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
        if let (false, Some((name, value))) = (kept_back, header) {
            response.headers_mut().append(name, value);
        }
    }
    // A vendor's page must not run with the hub's origin.
    let sandbox = HeaderValue::from_static("default-src 'none'; sandbox");
    response.headers_mut().insert("content-security-policy", sandbox);
    response.extensions_mut().insert(PassedThrough);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_sets_nothing_that_outlasts_the_answer_or_speaks_for_the_hub_s_address() {
        let vendor = |name: &str| (name.to_owned(), "vendor".to_owned());
        let headers = ["etag", "x-frame-options", "access-control-allow-origin"].map(vendor);
        let headers = headers.into_iter().chain(KEPT_BACK.map(vendor)).collect();
        let answer = ProxyAnswer { status: 200, headers, body: Vec::new() };
        let response = passed(answer);
        let mut names: Vec<_> = response.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-security-policy", "etag", "x-frame-options"]);
        assert_eq!(response.headers()["content-security-policy"], "default-src 'none'; sandbox");
        for lasting in ["alt-svc", "clear-site-data", "nel", "set-cookie", "service-worker-allowed"]
        {
            assert!(KEPT_BACK.contains(&lasting), "{lasting}");
        }
    }
}
