use mortise_plugin_api::{ClientAuth, RevokeStyle, calendar::OPERATIONS};

use crate::support::host;

const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
const READONLY: &str = "https://www.googleapis.com/auth/calendar.readonly";

#[test]
fn google_is_asked_for_a_refresh_token_on_every_connection() {
    let host = host();
    let oauth = &host.manifest().oauth;
    assert_eq!(oauth.authorize_url, "https://accounts.google.com/o/oauth2/v2/auth");
    assert_eq!(oauth.token_url, "https://oauth2.googleapis.com/token");
    assert_eq!(oauth.revoke_url.as_deref(), Some("https://oauth2.googleapis.com/revoke"));
    assert_eq!(oauth.revoke_style, RevokeStyle::TokenOnly);
    assert_eq!(oauth.client_auth, ClientAuth::Body);
    assert_eq!(oauth.issuer.as_deref(), Some("https://accounts.google.com"));
    assert!(oauth.pkce);
    assert!(!oauth.refresh_rotates);
    let extra: Vec<_> = oauth
        .extra_authorize_params
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(extra, ["access_type=offline", "include_granted_scopes=true", "prompt=consent"]);
}

#[test]
fn two_scopes_are_asked_for_each_with_its_reason_and_its_operations() {
    let host = host();
    let [events, readonly] = &host.manifest().scopes[..] else { panic!("two scopes") };
    assert_eq!((events.name.as_str(), readonly.name.as_str()), (EVENTS, READONLY));
    assert!(events.why.contains("appointments"), "{}", events.why);
    assert!(readonly.why.contains("busy"), "{}", readonly.why);
    for operation in ["create_event", "update_event", "delete_event"] {
        let operation = format!("calendar.{operation}");
        assert!(events.operations.contains(&operation), "{operation}");
        assert!(!readonly.operations.contains(&operation), "{operation}");
    }
    for operation in ["get_event", "list_events"] {
        let operation = format!("calendar.{operation}");
        assert!(events.operations.contains(&operation), "{operation}");
        assert!(readonly.operations.contains(&operation), "{operation}");
    }
    for operation in ["calendar.free_busy", "calendar.list_calendars", "google_calendar.calendars"]
    {
        let operation = operation.to_owned();
        assert!(!events.operations.contains(&operation), "{operation}");
        assert!(readonly.operations.contains(&operation), "{operation}");
    }
}

#[test]
fn every_operation_of_a_scope_is_one_of_the_providers() {
    let host = host();
    let manifest = host.manifest();
    assert_eq!(manifest.capabilities["calendar"], OPERATIONS);
    assert!(manifest.identify);
    for operation in manifest.scopes.iter().flat_map(|scope| &scope.operations) {
        assert!(manifest.has_operation(operation), "{operation}");
    }
}

#[test]
fn requests_go_to_one_host_and_the_route_says_what_it_answers() {
    let host = host();
    let manifest = host.manifest();
    assert_eq!(manifest.id, "google_calendar");
    assert_eq!(manifest.name, "Google Calendar");
    assert_eq!(manifest.api_base, "https://www.googleapis.com/calendar/v3");
    assert_eq!(manifest.hosts, ["www.googleapis.com"]);
    assert!(manifest.icon.starts_with("<svg ") && manifest.icon.ends_with("</svg>"));
    let [route] = &manifest.routes[..] else { panic!("one route") };
    assert_eq!((route.method.as_str(), route.path.as_str()), ("GET", "calendars"));
    assert_eq!(route.operation, "google_calendar.calendars");
    assert_eq!(route.query, ["cursor"]);
    assert_eq!(route.scopes, [READONLY]);
    assert!(route.request_schema.is_null());
    assert_eq!(route.response_schema["properties"]["items"]["type"], "array");
}
