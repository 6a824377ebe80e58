//! What the host asks of the plugin while an account connects.

use hubspot::HubSpot;
use mortise_plugin_api::{ClientAuth, ErrorKind, RevokeStyle, json, testing::ScriptedHost};

#[test]
fn the_manifest_names_the_addresses_of_oauth_2026_03() {
    let host = ScriptedHost::new::<HubSpot>();
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
fn every_scope_has_a_reason() {
    let host = ScriptedHost::new::<HubSpot>();
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
        ]
    );
    assert!(scopes.iter().all(|scope| scope.why.ends_with('.')), "{scopes:?}");
}

#[test]
fn no_operation_is_claimed_and_none_is_there() {
    let host = ScriptedHost::new::<HubSpot>();
    assert!(host.manifest().capabilities.is_empty());
    assert!(!host.manifest().identify);
    for operation in ["identify", "crm.list_contacts", "calendar.list_events"] {
        assert!(!host.manifest().has_operation(operation));
        let error = host.call(operation, json!(null)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotSupported, "{operation}");
    }
    assert!(host.requests().is_empty());
}
