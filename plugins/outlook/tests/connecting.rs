//! What the host asks of the plugin while an account connects.

use mortise_plugin_api::{
    ClientAuth, ErrorKind, Provider, Settings, json,
    testing::{ScriptedHost, json_answer},
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
fn no_capability_is_claimed_and_none_is_there() {
    let host = ScriptedHost::new::<Outlook>();
    assert!(host.manifest().capabilities.is_empty());
    assert!(host.manifest().routes.is_empty());
    let error = host.call("calendar.list_calendars", json!({})).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotSupported);
    assert!(host.requests().is_empty());
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

#[test]
fn the_account_is_that_of_graphs_me() {
    let host = ScriptedHost::new::<Outlook>();
    host.answer_json(
        200,
        json!({
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
            "id": "48d31887-5fad-4d73-a9f5-3c356e68a038",
            "displayName": "Zoë Ångström",
            "mail": "zoe@example.org",
            "userPrincipalName": "zoe.angstrom@example.org",
        }),
    );
    let account = host.call("identify", json!(null)).unwrap();
    assert_eq!(
        account,
        json!({
            "id": "48d31887-5fad-4d73-a9f5-3c356e68a038",
            "name": "Zoë Ångström",
            "email": "zoe@example.org",
        })
    );
    let [request] = &host.requests()[..] else { panic!("one request was expected") };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/me"));
    let select = ("$select".to_owned(), "id,displayName,mail,userPrincipalName".to_owned());
    assert_eq!(request.query, [select]);
}

#[test]
fn without_a_mailbox_the_sign_in_name_stands_for_the_address_if_it_is_one() {
    let host = ScriptedHost::new::<Outlook>();
    let me = |name: &str| json!({"id": "1", "mail": null, "userPrincipalName": name});
    host.answer_json(200, me("zoe@example.org"));
    host.answer_json(200, me("zoe_example.org#EXT#@host.example"));
    let account = host.call("identify", json!(null)).unwrap();
    assert_eq!(account, json!({"id": "1", "email": "zoe@example.org"}));
    let account = host.call("identify", json!(null)).unwrap();
    assert_eq!(account, json!({"id": "1"}));
}

#[test]
fn graphs_error_codes_become_kinds() {
    let cases = [
        (400, "ErrorInvalidRequest", ErrorKind::InvalidInput),
        (401, "InvalidAuthenticationToken", ErrorKind::Unauthorized),
        (403, "Authorization_RequestDenied", ErrorKind::MissingScope),
        (403, "ErrorAccessDenied", ErrorKind::MissingScope),
        (403, "somethingElse", ErrorKind::Forbidden),
        (404, "ErrorItemNotFound", ErrorKind::NotFound),
        (410, "SyncStateNotFound", ErrorKind::CursorLost),
        (429, "ApplicationThrottled", ErrorKind::RateLimited),
        (503, "ServiceUnavailable", ErrorKind::Unavailable),
        (509, "bandwidthLimitExceeded", ErrorKind::RateLimited),
    ];
    let host = ScriptedHost::new::<Outlook>();
    for (status, code, kind) in cases {
        let body = json!({"error": {"code": code, "message": "Vendor's words.\nMore of them."}});
        host.answer_json(status, body);
        let error = host.call("identify", json!(null)).unwrap_err();
        assert_eq!(error.kind, kind, "{status} {code}");
        assert_eq!(error.vendor_status, Some(status));
        assert_eq!(error.vendor_code.as_deref(), Some(code));
        assert!(error.message.contains("Vendor's words. More of them."), "{}", error.message);
    }
}

#[test]
fn a_wait_is_passed_on_with_its_fraction() {
    let host = ScriptedHost::new::<Outlook>();
    let body = json!({"error": {"code": "ApplicationThrottled", "message": "Slow down."}});
    let mut answer = json_answer(429, &body);
    answer.headers.push(("retry-after".to_owned(), "2.128".to_owned()));
    host.answer(answer);
    let error = host.call("identify", json!(null)).unwrap_err();
    assert_eq!(error.retry_after, Some(2.128));
}

#[test]
fn a_page_instead_of_json_is_judged_by_its_status() {
    let host = ScriptedHost::new::<Outlook>();
    let mut answer = json_answer(502, &json!(null));
    answer.body = b"<html>Bad Gateway</html>".to_vec();
    host.answer(answer);
    let error = host.call("identify", json!(null)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert!(!error.message.contains('<'), "{}", error.message);
}
