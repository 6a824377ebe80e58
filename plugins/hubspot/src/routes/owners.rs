//! `GET owners`.

use mortise_plugin_api::{Context, Error, Result, RouteRequest, Value, json};

use super::{page, renamed};
use crate::{object, objects::Page};

/// HubSpot's largest page that is certain.
const LARGEST_PAGE: u32 = 100;

pub(crate) async fn list(cx: &Context, request: &RouteRequest) -> Result<Value> {
    let given = |name: &str| request.query.get(name).filter(|text| !text.is_empty());
    let limit = match given("limit").map(|text| text.parse::<u32>()) {
        None => LARGEST_PAGE,
        Some(Ok(limit)) if limit > 0 => limit.min(LARGEST_PAGE),
        Some(_) => return Err(Error::invalid("limit", "must be a whole number above 0")),
    };
    let owners: Page = cx
        .get("/crm/v3/owners")
        .maybe_query("email", given("email"))
        .maybe_query("after", given("after"))
        .query("limit", limit)
        .send()
        .await?;
    Ok(page(owners, "owner", read))
}

fn read(owner: &Value) -> Option<Value> {
    let id = object::id(&owner["id"])?;
    let names = [
        ("email", "email"),
        ("firstName", "first_name"),
        ("lastName", "last_name"),
        ("type", "type"),
        ("archived", "archived"),
    ];
    let mut item = renamed(owner, &names);
    item["id"] = Value::String(id);
    if let Some(user) = object::id(&owner["userId"]) {
        item["user_id"] = Value::String(user);
    }
    let teams = owner["teams"].as_array().into_iter().flatten();
    let names: Vec<_> = teams.filter_map(|team| team["name"].as_str()).collect();
    item["teams"] = json!(names);
    Some(item)
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["id", "teams"],
        "properties": {
            "id": {"type": "string", "description": "What `owner_id` of a contact or deal holds."},
            "email": {"type": "string"},
            "first_name": {"type": "string"},
            "last_name": {"type": "string"},
            "type": {"type": "string", "description": "`PERSON` or `QUEUE`."},
            "user_id": {"type": "string", "description": "HubSpot's id of the user."},
            "archived": {"type": "boolean"},
            "teams": {"type": "array", "items": {"type": "string"}},
        },
    })
}
