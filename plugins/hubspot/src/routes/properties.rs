//! `GET properties/{object}`.

use mortise_plugin_api::{Context, Error, Result, RouteRequest, Value, json, path};

use super::{page, renamed};
use crate::objects::Page;

pub(crate) async fn list(cx: &Context, request: &RouteRequest) -> Result<Value> {
    let object = request.path.get("object").map(String::as_str).unwrap_or_default();
    if !matches!(object, "contacts" | "deals") {
        return Err(Error::invalid("object", "must be contacts or deals"));
    }
    let properties: Page = cx.get(path!("/crm/v3/properties/{}", object)).send().await?;
    Ok(page(properties, "property", read))
}

fn read(property: &Value) -> Option<Value> {
    property["name"].as_str().filter(|name| !name.is_empty())?;
    let names = [
        ("name", "name"),
        ("label", "label"),
        ("description", "description"),
        ("groupName", "group"),
        ("type", "type"),
        ("fieldType", "field_type"),
        ("hasUniqueValue", "unique"),
        ("hidden", "hidden"),
        ("hubspotDefined", "hubspot_defined"),
    ];
    let mut item = renamed(property, &names);
    let read_only = property["modificationMetadata"]["readOnlyValue"] == true;
    item["read_only"] = Value::Bool(read_only || property["calculated"] == true);
    let options = property["options"].as_array().into_iter().flatten();
    let options = options.map(|option| renamed(option, &[("value", "value"), ("label", "label")]));
    item["options"] = options.collect();
    Some(item)
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["name", "read_only", "options"],
        "properties": {
            "name": {"type": "string", "description": "The internal name, as in `extra`."},
            "label": {"type": "string"},
            "description": {"type": "string"},
            "group": {"type": "string"},
            "type": {
                "type": "string",
                "description": "`string`, `number`, `date`, `datetime`, `enumeration` or `bool`.",
            },
            "field_type": {"type": "string"},
            "unique": {"type": "boolean", "description": "Whether no two objects have one value."},
            "hidden": {"type": "boolean"},
            "hubspot_defined": {"type": "boolean"},
            "read_only": {"type": "boolean", "description": "Whether HubSpot alone sets it."},
            "options": {
                "type": "array",
                "description": "The values of an enumeration; else empty.",
                "items": {
                    "type": "object",
                    "properties": {"value": {"type": "string"}, "label": {"type": "string"}},
                },
            },
        },
    })
}
