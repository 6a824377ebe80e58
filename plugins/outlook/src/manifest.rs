//! What the plugin says of itself.

use std::collections::BTreeMap;

use mortise_plugin_api::{ClientAuth, Manifest, OAuth, Scope, Value, json};

pub(crate) fn manifest() -> Manifest {
    Manifest {
        description: "Calendars of Microsoft 365 and outlook.com accounts.".to_owned(),
        icon: include_str!("icon.svg").trim_end().to_owned(),
        hosts: vec!["graph.microsoft.com".to_owned()],
        api_base: "https://graph.microsoft.com/v1.0".to_owned(),
        oauth: oauth(),
        scopes: scopes(),
        identify: true,
        settings_schema: settings_schema(),
        ..Manifest::new("outlook", "Outlook", env!("CARGO_PKG_VERSION"))
    }
}

fn oauth() -> OAuth {
    let endpoint =
        |name: &str| format!("https://login.microsoftonline.com/{{tenant}}/oauth2/v2.0/{name}");
    let extra = [("prompt", "select_account"), ("response_mode", "query")];
    OAuth {
        authorize_url: endpoint("authorize"),
        token_url: endpoint("token"),
        client_auth: ClientAuth::Body,
        pkce: true,
        extra_authorize_params: BTreeMap::from(
            extra.map(|(name, value)| (name.to_owned(), value.to_owned())),
        ),
        scope_prefix: "https://graph.microsoft.com/".to_owned(),
        refresh_rotates: true,
        disconnect_hint: Some(
            "Microsoft cannot take back a single permission by request. To remove the consent \
             too, open https://myapps.microsoft.com (work or school) or \
             https://account.live.com/consent/Manage (personal) and remove the app there."
                .to_owned(),
        ),
        ..OAuth::default()
    }
}

fn scopes() -> Vec<Scope> {
    let scope = |name: &str, why: &str| Scope {
        name: name.to_owned(),
        why: why.to_owned(),
        ..Scope::default()
    };
    vec![
        scope(
            "Calendars.ReadWrite",
            "To put appointments into your calendar, to read, change and delete them there, and \
             to see when you are busy.",
        ),
        Scope {
            operations: vec!["identify".to_owned()],
            ..scope("User.Read", "To show which Microsoft account is connected.")
        },
        Scope {
            unreported: true,
            ..scope("offline_access", "To stay connected when you are not signed in.")
        },
    ]
}

fn settings_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "tenant": {
                "type": "string",
                "default": "common",
                "pattern": "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$",
                "maxLength": 253,
                "description": "Who may connect: common (everybody), organizations (work and \
                                school accounts), consumers (personal accounts), or one tenant by \
                                its id or domain.",
            },
        },
    })
}
