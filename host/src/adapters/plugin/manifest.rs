//! Reading a plugin's manifest: tolerant of what this host does not know, strict with what it uses.

use mortise_plugin_api::{Manifest, Value};

use super::{
    refusal::one_line,
    routes,
    templates::{check_templates, is_name},
};

/// Reads and checks a manifest.
///
/// # Errors
/// The first thing that is wrong, one line.
pub fn read(json: &str) -> Result<Manifest, String> {
    let manifest: Manifest = serde_json::from_str(json)
        .map_err(|error| one_line(&format!("it is not the JSON that it should be: {error}")))?;
    check(&manifest).map_err(|reason| one_line(&reason))?;
    Ok(manifest)
}

fn check(manifest: &Manifest) -> Result<(), String> {
    if !is_name(&manifest.id) {
        return Err(format!("id {:?} must be a-z, 0-9 and _, starting with a letter", manifest.id));
    }
    if manifest.name.trim().is_empty() || manifest.name.chars().any(char::is_control) {
        return Err("name is missing or has control characters".to_owned());
    }
    if !is_version(&manifest.version) {
        return Err(format!("version {:?} is not like 1.2.3", manifest.version));
    }
    check_templates(manifest).map_err(|fault| fault.to_string())?;
    for host in &manifest.hosts {
        if !is_host(host) {
            return Err(format!(
                "hosts: {host:?} must be a plain host name, in lower case and without port"
            ));
        }
    }
    check_capabilities(manifest)?;
    check_account_fields(&manifest.oauth.account_fields)?;
    check_scopes(manifest)?;
    routes::check(manifest)?;
    if !matches!(manifest.settings_schema, Value::Null | Value::Object(_)) {
        return Err("settings_schema must be an object".to_owned());
    }
    Ok(())
}

fn check_capabilities(manifest: &Manifest) -> Result<(), String> {
    for (capability, operations) in &manifest.capabilities {
        if !is_name(capability) {
            return Err(format!("capabilities: {capability:?} is not a name"));
        }
        for (at, operation) in operations.iter().enumerate() {
            if !is_name(operation) {
                return Err(format!("capabilities.{capability}: {operation:?} is not a name"));
            }
            if operations[..at].contains(operation) {
                return Err(format!("capabilities.{capability}: {operation} comes twice"));
            }
        }
    }
    Ok(())
}

/// Fields with a meaning of their own: tokens, and what `identify` tells.
const NOT_ACCOUNT_FIELDS: [&str; 8] =
    ["access_token", "refresh_token", "id_token", "id", "name", "email", "calendar_id", "extra"];

fn check_account_fields(fields: &[String]) -> Result<(), String> {
    for field in fields {
        if !is_name(field) || NOT_ACCOUNT_FIELDS.contains(&field.as_str()) {
            return Err(format!("oauth.account_fields: {field:?} cannot be one"));
        }
    }
    Ok(())
}

fn check_scopes(manifest: &Manifest) -> Result<(), String> {
    for (at, scope) in manifest.scopes.iter().enumerate() {
        let name = &scope.name;
        // RFC 6749 3.3: visible ASCII without quote and backslash.
        let is_token = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(format!("scopes: {name:?} is not a scope's name"));
        }
        if manifest.scopes[..at].iter().any(|other| other.name == *name) {
            return Err(format!("scopes: {name} comes twice"));
        }
        if let Some(operation) = scope.operations.iter().find(|op| !op.split('.').all(is_name)) {
            return Err(format!("scopes: {name} is for {operation:?}, which is not an operation"));
        }
    }
    Ok(())
}

fn is_version(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let numbers = core.split('.').filter(|part| {
        !part.is_empty() && part.len() <= 10 && part.bytes().all(|b| b.is_ascii_digit())
    });
    numbers.count() == 3
        && core.split('.').count() == 3
        && version.len() <= 64
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'))
}

