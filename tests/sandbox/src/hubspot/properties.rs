//! `crm/v3/properties/{type}`: the definitions of properties.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::access::{ApiCall, Need};
use super::error::ApiError;
use super::object_type::ObjectType;
use super::property::{Definition, Kind, Property};
use crate::oauth::Answer;

/// So many properties of a type can have unique values.
const MOST_UNIQUE: usize = 10;

const FIELD_TYPES: [&str; 10] = [
    "booleancheckbox",
    "calculation_equation",
    "checkbox",
    "date",
    "file",
    "number",
    "radio",
    "select",
    "text",
    "textarea",
];

/// Definitions can be read with the objects' scope too.
fn admit_read(call: &ApiCall) -> Result<(ObjectType, String), ApiError> {
    let of = ObjectType::named(call.segment("type"))?;
    Ok((of, call.admit(Need::AnyOf(&[of.schema_read_scope(), of.read_scope()]))?))
}

/// `core.get_all`, without pages.
pub(super) async fn list(call: ApiCall) -> Result<Answer, ApiError> {
    let (of, account) = admit_read(&call)?;
    let archived = call.flag("archived")?;
    let mut hubs = call.hubs();
    let all = hubs.of(&account).table(of).properties.values();
    let wanted = all.filter(|property| property.archived_at.is_some() == archived);
    let views: Vec<Value> = wanted.map(Property::view).collect();
    Ok(Answer(StatusCode::OK, json!({"results": views})))
}

/// `core.get_by_name`.
pub(super) async fn get(call: ApiCall) -> Result<Answer, ApiError> {
    let (of, account) = admit_read(&call)?;
    let archived = call.flag("archived")?;
    let mut hubs = call.hubs();
    let found = hubs.of(&account).table(of).properties.get(call.segment("name"));
    let found = found.filter(|property| property.archived_at.is_some() == archived);
    Ok(Answer(StatusCode::OK, found.ok_or_else(ApiError::not_found)?.view()))
}

/// `core.create`. The name of an archived property is free.
pub(super) async fn create(call: ApiCall) -> Result<Answer, ApiError> {
    let (of, account) = call.admit_to(ObjectType::schema_write_scope)?;
    let definition: Definition = call.json()?;
    check(of, &definition)?;
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    if hub.property(of, &definition.name).is_some() {
        return Err(ApiError::property_exists(&definition.name));
    }
    let custom = hub.table(of).properties.values().filter(|property| !property.hubspot_defined);
    let unique = custom.filter(|property| property.definition.has_unique_value);
    if definition.has_unique_value && unique.count() >= MOST_UNIQUE {
        let message = format!("Only {MOST_UNIQUE} properties can have unique values.");
        return Err(ApiError::invalid(message));
    }
    let property = Property::custom(definition, hub.tick());
    let view = property.view();
    hub.table_mut(of).properties.insert(property.name().to_owned(), property);
    Ok(Answer(StatusCode::CREATED, view))
}

fn check(of: ObjectType, definition: &Definition) -> Result<(), ApiError> {
    let name = &definition.name;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(allowed) {
        let message = "name must begin with a lower-case letter and hold only lower-case letters, \
                       digits and underscores.";
        return Err(ApiError::invalid(message));
    }
    if definition.label.as_ref().is_none_or(String::is_empty) {
        return Err(ApiError::invalid("label is required"));
    }
    if definition.group_name.as_deref() != Some(of.property_group()) {
        let message = format!("groupName must be a group of {}", of.plural());
        return Err(ApiError::invalid(message));
    }
    let known = definition.field_type.as_deref().is_some_and(|kind| FIELD_TYPES.contains(&kind));
    if definition.kind.is_none() || !known {
        return Err(ApiError::invalid("type and fieldType are required"));
    }
    if (definition.kind == Some(Kind::Enumeration)) == definition.options.is_empty() {
        return Err(ApiError::invalid("enumerations, and they alone, must have options"));
    }
    let can_be_unique = matches!(definition.kind, Some(Kind::String | Kind::Number));
    if definition.has_unique_value && !can_be_unique {
        return Err(ApiError::invalid("only strings and numbers can have unique values"));
    }
    Ok(())
}

/// `core.archive`: the values go with their property. HubSpot's own properties stay.
pub(super) async fn archive(call: ApiCall) -> Result<StatusCode, ApiError> {
    let (of, account) = call.admit_to(ObjectType::schema_write_scope)?;
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    let at = hub.tick();
    let table = hub.table_mut(of);
    let name = call.segment("name");
    let property = table.properties.get_mut(name).ok_or_else(ApiError::not_found)?;
    if property.hubspot_defined {
        return Err(ApiError::invalid(format!("{name} is HubSpot's own and cannot be archived.")));
    }
    property.archived_at.get_or_insert(at);
    for record in table.records.values_mut() {
        record.properties.remove(name);
    }
    Ok(StatusCode::NO_CONTENT)
}
