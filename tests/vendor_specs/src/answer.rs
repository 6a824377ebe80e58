//! Checking an answer.

use serde_json::Value;

use crate::{Spec, operation::Operation, schema::Mode, target::Target};

pub(crate) fn check(
    spec: &Spec,
    method: &str,
    path: &str,
    status: u16,
    body: &[u8],
) -> Result<(), String> {
    let target = Target::read(path, &spec.base)?;
    let operation = Operation::find(spec, method, &target)?;
    let responses = &operation.node["responses"];
    let class = format!("{}XX", status / 100);
    let described = [status.to_string().as_str(), class.as_str(), "default"]
        .into_iter()
        .find_map(|key| responses.get(key))
        .map(|response| spec.resolve(response))
        .ok_or("the description has no such answer")?;
    if status == 204 && !body.is_empty() {
        return Err("an answer 204 has no body".to_owned());
    }
    // Where the description is silent on the body, any is as good as none.
    let Some(schema) = described["content"].get("application/json").map(|json| &json["schema"])
    else {
        return Ok(());
    };
    let body: Value =
        serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    spec.validate(schema, Mode::ANSWER, &body)
}
