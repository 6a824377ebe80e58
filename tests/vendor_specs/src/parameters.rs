//! Checking the parameters in path, query and headers.

use serde_json::Value;

use crate::{Spec, operation::Operation, schema::Mode};

/// What an opaque link of Graph may carry beyond the description.
const OF_A_LINK: [&str; 3] = ["$skip", "$skiptoken", "$deltatoken"];

/// Those of them that stand for all the other parameters.
const WHOLE_STATE: [&str; 2] = ["$skiptoken", "$deltatoken"];

/// Every request has these; the host adds others on its own.
const ALWAYS: [&str; 2] = ["content-type", "accept"];

pub(crate) fn check(
    spec: &Spec,
    operation: &Operation<'_>,
    query: &[&(String, String)],
    headers: &[(String, String)],
) -> Result<(), String> {
    for (name, value) in &operation.path {
        let parameter = find(operation, "path", name).ok_or_else(|| unknown("path", name))?;
        check_value(spec, parameter, value)?;
    }
    let of_graph = spec.base == "/v1.0" && operation.method == "GET";
    for (position, (name, value)) in query.iter().enumerate() {
        let Some(parameter) = find(operation, "query", name) else {
            if of_graph && OF_A_LINK.contains(&name.as_str()) {
                continue;
            }
            return Err(unknown("query", name));
        };
        let repeated = query[..position].iter().any(|(earlier, _)| earlier == name);
        if repeated && spec.resolve(&parameter["schema"])["type"] != "array" {
            return Err(format!("the query parameter {name} is given twice"));
        }
        check_value(spec, parameter, value)?;
    }
    for (name, value) in headers {
        if ALWAYS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            continue;
        }
        let parameter = find(operation, "header", name).ok_or_else(|| unknown("header", name))?;
        check_value(spec, parameter, value)?;
    }
    let whole_state =
        of_graph && query.iter().any(|(name, _)| WHOLE_STATE.contains(&name.as_str()));
    check_required(operation, query, headers, whole_state)
}

fn check_required(
    operation: &Operation<'_>,
    query: &[&(String, String)],
    headers: &[(String, String)],
    whole_state: bool,
) -> Result<(), String> {
    for parameter in operation.parameters.iter().filter(|parameter| parameter["required"] == true) {
        let name = parameter["name"].as_str().unwrap_or_default();
        let given = match parameter["in"].as_str() {
            Some("query") => whole_state || query.iter().any(|(given, _)| given == name),
            Some("header") => headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)),
            _ => true,
        };
        if !given {
            return Err(format!("the parameter {name} is missing"));
        }
    }
    Ok(())
}

fn find<'a>(operation: &Operation<'a>, place: &str, name: &str) -> Option<&'a Value> {
    let is_it = |parameter: &&&Value| {
        let its = parameter["name"].as_str().unwrap_or_default();
        parameter["in"] == place
            && (its == name || (place == "header" && its.eq_ignore_ascii_case(name)))
    };
    operation.parameters.iter().find(is_it).copied()
}

fn unknown(place: &str, name: &str) -> String {
    format!("there is no {place} parameter {name}")
}

/// Of a list, each occurrence of the parameter is one item.
fn check_value(spec: &Spec, parameter: &Value, text: &str) -> Result<(), String> {
    let name = parameter["name"].as_str().unwrap_or_default();
    let mut schema = spec.resolve(&parameter["schema"]);
    if schema["type"] == "array" {
        schema = spec.resolve(&schema["items"]);
    }
    let value = read(schema, text).ok_or_else(|| {
        format!("the parameter {name} is {text:?}, which is no {}", schema["type"])
    })?;
    spec.validate(schema, Mode::REQUEST, &value)
        .map_err(|fault| format!("the parameter {name} is {text:?}: {fault}"))
}

fn read(schema: &Value, text: &str) -> Option<Value> {
    match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("number") => text.parse::<f64>().ok().map(Value::from),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        _ => Some(Value::from(text)),
    }
}
