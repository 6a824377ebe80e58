//! `/openapi.json`

use std::collections::BTreeSet;

use mortise::http::Mounted;
use mortise_tests::TestHub;
use serde_json::{Value, json};

/// The OpenAPI Initiative's schema of OpenAPI 3.1 documents, edition 2022-10-07 (Apache-2.0).
const SCHEMA: &str = include_str!("fixtures/openapi-3.1.schema.json");

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The document and what mounts its routes.
async fn document() -> (TestHub, Value) {
    let hub = TestHub::start().await;
    let answer = hub.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let document = answer.body;
    (hub, document)
}

struct Operation<'a> {
    method: String,
    path: &'a str,
    body: &'a Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, body) in item.as_object().unwrap() {
            if METHODS.contains(&method.as_str()) {
                all.push(Operation { method: method.to_uppercase(), path, body });
            }
        }
    }
    all
}

/// Every `$ref` in the document.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                found.insert(target);
            }
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn it_is_a_valid_openapi_3_1_document() {
    let (_hub, document) = document().await;
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::options().build(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&document)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert!(validator.iter_errors(&json!({"openapi": "3.0.0"})).next().is_some());
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let (_hub, document) = document().await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for target in found {
        let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} leads outside"));
        assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
    }
}

#[tokio::test]
async fn every_schema_is_valid_json_schema() {
    let (_hub, document) = document().await;
    let mut schemas: Vec<(String, &Value)> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, schema)| (name.clone(), schema))
        .collect();
    for operation in operations(&document) {
        let at = format!("{} {}", operation.method, operation.path);
        let parameters = operation.body["parameters"].as_array().into_iter().flatten();
        let of_parameters = parameters.map(|parameter| &parameter["schema"]);
        let bodies = [&operation.body["requestBody"]];
        let responses = operation.body["responses"].as_object().unwrap().values();
        let contents = bodies.into_iter().chain(responses);
        let of_contents = contents
            .filter_map(|body| body["content"].as_object())
            .flat_map(|content| content.values().filter_map(|media| media.get("schema")));
        schemas.extend(of_parameters.chain(of_contents).map(|schema| (at.clone(), schema)));
    }
    assert!(schemas.len() > 100);
    for (at, schema) in schemas {
        let valid = jsonschema::draft202012::meta::validate(schema);
        assert!(valid.is_ok(), "{at}: {schema}: {:?}", valid.err());
    }
}

#[tokio::test]
async fn every_parameter_of_a_path_is_declared_and_no_other() {
    let (_hub, document) = document().await;
    for operation in operations(&document) {
        let in_path: BTreeSet<&str> = operation
            .path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        let parameters = operation.body["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        let declared: BTreeSet<&str> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .inspect(|parameter| assert_eq!(parameter["required"], true))
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(declared, in_path, "{} {}", operation.method, operation.path);
        let names = parameters.iter().map(|p| (p["in"].to_string(), p["name"].to_string()));
        assert_eq!(names.collect::<BTreeSet<_>>().len(), parameters.len(), "{}", operation.path);
    }
}

#[tokio::test]
async fn every_operation_says_what_it_does_what_it_answers_and_who_may_call_it() {
    let (hub, document) = document().await;
    let mut ids = BTreeSet::new();
    let tags: BTreeSet<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    for operation in operations(&document) {
        let at = format!("{} {}", operation.method, operation.path);
        let text = |name: &str| operation.body[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(text("summary") || text("description"), "{at}");
        let id = operation.body["operationId"].as_str().unwrap_or_else(|| panic!("{at}"));
        assert!(ids.insert(id), "{at}: {id} comes twice");
        assert!(!operation.body["responses"].as_object().unwrap().is_empty(), "{at}");
        for tag in operation.body["tags"].as_array().unwrap() {
            let tag = tag.as_str().unwrap();
            let of_plugin = hub.hub.providers().iter().any(|p| p.id.as_str() == tag);
            assert!(tags.contains(tag) || of_plugin, "{at}: {tag}");
        }
        let open = hub.anonymous().send(&operation.method, &address(operation.path), None).await;
        let guarded = operation.body.get("security").is_some();
        assert_eq!(open.status == 401, guarded, "{at}: {}", open.text);
        for scheme in operation.body["security"].as_array().into_iter().flatten() {
            for name in scheme.as_object().unwrap().keys() {
                assert!(document["components"]["securitySchemes"].get(name).is_some(), "{at}");
            }
        }
    }
}

#[tokio::test]
async fn every_mounted_route_is_documented_and_no_other() {
    let (hub, document) = document().await;
    let mounted: BTreeSet<Mounted> = mortise::http::mounted(&hub.hub).into_iter().collect();
    let documented: BTreeSet<Mounted> = operations(&document)
        .into_iter()
        .map(|operation| Mounted { method: operation.method, path: operation.path.to_owned() })
        .collect();
    assert_eq!(documented, mounted);
    let plugin_s = "/api/integrations/google-calendar/calendars";
    assert!(mounted.iter().any(|route| route.path == plugin_s));
}

#[tokio::test]
async fn every_documented_route_answers() {
    let (hub, document) = document().await;
    for operation in operations(&document) {
        let path = address(operation.path);
        let answer = hub.as_user("ada").send(&operation.method, &path, None).await;
        let nothing_there = (answer.status == 404 && answer.body["code"] == "not-found")
            || answer.status == 405
            || answer.status == 500;
        assert!(!nothing_there, "{} {path}: {}", operation.method, answer.text);
    }
}

/// The path with its parameters filled in.
fn address(path: &str) -> String {
    let fill = |segment: &str| match segment {
        "{slug}" => "google-calendar".to_owned(),
        segment if segment.starts_with('{') => "x".to_owned(),
        segment => segment.to_owned(),
    };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn it_names_the_hub_s_own_address_and_its_version() {
    let (hub, document) = document().await;
    assert_eq!(document["servers"], json!([{"url": hub.url}]));
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
}
