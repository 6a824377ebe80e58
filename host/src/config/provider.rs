//! The vendors.

use std::collections::BTreeMap;

use figment::value::Value;

use super::{ProviderConfig, reader::Reader, sections::provider_limits};
use crate::domain::ids::ProviderId;

pub(super) fn providers(reader: &mut Reader) -> BTreeMap<ProviderId, ProviderConfig> {
    let Some(Value::Dict(_, tables)) = reader.get("providers") else { return BTreeMap::new() };
    let mut providers = BTreeMap::new();
    for (name, value) in tables {
        let key = format!("providers.{name}");
        match (ProviderId::new(&name), value) {
            (Some(id), Value::Dict(..)) => {
                if let Some(provider) = provider(reader, &key, &name) {
                    providers.insert(id, provider);
                }
            }
            (Some(_), _) => reader.unexpected(&key, "a table"),
            (None, _) => reader.mistake(
                &key,
                "is no name for a provider; expected at most 64 of a-z, 0-9 and `_`, a letter first",
            ),
        }
    }
    providers
}

fn provider(reader: &mut Reader, table: &str, name: &str) -> Option<ProviderConfig> {
    let key = |key: &str| format!("{table}.{key}");
    let plugin = match reader.get(&key("plugin")) {
        None => Some(name.to_owned()),
        Some(_) => reader.parsed(
            &key("plugin"),
            "a plugin's name, of letters, digits, `_` and `-`, without folder and ending",
            |text| is_plugin_name(text).then(|| text.to_owned()),
        ),
    };
    let client_id = match reader.get(&key("client_id")) {
        None => {
            reader.unexpected(&key("client_id"), "the id of your client at the vendor");
            None
        }
        Some(_) => reader.text(&key("client_id")),
    };
    let has_secret =
        ["client_secret", "client_secret_file"].iter().any(|name| reader.get(&key(name)).is_some());
    let client_secret = reader.secret(&key("client_secret"));
    if !has_secret {
        reader.warn(format!("`{table}` has no client secret: most vendors refuse such a client"));
    }
    let scopes = reader.list(&key("scopes"));
    if scopes.as_ref().is_some_and(Vec::is_empty) {
        reader.mistake(&key("scopes"), "expected at least one scope, or no such key; found none");
    }
    let authorize_url = reader.vendor_url(&key("authorize_url"));
    let token_url = reader.vendor_url(&key("token_url"));
    let revoke_url = reader.vendor_url(&key("revoke_url"));
    let api_base = reader.vendor_url(&key("api_base"));
    // Compared to the letter (RFC 9207 2.4): a parsed URL may have gained a slash.
    let issuer = reader.vendor_url(&key("issuer")).and_then(|_| reader.text(&key("issuer")));
    let limits = provider_limits(reader, table);
    let settings = settings(reader, &key("settings"));
    Some(ProviderConfig {
        plugin: plugin?,
        client_id: client_id?,
        client_secret,
        scopes,
        authorize_url,
        token_url,
        revoke_url,
        api_base,
        issuer,
        limits,
        settings,
    })
}

/// It becomes part of a file name.
fn is_plugin_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

fn settings(reader: &mut Reader, key: &str) -> serde_json::Map<String, serde_json::Value> {
    let Some(value) = reader.get(key) else { return serde_json::Map::new() };
    match serde_json::to_value(&value) {
        Ok(serde_json::Value::Object(settings)) => settings,
        _ => {
            reader.unexpected(key, "a table");
            serde_json::Map::new()
        }
    }
}
