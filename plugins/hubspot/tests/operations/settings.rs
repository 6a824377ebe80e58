use hubspot::HubSpot;
use mortise_plugin_api::{Error, Provider as _, Settings, Value, json};

use crate::support::host;

fn refused(settings: &Value) -> Error {
    let settings = Settings::from_json(&settings.to_string()).unwrap();
    HubSpot::new(&settings).err().unwrap()
}

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    for (setting, value) in [
        ("contact_properties", json!("nickname")),
        ("contact_properties", json!([""])),
        ("contact_properties", json!(["a,b"])),
        ("deal_properties", json!([7])),
        ("deal_properties", json!(["a b"])),
        ("key_property", json!("")),
        ("key_property", json!("Mortise-Key")),
        ("key_property", json!("1key")),
        ("key_property", json!("email")),
        ("key_property", json!("dealname")),
        ("key_property", json!("a".repeat(101))),
        ("key_property", json!(null)),
    ] {
        let error = refused(&json!({setting: value}));
        assert_eq!(error.field, Some(format!("settings.{setting}")), "{value}");
    }
}

#[test]
fn the_schema_describes_every_setting() {
    let host = host();
    let schema = &host.manifest().settings_schema;
    let names: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["contact_properties", "deal_properties", "key_property"]);
    assert_eq!(schema["properties"]["key_property"]["default"], "mortise_key");
}
