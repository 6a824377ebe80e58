use hubspot::HubSpot;
pub use mortise_plugin_api::testing::{body, line, lines, only_request};
use mortise_plugin_api::{Value, json, serde_json, testing::ScriptedHost};

/// A key as the host makes them: 52 characters of base32hex.
pub const KEY: &str = "0123456789abcdefghijklmnopqrstuv0123456789abcdefghij";

/// The model's properties of contacts, in the order in which they are asked for.
pub const CONTACT: &str = "email,firstname,lastname,phone,mobilephone,company,jobtitle,website,\
                           address,city,state,zip,country,hubspot_owner_id";

/// The model's properties of deals.
pub const DEAL: &str = "dealname,amount,deal_currency_code,pipeline,dealstage,closedate,\
                        description,hubspot_owner_id";

pub const CREATE_CONTACT: &str = "POST /crm/v3/objects/contacts";
pub const READ_CONTACTS: &str = "POST /crm/v3/objects/contacts/batch/read?archived=false";
pub const LINK: &str = "POST /crm/v4/associations/deals/contacts/batch/associate/default";
pub const UNLINK: &str = "POST /crm/v4/associations/deals/contacts/batch/archive";
pub const UPSERT_CONTACT: &str = "POST /crm/v3/objects/contacts/batch/upsert";
pub const UPSERT_DEAL: &str = "POST /crm/v3/objects/deals/batch/upsert";

pub fn host() -> ScriptedHost {
    with_settings(json!({}))
}

pub fn with_settings(settings: Value) -> ScriptedHost {
    ScriptedHost::with_settings::<HubSpot>(&settings)
        .checked_by(|request| mortise_vendor_specs::hubspot().check_request(request))
}

/// An object as HubSpot gives it, with the properties that come by themselves.
pub fn object(id: &str, properties: Value) -> Value {
    let mut object = json!({
        "id": id,
        "properties": {
            "createdate": "2026-11-01T08:00:00Z",
            "hs_object_id": id,
            "lastmodifieddate": "2026-11-02T09:30:00.250Z",
        },
        "createdAt": "2026-11-01T08:00:00Z",
        "updatedAt": "2026-11-02T09:30:00.250Z",
        "archived": false,
    });
    let (Value::Object(all), Value::Object(more)) = (&mut object["properties"], properties) else {
        panic!("properties are an object")
    };
    all.extend(more);
    object
}

/// The answer to an upsert of one object.
pub fn upserted(id: &str, new: bool) -> Value {
    let mut object = object(id, json!({}));
    object["new"] = json!(new);
    batch(vec![object])
}

/// The answer to a batch of which one input failed.
pub fn failed_item(error: Value) -> Value {
    let mut answer = batch(vec![]);
    answer["numErrors"] = json!(1);
    answer["errors"] = json!([error]);
    answer
}

/// The answer to a batch that was carried out.
pub fn batch(results: Vec<Value>) -> Value {
    json!({
        "status": "COMPLETE",
        "results": results,
        "startedAt": "2026-11-02T09:30:00Z",
        "completedAt": "2026-11-02T09:30:00Z",
    })
}

/// The answer to a reading of contacts that are there.
pub fn contacts(ids: &[&str]) -> Value {
    batch(ids.iter().map(|id| object(id, json!({}))).collect())
}

/// HubSpot's sentence for a value that the object 99 has.
pub fn held_by_99(property: &str) -> Value {
    let message = format!(
        "Cannot set PropertyValueCoordinates{{portalId=1, objectTypeId=ObjectTypeId{{\
         legacyObjectType=CONTACT}}, propertyName={property}, value=7}} on 5521. 99 already has \
         that value."
    );
    json!({"status": "error", "category": "VALIDATION_ERROR", "message": message})
}

/// A deal with contacts.
pub fn deal(id: &str, contacts: &[&str]) -> Value {
    let mut deal = object(id, json!({"dealname": "New teeth"}));
    let results: Vec<_> =
        contacts.iter().map(|id| json!({"id": id, "type": "deal_to_contact"})).collect();
    deal["associations"] = json!({"contacts": {"results": results}});
    deal
}

/// A page of a deal's contacts as version 4 gives it.
pub fn contacts_of_deal(contacts: &[u64], after: Option<&str>) -> Value {
    let types = json!([{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": null}]);
    let results: Vec<_> = contacts
        .iter()
        .map(|id| json!({"toObjectId": id, "associationTypes": types.clone()}))
        .collect();
    let mut page = json!({"results": results});
    if let Some(after) = after {
        page["paging"] = json!({"next": {"after": after, "link": "https://x.example"}});
    }
    page
}

/// HubSpot's sentence with JSON inside that says that there is no such property.
pub fn embedded_unknown(property: &str) -> String {
    let entry = json!({
        "isValid": false,
        "message": format!("Property \"{property}\" does not exist"),
        "error": "PROPERTY_DOESNT_EXIST",
        "name": property,
    });
    format!("Property values were not valid: [{entry}] and more")
}

/// One of the error bodies of `tests/fixtures/errors.json`.
pub fn error_body(name: &str) -> Value {
    let bodies: Value = serde_json::from_str(include_str!("../fixtures/errors.json")).unwrap();
    assert!(bodies[name].is_object(), "there is no error body {name}");
    bodies[name].clone()
}
