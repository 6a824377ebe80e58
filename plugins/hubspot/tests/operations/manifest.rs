use mortise_plugin_api::{ClientAuth, RevokeStyle, crm::OPERATIONS};

use crate::support::host;

#[test]
fn the_manifest_names_the_addresses_of_oauth_2026_03() {
    let host = host();
    let manifest = host.manifest();
    assert_eq!(manifest.id, "hubspot");
    assert_eq!(manifest.api_base, "https://api.hubapi.com");
    assert_eq!(manifest.hosts, ["api.hubapi.com"]);
    assert!(manifest.icon.starts_with("<svg "), "{}", manifest.icon);

    let oauth = &manifest.oauth;
    assert_eq!(oauth.authorize_url, "https://app.hubspot.com/oauth/authorize");
    assert_eq!(oauth.token_url, "https://api.hubapi.com/oauth/2026-03/token");
    let revoke = "https://api.hubapi.com/oauth/2026-03/token/revoke";
    assert_eq!(oauth.revoke_url.as_deref(), Some(revoke));
    assert_eq!(oauth.revoke_style, RevokeStyle::WithClient);
    assert_eq!(oauth.client_auth, ClientAuth::Body);
    assert!(oauth.pkce);
    assert!(oauth.disconnect_hint.as_deref().is_some_and(|hint| hint.contains("uninstall")));
}

#[test]
fn the_account_is_known_by_what_comes_with_the_token() {
    let host = host();
    assert_eq!(host.manifest().oauth.account_fields, ["hub_id"]);
    assert!(!host.manifest().identify);
}

#[test]
fn every_scope_has_a_reason() {
    let host = host();
    let scopes = &host.manifest().scopes;
    let names: Vec<_> = scopes.iter().map(|scope| scope.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "oauth",
            "crm.objects.contacts.read",
            "crm.objects.contacts.write",
            "crm.objects.deals.read",
            "crm.objects.deals.write",
            "crm.objects.owners.read",
            "crm.schemas.contacts.write",
            "crm.schemas.deals.write",
        ]
    );
    assert!(scopes.iter().all(|scope| scope.why.ends_with('.')), "{scopes:?}");
}

#[test]
fn every_operation_is_permitted_by_a_scope_and_by_the_right_one() {
    let host = host();
    let manifest = host.manifest();
    assert_eq!(manifest.capabilities["crm"], OPERATIONS);
    for scope in &manifest.scopes {
        for operation in &scope.operations {
            assert!(manifest.has_operation(operation), "{operation}");
        }
    }
    for operation in OPERATIONS {
        let name = format!("crm.{operation}");
        let permit: Vec<_> = manifest
            .scopes
            .iter()
            .filter(|scope| scope.operations.contains(&name))
            .map(|scope| scope.name.as_str())
            .collect();
        let object = if operation.contains("contact") { "contacts" } else { "deals" };
        let writes = ["create", "update", "delete"].iter().any(|word| operation.starts_with(word));
        let right = if writes { "write" } else { "read" };
        assert_eq!(permit, [format!("crm.objects.{object}.{right}")], "{operation}");
    }
}

#[test]
fn each_route_says_what_it_takes_and_gives() {
    let host = host();
    let manifest = host.manifest();
    let lines: Vec<_> = manifest
        .routes
        .iter()
        .map(|route| format!("{} {} {:?}", route.method, route.path, route.query))
        .collect();
    assert_eq!(
        lines,
        [
            r#"GET owners ["email", "after", "limit"]"#,
            "GET properties/{object} []",
            "PUT deals/{deal}/contacts/{contact} []",
            "DELETE deals/{deal}/contacts/{contact} []",
        ]
    );
    for route in &manifest.routes {
        assert!(!route.summary.is_empty());
        assert_eq!(route.response_schema["type"], "object", "{}", route.path);
        assert!(route.request_schema.is_null());
        for scope in &route.scopes {
            let asked = manifest.scopes.iter().find(|asked| asked.name == *scope).unwrap();
            assert!(asked.operations.contains(&route.operation), "{scope} {}", route.path);
        }
        assert!(!route.scopes.is_empty(), "{}", route.path);
    }
}
