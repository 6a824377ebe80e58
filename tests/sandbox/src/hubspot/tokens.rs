//! What OAuth offers for tokens that were issued: revoking and introspection, and the addresses
//! of version 1, which are to end on 2027-02-16.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::HubSpot;
use super::error::ApiError;
use super::oauth::error_body;
use super::store::hub_id;
use crate::oauth::{Answer, Bearer, TokenRefusal, form, token_route};

/// The endpoints, at each version's address.
pub(super) fn routes() -> Router<Arc<HubSpot>> {
    let version = |base: &str| {
        Router::new()
            .route(&format!("{base}/revoke"), post(revoke))
            .route(&format!("{base}/introspect"), post(introspect))
    };
    version("/oauth/2026-03/token")
        .merge(version("/oauth/v3/token"))
        .merge(token_route("/oauth/v3/token"))
        .merge(token_route("/oauth/v1/token"))
        .route("/oauth/v1/access-tokens/{token}", get(access_token))
        .route("/oauth/v1/refresh-tokens/{token}", get(refresh_token).delete(end_refresh_token))
}

/// A form that names the client, its secret and a token.
fn token_of_client(hubspot: &HubSpot, headers: &HeaderMap, body: &Bytes) -> Result<String, Answer> {
    let refuse = |refusal| {
        let (status, body) = hubspot.oauth.dialect().refusal(&refusal);
        Answer(status, body)
    };
    let form = form(headers, body).ok_or_else(|| refuse(TokenRefusal::NotAForm))?;
    hubspot.oauth.authenticate_client(&form, None).map_err(refuse)?;
    let token = form.get("token").ok_or_else(|| refuse(TokenRefusal::MissingParameter("token")))?;
    Ok(token.to_owned())
}

/// Ends a refresh token. Access tokens made from it live on until they expire.
async fn revoke(
    State(hubspot): State<Arc<HubSpot>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let token = token_of_client(&hubspot, &headers, &body)?;
    if !hubspot.oauth.revoke(&token) {
        let body = error_body("VALIDATION_ERROR", "missing or invalid token");
        return Err(Answer(StatusCode::BAD_REQUEST, body));
    }
    Ok(Answer(StatusCode::OK, json!({})))
}

/// What a token is good for (RFC 7662); an unknown one is `{"active": false}`.
async fn introspect(
    State(hubspot): State<Arc<HubSpot>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let token = token_of_client(&hubspot, &headers, &body)?;
    let oauth = &hubspot.oauth;
    let active = |bearer: &Bearer, token_use: &str| {
        let mut facts = facts(bearer);
        facts["active"] = json!(true);
        facts["token_use"] = json!(token_use);
        facts["token_type"] = json!("bearer");
        facts["client_id"] = json!(oauth.client_id());
        facts["app_id"] = json!(APP_ID);
        facts["expires_in"] = json!(bearer.expires_in);
        facts
    };
    let body = if let Some(bearer) = oauth.authenticate(&token) {
        active(&bearer, "access_token")
    } else if let Some(bearer) = oauth.holder_of_refresh_token(&token) {
        active(&bearer, "refresh_token")
    } else {
        json!({"active": false})
    };
    Ok(Answer(StatusCode::OK, body))
}

const APP_ID: u32 = 99;

/// Whose token it is, and its scopes.
fn facts(bearer: &Bearer) -> Value {
    let hub_id = hub_id(&bearer.account);
    json!({
        "hub_id": hub_id,
        "hub_domain": bearer.account.split('@').nth(1),
        "user": bearer.account,
        "user_id": hub_id % 100_000,
        "scopes": bearer.scopes,
    })
}

/// Version 1, `access_tokens.get`: whoever has the token may ask.
async fn access_token(
    State(hubspot): State<Arc<HubSpot>>,
    Path(token): Path<String>,
) -> Result<Answer, ApiError> {
    let bearer = hubspot.oauth.authenticate(&token).ok_or_else(ApiError::not_found)?;
    let mut facts = facts(&bearer);
    facts["token_type"] = json!("access");
    facts["token"] = json!(token);
    facts["app_id"] = json!(APP_ID);
    facts["expires_in"] = json!(bearer.expires_in);
    Ok(Answer(StatusCode::OK, facts))
}

/// Version 1, `refresh_tokens.get`.
async fn refresh_token(
    State(hubspot): State<Arc<HubSpot>>,
    Path(token): Path<String>,
) -> Result<Answer, ApiError> {
    let bearer = hubspot.oauth.holder_of_refresh_token(&token).ok_or_else(ApiError::not_found)?;
    let mut facts = facts(&bearer);
    facts["token_type"] = json!("refresh");
    facts["token"] = json!(token);
    facts["client_id"] = json!(hubspot.oauth.client_id());
    Ok(Answer(StatusCode::OK, facts))
}

/// Version 1, `refresh_tokens.archive`: as [`revoke`], for refresh tokens alone.
async fn end_refresh_token(
    State(hubspot): State<Arc<HubSpot>>,
    Path(token): Path<String>,
) -> Result<StatusCode, ApiError> {
    let known = hubspot.oauth.holder_of_refresh_token(&token).is_some();
    if known && hubspot.oauth.revoke(&token) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found())
}
