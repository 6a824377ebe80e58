use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::authorize::{AuthorizeRefusal, Begun, Consent};
use super::dialect::TokenRefusal;
use super::exchange::BasicCredentials;
use super::grants::AuthorizationServer;
use super::page::{ConsentPage, error_page};
use crate::backend::Backend;
use crate::params::Params;

const COOKIE: &str = "sandbox_request";

/// The authorize page, its decision at `{authorize}/decision`, and the token endpoint.
pub(crate) fn routes<A: Send + Sync + 'static>(
    authorize: &str,
    token: &str,
) -> Router<Arc<Backend<A>>> {
    Router::new()
        .route(authorize, get(show_consent::<A>))
        .route(&format!("{authorize}/decision"), post(take_decision::<A>))
        .route(token, post(exchange::<A>))
}

/// The token endpoint at one more address.
pub(crate) fn token_route<A: Send + Sync + 'static>(path: &str) -> Router<Arc<Backend<A>>> {
    Router::new().route(path, post(exchange::<A>))
}

async fn show_consent<A>(
    State(backend): State<Arc<Backend<A>>>,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Response {
    let oauth = &backend.oauth;
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let hint = params.get("login_hint").unwrap_or(crate::DEFAULT_ACCOUNT).to_owned();
    match oauth.begin(params) {
        Err(refusal) => refuse(oauth, &refusal),
        Ok(Begun::Redirect(location)) => found(&location),
        Ok(Begun::Pending { request_id, scopes }) => {
            let page = ConsentPage {
                vendor: oauth.dialect().vendor(),
                action: &format!("{}/decision", uri.path()),
                request_id: &request_id,
                account: &hint,
                scopes: &scopes,
                complaint: None,
            };
            let cookie = format!("{COOKIE}={request_id}; Path=/; HttpOnly; SameSite=Lax");
            ([(header::SET_COOKIE, cookie)], guarded(page.html())).into_response()
        }
    }
}

/// `request_id` comes from the form or, for command-line clients, from the cookie. A form that
/// did not show the scopes and names none ticks all of them.
async fn take_decision<A>(
    State(backend): State<Arc<Backend<A>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let oauth = &backend.oauth;
    let form = Params::parse(&body);
    let request_id = form.get("request_id").map(str::to_owned).or_else(|| cookie(&headers));
    let Some(request_id) = request_id else {
        return refuse(oauth, &AuthorizeRefusal::UnknownRequest);
    };
    let deny = match form.get("decision") {
        Some("allow") => false,
        Some("deny") => true,
        _ => {
            let problem = "decision must be allow or deny".to_owned();
            return refuse(oauth, &AuthorizeRefusal::InvalidRequest(problem));
        }
    };
    let shown = form.has("scope") || form.has("scopes_shown");
    let consent = Consent {
        account: form.get("account").unwrap_or(crate::DEFAULT_ACCOUNT).to_owned(),
        scopes: shown.then(|| form.all("scope").map(str::to_owned).collect()),
        deny,
    };
    match oauth.decide(&request_id, &consent) {
        Ok(location) => found(&location),
        Err(refusal @ AuthorizeRefusal::NotAnAccount(_)) => {
            let Some(scopes) = oauth.pending_scopes(&request_id) else {
                return refuse(oauth, &AuthorizeRefusal::UnknownRequest);
            };
            let page = ConsentPage {
                vendor: oauth.dialect().vendor(),
                action: uri.path(),
                request_id: &request_id,
                account: &consent.account,
                scopes: &scopes,
                complaint: Some(&refusal.to_string()),
            };
            (StatusCode::BAD_REQUEST, guarded(page.html())).into_response()
        }
        Err(refusal) => refuse(oauth, &refusal),
    }
}

async fn exchange<A>(
    State(backend): State<Arc<Backend<A>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let oauth = &backend.oauth;
    let issued = form(&headers, &body)
        .ok_or(TokenRefusal::NotAForm)
        .and_then(|form| oauth.exchange(&form, basic(&headers)));
    let uncached = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    match issued {
        Ok(issued) => (uncached, Json(oauth.dialect().token_answer(&issued))).into_response(),
        Err(refusal) => {
            let (status, body) = oauth.dialect().refusal(&refusal);
            (status, uncached, Json(body)).into_response()
        }
    }
}

/// The posted form; nothing where the body is declared to be something else.
pub(crate) fn form(headers: &HeaderMap, body: &Bytes) -> Option<Params> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = kind.split(';').next()?.trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded").then(|| Params::parse(body))
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// RFC 6749, 2.3.1: id and secret are form-encoded before they are joined.
fn basic(headers: &HeaderMap) -> Option<BasicCredentials> {
    let (scheme, encoded) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let decode = |text: &str| {
        Params::parse(format!("v={text}").as_bytes()).get("v").unwrap_or_default().to_owned()
    };
    Some((decode(id), decode(secret)))
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_owned())
}

fn found(location: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

fn refuse(oauth: &AuthorizationServer, refusal: &AuthorizeRefusal) -> Response {
    let page = error_page(oauth.dialect().vendor(), &format!("Error 400: {refusal}"));
    (StatusCode::BAD_REQUEST, guarded(page)).into_response()
}

fn guarded(html: String) -> impl IntoResponse {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")];
    (headers, Html(html))
}
