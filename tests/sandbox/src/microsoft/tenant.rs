//! The tenant in the OAuth addresses: `common`, `organizations`, `consumers`, an id or a domain.

use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::oauth::error_body;
use crate::oauth::Answer;

/// Refuses addresses of tenants that cannot exist.
pub(super) async fn layer(Path(tenant): Path<String>, request: Request, next: Next) -> Response {
    if may_exist(&tenant) {
        return next.run(request).await;
    }
    let message = format!("Tenant '{tenant}' not found.");
    Answer(StatusCode::BAD_REQUEST, error_body("invalid_request", 90_002, &message)).into_response()
}

fn may_exist(tenant: &str) -> bool {
    let well_known = ["common", "organizations", "consumers"].contains(&tenant);
    let plain = tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    let is_id = tenant.len() == 36 && tenant.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    well_known || is_id || (plain && tenant.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_a_word_an_id_or_a_domain() {
        for tenant in ["common", "contoso.example", "9122040d-6c67-4c5b-b112-36a304b66dad"] {
            assert!(may_exist(tenant), "{tenant}");
        }
        for tenant in ["", "comon", "a b.example", "9122040d"] {
            assert!(!may_exist(tenant), "{tenant}");
        }
    }
}
