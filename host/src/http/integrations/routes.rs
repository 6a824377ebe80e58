//! Routes that plugins add below `/api/integrations/{slug}`.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest as _, FromRequestParts as _, Request},
    handler::Handler,
    http::{Method, StatusCode},
    response::IntoResponse as _,
};
use mortise_plugin_api::{Route, RouteRequest};
use serde_json::Value;

use crate::{
    app::{Hub, HubError, Provider},
    http::{
        AppState, Problem,
        auth::ForUser,
        extract::{Params, Segments},
    },
};

/// A plugin's route with the whole of its address.
#[derive(Clone)]
pub struct PluginRoute {
    /// Its method.
    pub method: Method,
    /// Its address, with parameters in braces.
    pub path: String,
    /// Whose it is.
    pub provider: Arc<Provider>,
    /// What the manifest says of it.
    pub route: Route,
}

/// All routes that the serving providers add. The loader has checked them.
#[must_use]
pub fn of_plugins(hub: &Hub) -> Vec<PluginRoute> {
    let of = |provider: &Arc<Provider>| {
        let routes = provider.manifest().routes.clone();
        let provider = Arc::clone(provider);
        routes.into_iter().filter_map(move |route| {
            Some(PluginRoute {
                method: route.method.parse().ok()?,
                path: format!(
                    "/api/integrations/{}/{}",
                    provider.id.slug(),
                    route.path.trim_matches('/')
                ),
                provider: Arc::clone(&provider),
                route,
            })
        })
    };
    hub.providers().iter().flat_map(of).collect()
}

impl PluginRoute {
    /// The handler of this one route.
    pub fn handler(self) -> impl Handler<((),), AppState> {
        let this = Arc::new(self);
        RouteHandler(this)
    }

    async fn answer(&self, state: AppState, request: Request) -> Result<Json<Value>, Problem> {
        let (mut parts, body) = request.into_parts();
        // Before the body: nobody unknown makes the hub wait for one.
        let ForUser(caller) = ForUser::from_request_parts(&mut parts, &state).await?;
        let limited = Request::from_parts(parts.clone(), body);
        let body = Bytes::from_request(limited, &state).await;
        let body = body.map_err(|error| Problem::bare(error.status()))?;
        let Segments(path) =
            Segments::<BTreeMap<String, String>>::from_request_parts(&mut parts, &state).await?;
        let Params(query) =
            Params::<BTreeMap<String, String>>::from_request_parts(&mut parts, &state).await?;
        if let Some(unknown) = query.keys().find(|name| !self.route.query.contains(name)) {
            let message = match self.route.query.join(", ") {
                none if none.is_empty() => "unknown; this route reads no parameters".to_owned(),
                known => format!("unknown; this route reads: {known}"),
            };
            return Err(HubError::invalid(unknown.as_str(), message).into());
        }
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).map_err(|error| {
                let detail = format!("The body is not JSON: {error}.");
                Problem::unreadable(StatusCode::BAD_REQUEST, detail)
            })?
        };
        let request = RouteRequest { path, query, body };
        let answer = state.hub.plugin_route(&caller, &self.provider, &self.route, request).await?;
        Ok(Json(answer))
    }
}

#[derive(Clone)]
struct RouteHandler(Arc<PluginRoute>);

impl Handler<((),), AppState> for RouteHandler {
    type Future = futures::future::BoxFuture<'static, axum::response::Response>;

    fn call(self, request: Request, state: AppState) -> Self::Future {
        Box::pin(async move { self.0.answer(state, request).await.into_response() })
    }
}
