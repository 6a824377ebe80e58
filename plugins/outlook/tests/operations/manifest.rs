use mortise_plugin_api::{
    ClientAuth, ErrorKind, Provider, Settings, calendar::OPERATIONS, json, testing::ScriptedHost,
};
use outlook::Outlook;

#[test]
fn the_manifest_names_addresses_scopes_and_what_disconnecting_leaves_behind() {
    let host = ScriptedHost::new::<Outlook>();
    let manifest = host.manifest();
    assert_eq!(manifest.id, "outlook");
    assert_eq!(manifest.api_base, "https://graph.microsoft.com/v1.0");
    assert_eq!(manifest.hosts, ["graph.microsoft.com"]);
    assert!(manifest.icon.starts_with("<svg "), "{}", manifest.icon);

    let oauth = &manifest.oauth;
    assert_eq!(
        oauth.authorize_url,
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize"
    );
    assert_eq!(oauth.token_url, "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
    assert_eq!(oauth.revoke_url, None);
    assert!(oauth.disconnect_hint.as_deref().is_some_and(|hint| hint.contains("remove the app")));
    assert_eq!(oauth.client_auth, ClientAuth::Body);
    assert!(oauth.pkce);
    assert!(oauth.refresh_rotates);
    assert_eq!(oauth.extra_authorize_params["response_mode"], "query");

    let names: Vec<_> = manifest.scopes.iter().map(|scope| scope.name.as_str()).collect();
    assert_eq!(names, ["Calendars.ReadWrite", "User.Read", "offline_access"]);
    assert!(manifest.scopes.iter().all(|scope| !scope.why.is_empty()));
    let unreported: Vec<_> = manifest.scopes.iter().filter(|scope| scope.unreported).collect();
    assert_eq!(unreported.len(), 1);
    assert_eq!(unreported[0].name, "offline_access");
}

#[test]
fn every_account_may_connect_unless_a_tenant_is_set() {
    let host = ScriptedHost::new::<Outlook>();
    let tenant = &host.manifest().settings_schema["properties"]["tenant"];
    assert_eq!(tenant["default"], "common");
}

#[test]
fn every_operation_is_permitted_by_one_scope() {
    let host = ScriptedHost::new::<Outlook>();
    let manifest = host.manifest();
    assert_eq!(manifest.capabilities["calendar"], OPERATIONS);
    assert!(manifest.identify);
    let [calendars, user, offline] = &manifest.scopes[..] else { panic!("three scopes") };
    for operation in OPERATIONS {
        let operation = format!("calendar.{operation}");
        assert!(calendars.operations.contains(&operation), "{operation}");
    }
    assert!(calendars.operations.contains(&"outlook.calendars".to_owned()));
    assert_eq!(user.operations, ["identify"]);
    assert!(offline.operations.is_empty());
    for operation in manifest.scopes.iter().flat_map(|scope| &scope.operations) {
        assert!(manifest.has_operation(operation), "{operation}");
    }
}

#[test]
fn the_route_says_what_it_answers() {
    let host = ScriptedHost::new::<Outlook>();
    let [route] = &host.manifest().routes[..] else { panic!("one route") };
    assert_eq!((route.method.as_str(), route.path.as_str()), ("GET", "calendars"));
    assert_eq!(route.operation, "outlook.calendars");
    assert_eq!(route.query, ["cursor"]);
    assert_eq!(route.scopes, ["Calendars.ReadWrite"]);
    assert!(route.request_schema.is_null());
    assert_eq!(route.response_schema["properties"]["items"]["type"], "array");
    let error = host.call("outlook.rooms", json!({})).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotSupported);
}

#[test]
fn a_tenant_is_a_known_word_an_id_or_a_domain() {
    for tenant in ["common", "organizations", "0c1d5e3a-90b4-4c5f-8f55-2f4f6d2f1a11", "example.org"]
    {
        let _ = ScriptedHost::with_settings::<Outlook>(&json!({"tenant": tenant}));
    }
    for tenant in ["", "..", "a/b", "a?b", "common/", "{tenant}", "näh.example", ".example.org"] {
        let settings = Settings::from_json(&json!({"tenant": tenant}).to_string()).unwrap();
        let Err(error) = Outlook::new(&settings) else { panic!("{tenant:?} was taken") };
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert_eq!(error.field.as_deref(), Some("settings.tenant"));
    }
    let settings = Settings::from_json(r#"{"tenant": 7}"#).unwrap();
    let Err(error) = Outlook::new(&settings) else { panic!("a number was taken") };
    assert_eq!(error.field.as_deref(), Some("settings.tenant"));
}
