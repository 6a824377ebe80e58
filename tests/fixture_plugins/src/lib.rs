//! What the fixture plugins have in common.

use mortise_plugin_api::{Manifest, Route};

/// A manifest that a host accepts, with one route: `GET ask`, operation `ask`.
#[must_use]
pub fn manifest(id: &str) -> Manifest {
    let mut manifest = Manifest::new(id, &format!("Fixture {id}"), "1.2.3");
    manifest.api_base = format!("https://{}.example.com/v1", id.replace('_', "-"));
    manifest.oauth.authorize_url = "https://login.example.com/authorize".to_owned();
    manifest.oauth.token_url = "https://login.example.com/token".to_owned();
    manifest.routes = vec![route("GET", "ask", "ask")];
    manifest
}

/// A route without schemas.
#[must_use]
pub fn route(method: &str, path: &str, operation: &str) -> Route {
    Route {
        method: method.to_owned(),
        path: path.to_owned(),
        operation: operation.to_owned(),
        summary: format!("Starts {operation}"),
        ..Route::default()
    }
}
