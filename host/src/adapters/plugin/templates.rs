//! `{name}` in the manifest's addresses: a tenant, a region, a customer's own host.

use mortise_plugin_api::{Manifest, Value, encode_segment};
use serde_json::Map;
use url::Url;

/// An address that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct TemplateFault {
    /// `api_base` or `oauth.token_url` and the like.
    pub place: &'static str,
    /// One line.
    pub reason: String,
}

/// The manifest with every `{name}` in `api_base` and the OAuth addresses replaced by the setting
/// of that name, or by the `settings_schema`'s default for it.
///
/// In a path the value is percent-encoded as one segment; in a host name it must be made of labels.
/// What comes out is absolute: https, or http on this machine itself.
///
/// # Errors
/// Which address, and which setting is missing or does not fit.
pub fn resolve_templates(
    manifest: &Manifest,
    settings: &Map<String, Value>,
) -> Result<Manifest, TemplateFault> {
    let mut resolved = manifest.clone();
    let schema = &manifest.settings_schema;
    let value = |name: &str| -> Result<String, String> {
        let default = || schema.get("properties")?.get(name)?.get("default");
        match settings.get(name).or_else(default) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(_) => Err(format!("the setting {name} must be a text or a number")),
            None => Err(format!("the setting {name} is missing and has no default")),
        }
    };
    for (place, address) in addresses(&mut resolved) {
        let fault = |reason| TemplateFault { place, reason };
        *address = fill(address, &value).map_err(fault)?;
        absolute(address).map_err(fault)?;
    }
    Ok(resolved)
}

/// Checks the manifest's own addresses without settings: absolute https once the names are filled.
pub(super) fn check_templates(manifest: &Manifest) -> Result<(), TemplateFault> {
    let mut filled = manifest.clone();
    for (place, address) in addresses(&mut filled) {
        let fault = |reason| TemplateFault { place, reason };
        let url = fill(address, &|_| Ok("x".to_owned())).and_then(|url| absolute(&url));
        if url.map_err(fault)?.scheme() != "https" {
            return Err(fault("must be https".to_owned()));
        }
    }
    Ok(())
}

fn addresses(manifest: &mut Manifest) -> Vec<(&'static str, &mut String)> {
    let oauth = &mut manifest.oauth;
    let mut addresses = vec![
        ("api_base", &mut manifest.api_base),
        ("oauth.authorize_url", &mut oauth.authorize_url),
        ("oauth.token_url", &mut oauth.token_url),
    ];
    addresses.extend(oauth.revoke_url.as_mut().map(|url| ("oauth.revoke_url", url)));
    addresses.extend(oauth.issuer.as_mut().map(|url| ("oauth.issuer", url)));
    addresses
}

fn fill(template: &str, value: &dyn Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').ok_or("a { without }")?;
        if !is_name(name) {
            return Err(format!("{{{name}}} is not a setting's name"));
        }
        let value = value(name)?;
        let Some((_, beyond_scheme)) = filled.split_once("://") else {
            return Err(format!("{{{name}}} may not be the scheme"));
        };
        if beyond_scheme.contains('/') {
            filled.push_str(&encode_segment(&value));
        } else if is_host_part(&value) {
            filled.push_str(&value);
        } else {
            return Err(format!("the setting {name} is part of a host name and cannot be one"));
        }
        rest = after;
    }
    if rest.contains('}') {
        return Err("a } without {".to_owned());
    }
    filled.push_str(rest);
    Ok(filled)
}

fn is_host_part(value: &str) -> bool {
    value.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// `a-z`, `0-9` and `_`, starting with a letter.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Reads an absolute address: https, or http on loopback; no user, no fragment, no dot segments.
pub(super) fn absolute(address: &str) -> Result<Url, String> {
    if address.is_empty() {
        return Err("is missing".to_owned());
    }
    let url = Url::parse(address).map_err(|error| format!("is not an absolute URL: {error}"))?;
    let on_loopback = match url.host() {
        Some(url::Host::Domain(host)) => host == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return Err("has no host".to_owned()),
    };
    match url.scheme() {
        "https" => {}
        "http" if on_loopback => {}
        _ => return Err("must be https (http only on this machine itself)".to_owned()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not name a user".to_owned());
    }
    if url.fragment().is_some() {
        return Err("must not have a fragment".to_owned());
    }
    let dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    if address.split(['/', '\\', '?']).any(dots) {
        return Err("must not have a path segment of dots".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use mortise_plugin_api::json;

    use super::*;

    fn manifest() -> Manifest {
        let mut manifest = Manifest::new("outlook", "Outlook", "1.0.0");
        manifest.api_base = "https://graph.example.com/v1.0".to_owned();
        manifest.oauth.authorize_url =
            "https://login.example.com/{tenant}/oauth2/authorize".to_owned();
        manifest.oauth.token_url = "https://login.example.com/{tenant}/oauth2/token".to_owned();
        manifest.settings_schema =
            json!({"type": "object", "properties": {"tenant": {"default": "common"}}});
        manifest
    }

    fn settings(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    #[test]
    fn a_setting_takes_its_place_and_else_its_default_does() {
        let with = |value| resolve_templates(&manifest(), &settings(value)).unwrap();
        assert_eq!(
            with(json!({"tenant": "contoso"})).oauth.token_url,
            "https://login.example.com/contoso/oauth2/token"
        );
        assert_eq!(
            with(json!({})).oauth.authorize_url,
            "https://login.example.com/common/oauth2/authorize"
        );
    }

    #[test]
    fn a_setting_cannot_leave_its_path_segment() {
        let token_url = |tenant: &str| {
            resolve_templates(&manifest(), &settings(json!({"tenant": tenant})))
                .map(|resolved| resolved.oauth.token_url)
        };
        assert_eq!(
            token_url("a/b?c#d").unwrap(),
            "https://login.example.com/a%2Fb%3Fc%23d/oauth2/token"
        );
        assert!(token_url("..").unwrap_err().reason.contains("dots"));
    }

    #[test]
    fn a_setting_in_a_host_must_be_labels() {
        let mut manifest = manifest();
        manifest.api_base = "https://{shop}.example.com/admin".to_owned();
        let base = |shop: &str| {
            resolve_templates(&manifest, &settings(json!({"shop": shop})))
                .map(|resolved| resolved.api_base)
        };
        assert_eq!(base("acme-2").unwrap(), "https://acme-2.example.com/admin");
        for bad in ["evil.org/", "evil.org#", "evil.org?", "a@evil.org", "a:1", "", "-a", "a..b"] {
            let fault = base(bad).unwrap_err();
            assert_eq!(fault.place, "api_base", "{bad}");
        }
    }

    #[test]
    fn a_setting_without_value_and_default_is_named() {
        let mut manifest = manifest();
        manifest.settings_schema = Value::Null;
        let fault = resolve_templates(&manifest, &Map::new()).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "oauth.authorize_url: the setting tenant is missing and has no default"
        );
    }

    #[test]
    fn a_manifest_names_https_addresses_only() {
        let check = |address: &str| {
            let mut manifest = manifest();
            manifest.api_base = address.to_owned();
            check_templates(&manifest).map_err(|fault| fault.reason)
        };
        check("https://{shop}.example.com/{version}").unwrap();
        for bad in [
            "",
            "/v1",
            "http://127.0.0.1/v1",
            "http://graph.example.com",
            "{scheme}://graph.example.com",
            "https://{Shop}.example.com",
            "https://{shop.example.com",
            "https://shop}.example.com",
            "https://user@graph.example.com",
            "https://graph.example.com/#v1",
            "https://graph.example.com/a/../b",
            "ftp://graph.example.com",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
