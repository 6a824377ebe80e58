use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Json;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Microsoft;
use super::error::graph_error;
use super::oauth::bare_scope;
use crate::oauth::{Answer, bearer_token};

/// `GET /v1.0/me`: the default properties of the signed-in user. Needs `User.Read`.
pub(super) async fn get(
    State(microsoft): State<Arc<Microsoft>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Answer> {
    let bearer = bearer_token(&headers).and_then(|token| microsoft.oauth.authenticate(token));
    let Some(bearer) = bearer else {
        let message = "Access token has expired or is not yet valid.";
        return Err(graph_error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message));
    };
    let readable = ["user.read", "user.readwrite", "user.read.all"];
    let granted = |scope: &String| readable.contains(&bare_scope(scope).to_lowercase().as_str());
    if !bearer.scopes.iter().any(granted) {
        let message = "Insufficient privileges to complete the operation.";
        return Err(graph_error(StatusCode::FORBIDDEN, "Authorization_RequestDenied", message));
    }
    let name = bearer.account.split('@').next().unwrap_or_default();
    Ok(Json(json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
        "id": user_id(&bearer.account),
        "displayName": name,
        "givenName": name,
        "surname": null,
        "mail": bearer.account,
        "userPrincipalName": bearer.account,
        "businessPhones": [],
        "jobTitle": null,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": "en-US",
    })))
}

/// A UUID-shaped id, the same for the same account.
fn user_id(account: &str) -> String {
    let hex = hex::encode(&Sha256::digest(account)[..16]);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
