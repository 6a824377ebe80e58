//! The `/_sandbox` endpoints, the same at every vendor.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Json;
use axum::routing::{get, post};
use serde::Deserialize;

use crate::backend::Backend;
use crate::fault::Fault;
use crate::journal::LoggedRequest;

type Shared<A> = State<Arc<Backend<A>>>;

pub(crate) fn routes<A: Send + Sync + 'static>() -> Router<Arc<Backend<A>>> {
    Router::new()
        .route(
            "/_sandbox/faults",
            get(list_faults::<A>).post(set_fault::<A>).delete(clear_faults::<A>),
        )
        .route("/_sandbox/seed", post(set_seed::<A>))
        .route("/_sandbox/requests", get(list_requests::<A>))
        .route("/_sandbox/expires-in", post(set_expires_in::<A>))
        .route("/_sandbox/redirect-uris", post(allow_redirect_uri::<A>))
        .route("/_sandbox/accounts/{account}/expire-access-tokens", post(expire_access_tokens::<A>))
        .route("/_sandbox/accounts/{account}/revoke", post(revoke_grants::<A>))
}

async fn list_faults<A>(State(backend): Shared<A>) -> Json<Vec<Fault>> {
    Json(backend.faults.all())
}

async fn set_fault<A>(State(backend): Shared<A>, Json(fault): Json<Fault>) -> StatusCode {
    backend.faults.set(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults<A>(State(backend): Shared<A>) -> StatusCode {
    backend.faults.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Seed {
    seed: u64,
}

async fn set_seed<A>(State(backend): Shared<A>, Json(body): Json<Seed>) -> StatusCode {
    backend.faults.seed(body.seed);
    StatusCode::NO_CONTENT
}

async fn list_requests<A>(State(backend): Shared<A>) -> Json<Vec<LoggedRequest>> {
    Json(backend.journal.all())
}

#[derive(Deserialize)]
struct ExpiresIn {
    seconds: i64,
}

async fn set_expires_in<A>(State(backend): Shared<A>, Json(body): Json<ExpiresIn>) -> StatusCode {
    backend.oauth.set_expires_in(body.seconds);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct RedirectUri {
    redirect_uri: String,
}

async fn allow_redirect_uri<A>(
    State(backend): Shared<A>,
    Json(body): Json<RedirectUri>,
) -> StatusCode {
    backend.oauth.allow_redirect_uri(body.redirect_uri);
    StatusCode::NO_CONTENT
}

async fn expire_access_tokens<A>(
    State(backend): Shared<A>,
    Path(account): Path<String>,
) -> StatusCode {
    backend.oauth.expire_access_tokens(&account);
    StatusCode::NO_CONTENT
}

async fn revoke_grants<A>(State(backend): Shared<A>, Path(account): Path<String>) -> StatusCode {
    backend.oauth.revoke_grants(&account);
    StatusCode::NO_CONTENT
}
