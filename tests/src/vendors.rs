//! The sandbox's vendors as the hub's configuration names them.

use mortise_sandbox::{Consent, Sandbox};
use serde_json::{Map, Value, json};

/// Slugs.
pub const GOOGLE: &str = "google-calendar";
pub const OUTLOOK: &str = "outlook";
pub const HUBSPOT: &str = "hubspot";

/// An address at which nobody listens: the port is reserved.
pub const DEAD_PORT: &str = "http://127.0.0.1:1";

/// Addresses and client of a provider, for its table in the configuration.
pub(crate) fn settings(sandbox: &Sandbox, provider: &str) -> Map<String, Value> {
    let (google, microsoft, hubspot) = (sandbox.google(), sandbox.microsoft(), sandbox.hubspot());
    let settings = match provider {
        "google_calendar" => json!({
            "client_id": google.client_id(),
            "client_secret": google.client_secret(),
            "authorize_url": format!("{}/o/oauth2/v2/auth", google.url()),
            "token_url": format!("{}/token", google.url()),
            "revoke_url": format!("{}/revoke", google.url()),
            "api_base": format!("{}/calendar/v3", google.url()),
        }),
        "outlook" => json!({
            "client_id": microsoft.client_id(),
            "client_secret": microsoft.client_secret(),
            "authorize_url": format!("{}/common/oauth2/v2.0/authorize", microsoft.url()),
            "token_url": format!("{}/common/oauth2/v2.0/token", microsoft.url()),
            "api_base": format!("{}/v1.0", microsoft.url()),
        }),
        "hubspot" => json!({
            "client_id": hubspot.client_id(),
            "client_secret": hubspot.client_secret(),
            "authorize_url": format!("{}/oauth/authorize", hubspot.url()),
            "token_url": format!("{}/oauth/2026-03/token", hubspot.url()),
            "revoke_url": format!("{}/oauth/2026-03/token/revoke", hubspot.url()),
            "api_base": hubspot.url(),
        }),
        other => panic!("the sandbox has no {other}"),
    };
    let Value::Object(settings) = settings else { unreachable!("it is written as one above") };
    settings
}

/// A path at a provider's vendor.
pub(crate) fn address(sandbox: &Sandbox, provider: &str, path: &str) -> String {
    let url = match provider {
        "google_calendar" => sandbox.google().url(),
        "outlook" => sandbox.microsoft().url(),
        "hubspot" => sandbox.hubspot().url(),
        other => panic!("the sandbox has no {other}"),
    };
    format!("{url}{path}")
}

/// A person's answer on the vendor's consent page; gives the address of the callback.
pub(crate) fn consent(sandbox: &Sandbox, slug: &str, url: &str, consent: &Consent) -> String {
    let answered = match slug {
        GOOGLE => sandbox.google().approve(url, consent),
        OUTLOOK => sandbox.microsoft().approve(url, consent),
        HUBSPOT => sandbox.hubspot().approve(url, consent),
        other => panic!("the sandbox has no {other}"),
    };
    answered.unwrap()
}

/// Everything secret that the vendors know.
pub(crate) fn secrets(sandbox: &Sandbox) -> Vec<String> {
    [sandbox.google().secrets(), sandbox.microsoft().secrets(), sandbox.hubspot().secrets()]
        .concat()
}

pub(crate) fn allow_redirects(sandbox: &Sandbox, hub: &str) {
    for provider in ["google_calendar", "outlook", "hubspot"] {
        allow_redirect(sandbox, hub, provider, provider);
    }
}

/// Lets a provider's callback be redirected to by the vendor of another, or of itself.
pub(crate) fn allow_redirect(sandbox: &Sandbox, hub: &str, provider: &str, of: &str) {
    let slug = provider.replace('_', "-");
    let uri = format!("{hub}/api/integrations/{slug}/callback");
    match of {
        "google_calendar" => sandbox.google().allow_redirect_uri(uri),
        "outlook" => sandbox.microsoft().allow_redirect_uri(uri),
        "hubspot" => sandbox.hubspot().allow_redirect_uri(uri),
        other => panic!("the sandbox has no {other}"),
    }
}