fn is_host(host: &str) -> bool {
    host.len() <= 253
        && host.contains('.')
        && matches!(url::Host::parse(host), Ok(url::Host::Domain(same)) if same == host)
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

#[cfg(test)]
mod tests {
    use mortise_plugin_api::json;

    use super::*;

    fn good() -> Value {
        json!({
            "id": "echo", "name": "Echo", "version": "1.0.0", "plugin_api": "1.0.0",
            "api_base": "https://api.echo.example/v1",
            "hosts": ["files.echo.example"],
            "oauth": {
                "authorize_url": "https://echo.example/authorize",
                "token_url": "https://echo.example/token"
            },
            "scopes": [{"name": "events", "why": "To read.", "for": ["calendar.get_event"]}],
            "capabilities": {"calendar": ["get_event"]},
            "routes": [{"method": "GET", "path": "calendars", "operation": "list_calendars"}],
            "a_field_of_the_future": {"x": 1}
        })
    }

    fn with(pointer: &str, value: Value) -> Result<Manifest, String> {
        let mut manifest = good();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = manifest.pointer_mut(parent).unwrap();
        match key.parse::<usize>() {
            Ok(index) => parent[index] = value,
            Err(_) => parent[key] = value,
        }
        read(&manifest.to_string())
    }

    #[test]
    fn fields_of_the_future_are_ignored() {
        assert_eq!(read(&good().to_string()).unwrap().id, "echo");
    }

    #[test]
    fn what_is_not_json_is_refused_in_one_line() {
        let reason = read("{\"id\":\n 5}").unwrap_err();
        assert!(reason.starts_with("it is not the JSON that it should be"), "{reason}");
        assert!(!reason.contains('\n'));
        assert!(read("").is_err());
        assert!(read("[]").is_err());
    }

    #[test]
    fn each_field_that_the_host_uses_is_checked() {
        for (pointer, value, reason) in [
            ("/id", json!(""), "id \"\" must be"),
            ("/id", json!("Google-Calendar"), "id"),
            ("/id", json!("../x"), "id"),
            ("/name", json!(" "), "name"),
            ("/name", json!("a\u{7}"), "name"),
            ("/version", json!("1.0"), "version"),
            ("/version", json!("1.0.x"), "version"),
            ("/version", json!("latest"), "version"),
            ("/api_base", json!("v1/"), "api_base: is not an absolute URL"),
            ("/api_base", json!("http://api.echo.example"), "api_base: must be https"),
            ("/oauth/token_url", json!(""), "oauth.token_url: is missing"),
            ("/oauth/authorize_url", json!("//echo.example"), "oauth.authorize_url"),
            ("/oauth/revoke_url", json!("https://u:p@echo.example"), "oauth.revoke_url"),
            ("/oauth/account_fields", json!(["access_token"]), "oauth.account_fields"),
            ("/oauth/account_fields", json!(["email"]), "oauth.account_fields"),
            ("/oauth/account_fields", json!(["hub id"]), "oauth.account_fields"),
            ("/hosts/0", json!("https://echo.example"), "hosts"),
            ("/hosts/0", json!("echo.example:443"), "hosts"),
            ("/hosts/0", json!("*.echo.example"), "hosts"),
            ("/hosts/0", json!("Echo.example"), "hosts"),
            ("/hosts/0", json!("169.254.169.254"), "hosts"),
            ("/hosts/0", json!("localhost"), "hosts"),
            ("/hosts/0", json!("echo.example."), "hosts"),
            ("/scopes/0/name", json!("a b"), "scopes"),
            ("/scopes/0/for", json!(["calendar/get"]), "scopes: events is for"),
            ("/capabilities/calendar", json!(["get event"]), "capabilities.calendar"),
            ("/capabilities/calendar", json!(["a", "a"]), "comes twice"),
            ("/capabilities/Calendar", json!(["a"]), "capabilities"),
            ("/routes/0/path", json!("token"), "host's own"),
            ("/settings_schema", json!("x"), "settings_schema"),
            ("/oauth/client_auth", json!("of_the_future"), "not the JSON"),
        ] {
            let given = with(pointer, value.clone()).unwrap_err();
            assert!(given.contains(reason), "{pointer} = {value}: {given}");
        }
    }
}
