//! `GET /api/integrations/{slug}/connect/{attempt}`: where a connect link leads.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::http::{
    AppState, Problem,
    extract::Segments,
    pages::{self, BrowserCookie},
};

/// Binds the connect attempt to this browser with a cookie and leads on to the vendor. Meant for
/// the browser alone.
#[utoipa::path(
    get, path = "/api/integrations/{slug}/connect/{attempt}", tag = "integrations",
    params(
        ("slug" = String, Path, description = "The provider: google-calendar"),
        ("attempt" = String, Path, description = "From the connect link"),
    ),
    responses(
        (status = 303, description = "On to the vendor"),
        (status = 400, description = "A page that says why not", content_type = "text/html"),
    )
)]
pub async fn open(
    State(state): State<AppState>,
    segments: Segments<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Segments((slug, attempt)) = segments;
    let provider = state.hub.providers().by_slug(&slug)?;
    let cookie = BrowserCookie::for_hub(&state.hub.settings().public_url);
    // Two tabs of one browser share the cookie, so that both attempts can end.
    let browser = cookie
        .read(&headers)
        .unwrap_or_else(|| SecretString::from(hex::encode(state.rng.bytes32())));
    let vendor = match state.hub.open_connect(provider, &attempt, &browser).await {
        Ok(url) => url,
        Err(failure) => return Ok(pages::failed(&state, provider, &failure)),
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let to = HeaderValue::from_str(vendor.as_str());
    let set = HeaderValue::from_str(
        &cookie.write(browser.expose_secret(), state.hub.settings().attempt_ttl),
    );
    if let (Ok(to), Ok(set)) = (to, set) {
        response.headers_mut().insert(header::LOCATION, to);
        response.headers_mut().insert(header::SET_COOKIE, set);
    }
    Ok(response)
}
