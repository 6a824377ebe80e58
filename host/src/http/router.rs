//! Every address in one place.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::DefaultBodyLimit,
    handler::Handler,
    http::{HeaderValue, Method, StatusCode, header},
    middleware,
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, on},
};
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};

use super::{
    Gate, Problem, RateLimits, calendar, crm, integrations,
    layers::{cross_origin, harden, surround},
    openapi, operations, plugins, repeats, sessions, users,
};
use crate::{
    app::Hub,
    ports::{Health, Rng},
};

/// What handlers reach.
#[derive(Clone)]
pub struct AppState {
    /// The use cases.
    pub hub: Arc<Hub>,
    /// For `/readyz`.
    pub health: Arc<dyn Health>,
    /// For `/metrics`; `None` where they are switched off.
    pub metrics: Option<PrometheusHandle>,
    /// For `/openapi.json`: written at the first request.
    pub description: Arc<OnceLock<Bytes>>,
    /// What the operator should know, shown in `/readyz`.
    pub warnings: Arc<[String]>,
    /// For request ids and browser cookies.
    pub rng: Arc<dyn Rng>,
    /// Bytes that a request's body may have.
    pub body_limit: usize,
    /// Time for a whole request.
    pub request_timeout: Duration,
    /// How long a body may stand still.
    pub body_timeout: Duration,
    /// Who is let in.
    pub gate: Arc<Gate>,
    /// What one caller may do.
    pub rate_limits: Arc<RateLimits>,
}

/// A mounted route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mounted {
    /// `GET` and so on.
    pub method: String,
    /// With parameters in braces.
    pub path: String,
}

struct Table {
    router: Router<AppState>,
    mounted: Vec<Mounted>,
}

impl Table {
    fn at<H, T>(mut self, methods: &[Method], path: &str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let filter = |method: &Method| MethodFilter::try_from(method.clone()).ok();
        if let Some(all) = methods.iter().filter_map(filter).reduce(MethodFilter::or) {
            self.router = self.router.route(path, on(all, handler));
        }
        self.mounted.extend(
            methods.iter().map(|method| Mounted {
                method: method.to_string(),
                path: path.replace("{*", "{"),
            }),
        );
        self
    }

    fn get<H: Handler<T, AppState>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.at(&[Method::GET], path, handler)
    }

    /// An address that a browser opens once, with an effect. HEAD, which axum would hand to the
    /// handler of GET, is refused: whoever only looks at a link must not use it up.
    fn opened<H: Handler<T, AppState>, T: 'static>(mut self, path: &str, handler: H) -> Self {
        let methods = on(MethodFilter::GET, handler).head(only_get).fallback(only_get);
        self.router = self.router.route(path, methods);
        self.mounted.push(Mounted { method: Method::GET.to_string(), path: path.to_owned() });
        self
    }

    fn post<H: Handler<T, AppState>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.at(&[Method::POST], path, handler)
    }
}

/// Methods that the proxy passes on.
pub const PROXIED: [Method; 5] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

fn table(hub: &Hub) -> Table {
    let event = "/api/calendar/events/{entity_type}/{entity_id}";
    let contact = "/api/crm/contacts/{entity_type}/{entity_id}";
    let deal = "/api/crm/deals/{entity_type}/{entity_id}";
    let table = Table { router: Router::new(), mounted: Vec::new() }
        .get("/api/integrations", integrations::list::list)
        .get("/api/integrations/{slug}/connect", integrations::connect::connect)
        .opened("/api/integrations/{slug}/connect/{attempt}", integrations::open::open)
        .opened("/api/integrations/{slug}/callback", integrations::callback::callback)
        .get("/api/integrations/{slug}/status", integrations::status::status)
        .post("/api/integrations/{slug}/disconnect", integrations::disconnect::disconnect)
        .get("/api/integrations/{slug}/token", integrations::token::token)
        .at(&PROXIED, "/api/integrations/{slug}/proxy/{*path}", integrations::proxy::proxy)
        .get("/api/calendar/events", calendar::list::list)
        .post("/api/calendar/events", calendar::create::create)
        .get(event, calendar::get::get)
        .at(&[Method::PUT], event, calendar::update::update)
        .at(&[Method::DELETE], event, calendar::delete::delete)
        .get("/api/calendar/primary", calendar::primary::get)
        .at(&[Method::PUT], "/api/calendar/primary", calendar::primary::set)
        .at(&[Method::DELETE], "/api/calendar/primary", calendar::primary::clear)
        .get("/api/calendar/freebusy", calendar::freebusy::freebusy)
        .post("/api/calendar/conflicts", calendar::conflicts::conflicts)
        .get("/api/crm/contacts", crm::list::list_contacts)
        .post("/api/crm/contacts", crm::create::create_contact)
        .get(contact, crm::get::get_contact)
        .at(&[Method::PUT], contact, crm::update::update_contact)
        .at(&[Method::DELETE], contact, crm::delete::delete_contact)
        .get("/api/crm/deals", crm::list::list_deals)
        .post("/api/crm/deals", crm::create::create_deal)
        .get(deal, crm::get::get_deal)
        .at(&[Method::PUT], deal, crm::update::update_deal)
        .at(&[Method::DELETE], deal, crm::delete::delete_deal)
        .post("/api/sessions", sessions::create)
        .at(&[Method::DELETE], "/api/users/{user}", users::erase)
        .get("/api/plugins", plugins::list)
        .get("/livez", operations::livez)
        .get("/readyz", operations::readyz)
        .get("/metrics", operations::metrics)
        .get("/openapi.json", openapi::serve);
    integrations::routes::of_plugins(hub).into_iter().fold(table, |table, route| {
        let path = route.path.clone();
        let method = route.method.clone();
        table.at(std::slice::from_ref(&method), &path, route.handler())
    })
}

/// All routes that a hub with these providers mounts.
#[must_use]
pub fn mounted(hub: &Hub) -> Vec<Mounted> {
    table(hub).mounted
}

/// The service.
pub fn router(state: AppState) -> Router {
    table(&state.hub)
        .router
        .route_layer(middleware::from_fn_with_state(state.clone(), repeats::once))
        .fallback(|| async { Problem::bare(StatusCode::NOT_FOUND) })
        .layer(DefaultBodyLimit::max(state.body_limit))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, state.request_timeout))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(cross_origin))
        .layer(middleware::from_fn(harden))
        .layer(middleware::from_fn_with_state(state.clone(), surround))
        .with_state(state)
}

async fn only_get() -> Response {
    let mut response = Problem::bare(StatusCode::METHOD_NOT_ALLOWED).into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
    response
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::bare(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}
