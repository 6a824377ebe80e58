//! `GET /api/integrations/{slug}/callback`: where the vendor sends the browser back to.

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::Callback,
    http::{
        AppState, Problem,
        extract::{Params, Segments},
        pages::{self, BrowserCookie},
    },
};

/// What the vendor adds. More is allowed and ignored.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallbackParams {
    /// Names the attempt.
    state: Option<String>,
    /// To be exchanged.
    code: Option<String>,
    /// Why there is no code.
    error: Option<String>,
    /// Who answers (RFC 9207).
    iss: Option<String>,
}

/// Ends a connect attempt. Shows a page that tells its opener, or leads to `return_to`.
#[utoipa::path(
    get, path = "/api/integrations/{slug}/callback", tag = "integrations",
    params(
        ("slug" = String, Path, description = "The provider: google-calendar"),
        CallbackParams,
    ),
    responses(
        (status = 200, description = "Connected: a page", content_type = "text/html"),
        (status = 303, description = "Connected: on to return_to"),
        (status = 400, description = "Refused: a page that says why", content_type = "text/html"),
        (status = 403, description = "Another browser: a page", content_type = "text/html"),
        (status = 502, description = "The vendor did not exchange the code: a page",
            content_type = "text/html"),
        (status = 503, description = "The database does not answer: a page",
            content_type = "text/html"),
    )
)]
pub async fn callback(
    State(state): State<AppState>,
    Segments(slug): Segments<String>,
    Params(params): Params<CallbackParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let provider = state.hub.providers().by_slug(&slug)?;
    let cookie = BrowserCookie::for_hub(&state.hub.settings().public_url);
    let callback = Callback {
        state: params.state,
        code: params.code.filter(|code| !code.is_empty()).map(Into::into),
        error: params.error,
        issuer: params.iss,
        browser: cookie.read(&headers),
    };
    Ok(match state.hub.finish_connect(provider, callback).await {
        Ok(connected) => pages::connected(&state, provider, connected),
        Err(failure) => {
            tracing::warn!(provider = %provider.id, error = %failure, "connect refused");
            pages::failed(&state, provider, &failure)
        }
    })
}
