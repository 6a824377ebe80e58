//! Checking a request's body.

use mortise_plugin_api::HttpRequest;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::{Spec, operation::Operation, schema::Mode};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn check(
    spec: &Spec,
    operation: &Operation<'_>,
    request: &HttpRequest,
) -> Result<(), String> {
    let described = operation.node.get("requestBody").map(|body| spec.resolve(body));
    let described = match (described, request.body.is_empty()) {
        (None, true) => return Ok(()),
        (None, false) => return Err("the description has no body there".to_owned()),
        (Some(body), true) if body["required"] == true => {
            return Err("the body is missing".to_owned());
        }
        (Some(_), true) => return Ok(()),
        (Some(body), false) => body,
    };
    let kind = content_type(request).ok_or("a body needs a content-type")?;
    let schema = described["content"]
        .get(&kind)
        .map(|content| &content["schema"])
        .ok_or_else(|| format!("the description has no body of type {kind} there"))?;
    let body = match kind.as_str() {
        JSON => serde_json::from_slice(&request.body)
            .map_err(|error| format!("the body is no JSON: {error}"))?,
        FORM => form(&request.body)?,
        other => return Err(format!("bodies of type {other} cannot be checked")),
    };
    let mode = if operation.method == "PATCH" { spec.patch } else { Mode::REQUEST };
    spec.validate(schema, mode, &body).map_err(|fault| format!("the body: {fault}"))
}

/// In lower case, without parameters such as `charset`.
fn content_type(request: &HttpRequest) -> Option<String> {
    let is_it = |name: &str| name.eq_ignore_ascii_case("content-type");
    let (_, value) = request.headers.iter().find(|(name, _)| is_it(name))?;
    Some(value.split(';').next()?.trim().to_lowercase())
}

fn form(body: &[u8]) -> Result<Value, String> {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        if fields.insert(name.to_string(), Value::from(value.into_owned())).is_some() {
            return Err(format!("the form has {name} twice"));
        }
    }
    Ok(Value::Object(fields))
}
