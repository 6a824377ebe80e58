//! The routes that the plugin adds: owners, properties, and single links between deal and contact.

mod owners;
mod properties;

use mortise_plugin_api::{Context, Error, Result, Route, RouteRequest, Value, json};

use crate::{associations, objects::Page};

pub(crate) const OWNERS: &str = "hubspot.owners";
pub(crate) const PROPERTIES: &str = "hubspot.properties";
pub(crate) const LINK: &str = "hubspot.link_contact";
pub(crate) const UNLINK: &str = "hubspot.unlink_contact";

const LINK_PATH: &str = "deals/{deal}/contacts/{contact}";

/// Answers a request to one of them.
pub(crate) async fn answer(cx: &Context, operation: &str, request: &RouteRequest) -> Result<Value> {
    match operation {
        OWNERS => owners::list(cx, request).await,
        PROPERTIES => properties::list(cx, request).await,
        LINK => {
            let (deal, contact) = ends(request)?;
            associations::put(cx, deal, contact).await?;
            Ok(json!({"deal": deal, "contact": contact, "linked": true}))
        }
        UNLINK => {
            let (deal, contact) = ends(request)?;
            associations::delete(cx, deal, contact).await?;
            Ok(json!({"deal": deal, "contact": contact, "linked": false}))
        }
        _ => Err(Error::not_supported(operation)),
    }
}

/// What the manifest says of them.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route {
            summary: "The colleagues whom a contact or deal can belong to".to_owned(),
            response_schema: page_schema(owners::schema()),
            query: ["email", "after", "limit"].map(str::to_owned).into(),
            scopes: vec!["crm.objects.owners.read".to_owned()],
            ..route("GET", "owners", OWNERS)
        },
        Route {
            summary: "The properties of HubSpot's `contacts` or `deals`".to_owned(),
            response_schema: page_schema(properties::schema()),
            scopes: ["crm.objects.contacts.read", "crm.objects.deals.read"]
                .map(str::to_owned)
                .into(),
            ..route("GET", "properties/{object}", PROPERTIES)
        },
        Route {
            summary: "Link a contact to a deal; its other contacts stay".to_owned(),
            response_schema: link_schema(),
            scopes: vec!["crm.objects.deals.write".to_owned()],
            ..route("PUT", LINK_PATH, LINK)
        },
        Route {
            summary: "End the link between a contact and a deal".to_owned(),
            response_schema: link_schema(),
            scopes: vec!["crm.objects.deals.write".to_owned()],
            ..route("DELETE", LINK_PATH, UNLINK)
        },
    ]
}

fn route(method: &str, path: &str, operation: &str) -> Route {
    let (method, path, operation) = (method.to_owned(), path.to_owned(), operation.to_owned());
    Route { method, path, operation, ..Route::default() }
}

fn ends(request: &RouteRequest) -> Result<(&str, &str)> {
    let end = |name: &str| match request.path.get(name) {
        Some(id) if !id.is_empty() => Ok(id.as_str()),
        _ => Err(Error::invalid(name, "is missing")),
    };
    Ok((end("deal")?, end("contact")?))
}

/// Items that can be read, one sentence for each that cannot, and the way on.
fn page(page: Page, word: &str, read: impl Fn(&Value) -> Option<Value>) -> Value {
    let mut answer = json!({"items": [], "warnings": []});
    let next = page.next();
    let (mut items, mut warnings) = (Vec::new(), Vec::new());
    for (position, item) in page.results.iter().enumerate() {
        match read(item) {
            Some(item) => items.push(item),
            None => warnings.push(format!("{word} {} of the page was sent broken", position + 1)),
        }
    }
    (answer["items"], answer["warnings"]) = (json!(items), json!(warnings));
    if let Some(next) = next {
        answer["next_cursor"] = Value::String(next);
    }
    answer
}

/// The fields of an object that are there, under our names.
fn renamed(item: &Value, names: &[(&str, &str)]) -> Value {
    let there = names.iter().filter_map(|(theirs, ours)| {
        let value = item.get(*theirs).filter(|value| !value.is_null())?;
        Some(((*ours).to_owned(), value.clone()))
    });
    Value::Object(there.collect())
}

fn page_schema(item: Value) -> Value {
    json!({
        "type": "object",
        "required": ["items", "warnings"],
        "properties": {
            "items": {"type": "array", "items": item},
            "next_cursor": {
                "type": "string",
                "description": "`after` of the next page; absent on the last one.",
            },
            "warnings": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Entries that HubSpot sent broken.",
            },
        },
    })
}

fn link_schema() -> Value {
    json!({
        "type": "object",
        "required": ["deal", "contact", "linked"],
        "properties": {
            "deal": {"type": "string", "description": "HubSpot's id of the deal."},
            "contact": {"type": "string", "description": "HubSpot's id of the contact."},
            "linked": {"type": "boolean", "description": "Whether the deal now has the contact."},
        },
    })
}
