//! The API's description (OpenAPI 3.1), plugin routes included.

use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderValue, header},
    response::IntoResponse,
};
use mortise_plugin_api::{calendar, crm};
use serde_json::{Value, json};
use utoipa::{
    IntoResponses, OpenApi,
    openapi::{
        ContentBuilder, Ref, RefOr, Response, ResponseBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    AppState, Problem, ProblemField, calendar as calendar_api, crm as crm_api, integrations,
    integrations::routes::{PluginRoute, of_plugins},
    operations, plugins, sessions, users, view,
};
use crate::{
    app::{self, Hub},
    domain::plugins::{PluginReport, PluginState},
};

/// What any endpoint may answer instead: a problem.
pub struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new()
            .description("A problem (RFC 9457): `code` says which, `detail` what to do")
            .content("application/problem+json", content)
            .build();
        BTreeMap::from([("default".to_owned(), RefOr::T(response))])
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mortise",
        description = "An integration hub beside your application: OAuth, tokens, one calendar, \
            and contacts and deals over many vendors. Call with `Authorization: Bearer`: an API key and \
            `Mortise-User`, or a user's session token.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    tags(
        (name = "integrations", description = "Users' connections to providers"),
        (name = "calendar", description = "One calendar over all connected vendors"),
        (name = "crm", description = "Contacts and deals over all connected vendors"),
        (name = "sessions", description = "Tokens for browsers"),
        (name = "users", description = "What is kept of a user"),
        (name = "operations", description = "For the operator"),
    ),
    paths(
        integrations::list::list,
        integrations::connect::connect,
        integrations::open::open,
        integrations::callback::callback,
        integrations::status::status,
        integrations::disconnect::disconnect,
        integrations::token::token,
        integrations::proxy::proxy,
        calendar_api::list::list,
        calendar_api::create::create,
        calendar_api::get::get,
        calendar_api::update::update,
        calendar_api::delete::delete,
        calendar_api::primary::get,
        calendar_api::primary::set,
        calendar_api::primary::clear,
        calendar_api::freebusy::freebusy,
        calendar_api::conflicts::conflicts,
        crm_api::list::list_contacts,
        crm_api::create::create_contact,
        crm_api::get::get_contact,
        crm_api::update::update_contact,
        crm_api::delete::delete_contact,
        crm_api::list::list_deals,
        crm_api::create::create_deal,
        crm_api::get::get_deal,
        crm_api::update::update_deal,
        crm_api::delete::delete_deal,
        sessions::create,
        users::erase,
        plugins::list,
        operations::livez,
        operations::readyz,
        operations::metrics,
        serve,
    ),
    components(schemas(
        Problem, ProblemField, PluginReport, PluginState,
        view::LinkView, view::LinkedEventView, view::StatusView, view::ScopesView,
        app::BusyReport, app::BusyBlock, app::BusySource, app::Conflict, app::ConflictReport,
        app::EventInput, app::TimeInput, app::ConferenceInput,
        calendar::Event, calendar::EventTime, calendar::Attendee, calendar::Person,
        calendar::ResponseStatus, calendar::Reminder, calendar::ReminderMethod,
        calendar::Conference, calendar::ConferenceStatus, calendar::Transparency,
        calendar::Visibility, calendar::EventStatus,
        crm_api::CrmLinkView, crm_api::LinkedContactView, crm_api::LinkedDealView,
        crm_api::DealView, crm_api::DealContactView,
        app::ContactInput, app::DealInput, app::DealContactInput, app::AmountInput,
        crm::Contact, crm::Address,
    )),
)]
struct Api;

/// The description of a hub's API, with the routes that its plugins add.
#[must_use]
pub fn document(hub: &Hub) -> Value {
    let mut api = Api::openapi();
    api.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let components = api.components.get_or_insert_default();
    let bearer = |text: &str| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(text));
        SecurityScheme::Http(scheme.build())
    };
    let key = bearer("An API key, with `Mortise-User` for calls that concern a user");
    components.add_security_scheme("api_key", key);
    components.add_security_scheme("session", bearer("A session token of one user's browser"));
    let mut document = serde_json::to_value(api).unwrap_or_default();
    document["servers"] = json!([{"url": hub.settings().address("")}]);
    name_operations(&mut document);
    for route in of_plugins(hub) {
        let method = route.method.as_str().to_ascii_lowercase();
        document["paths"][&route.path][method] = operation(&route);
    }
    offer_keys(&mut document);
    document
}

/// Every POST for a user takes a key; only a session's token is not kept.
fn offer_keys(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, operations) in paths.filter(|(path, _)| *path != "/api/sessions") {
        let Some(post) = operations.get_mut("post").and_then(Value::as_object_mut) else {
            continue;
        };
        let parameters = post.entry("parameters").or_insert_with(|| json!([]));
        parameters.as_array_mut().into_iter().for_each(|parameters| {
            parameters.push(json!({
                "name": "idempotency-key", "in": "header", "required": false,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                "description": "A new UUID for each call. The same call with the same key is \
                    answered as the first time, for 24 hours",
            }));
        });
    }
}

/// The handlers' names come more than once, and an `operationId` must not: the tag goes before it,
/// and the method behind it where one handler has several.
fn name_operations(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operations in paths.filter_map(Value::as_object_mut) {
        let names: Vec<Value> = operations.values().map(|o| o["operationId"].clone()).collect();
        for (method, operation) in operations {
            let Some(name) = operation["operationId"].as_str() else { continue };
            let tag = operation["tags"][0].as_str().unwrap_or("hub");
            let shared = names.iter().filter(|other| *other == name).count() > 1;
            let method = if shared { format!(".{method}") } else { String::new() };
            operation["operationId"] = format!("{tag}.{name}{method}").into();
        }
    }
}

fn operation(route: &PluginRoute) -> Value {
    let segments = route.path.split('/');
    let in_path = segments.filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'));
    let text = json!({"type": "string"});
    let mut parameters: Vec<Value> = in_path
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": text}))
        .collect();
    let query = route.route.query.iter();
    parameters.extend(
        query.map(|name| json!({"name": name, "in": "query", "required": false, "schema": text})),
    );
    parameters.push(json!({
        "name": "mortise-user", "in": "header", "required": false, "schema": text,
        "description": "With an API key: the user",
    }));
    let schema = |schema: &Value| if schema.is_null() { json!({}) } else { schema.clone() };
    let problem = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
    let mut operation = json!({
        "tags": [route.provider.id.as_str()],
        "summary": route.route.summary,
        "operationId": route_id(route),
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "The plugin's answer",
                "content": {"application/json": {"schema": schema(&route.route.response_schema)}},
            },
            "default": {
                "description": "A problem (RFC 9457)",
                "content": {"application/problem+json": problem},
            },
        },
        "security": [{"api_key": []}, {"session": []}],
    });
    if !route.route.request_schema.is_null() {
        let content = json!({"application/json": {"schema": route.route.request_schema}});
        operation["requestBody"] = json!({"required": true, "content": content});
    }
    operation
}

/// The operation's name, with the provider's before it: one plugin can serve several.
fn route_id(route: &PluginRoute) -> String {
    let (provider, operation) = (route.provider.id.as_str(), &route.route.operation);
    match operation.strip_prefix(provider) {
        Some(rest) if rest.starts_with('.') => operation.clone(),
        _ => format!("{provider}.{operation}"),
    }
}

/// This description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "operations",
    responses((status = 200, description = "OpenAPI 3.1", body = Object))
)]
pub async fn serve(State(state): State<AppState>) -> impl IntoResponse {
    // The providers are the same as long as the process lives.
    let make = || Bytes::from(document(&state.hub).to_string());
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], state.description.get_or_init(make).clone())
}
