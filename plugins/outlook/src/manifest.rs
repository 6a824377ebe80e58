//! What the plugin says of itself.

use std::collections::BTreeMap;

use mortise_plugin_api::{
    ClientAuth, Limits, Manifest, OAuth, Route, Scope, Value, calendar, json,
};

use crate::calendars;

const CALENDARS: &str = "Calendars.ReadWrite";

pub(crate) fn manifest() -> Manifest {
    Manifest {
        description: "Calendars of Microsoft 365 and outlook.com accounts.".to_owned(),
        icon: include_str!("icon.svg").trim_end().to_owned(),
        hosts: vec!["graph.microsoft.com".to_owned()],
        api_base: "https://graph.microsoft.com/v1.0".to_owned(),
        oauth: oauth(),
        scopes: scopes(),
        identify: true,
        routes: vec![calendars_route()],
        settings_schema: settings_schema(),
        // Graph takes four requests at once for one mailbox.
        limits: Limits { concurrent_per_integration: Some(4), ..Limits::default() },
        ..Manifest::new("outlook", "Outlook", env!("CARGO_PKG_VERSION"))
    }
    .with_capability(calendar::CAPABILITY, calendar::OPERATIONS)
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
    let of_calendars = calendar::OPERATIONS.iter().map(|name| format!("calendar.{name}"));
    vec![
        Scope {
            operations: of_calendars.chain([calendars::ROUTE.to_owned()]).collect(),
            ..scope(
                CALENDARS,
                "To put appointments into your calendar, to read, change and delete them there, \
                 and to see when you are busy.",
            )
        },
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

fn calendars_route() -> Route {
    Route {
        method: "GET".to_owned(),
        path: "calendars".to_owned(),
        operation: calendars::ROUTE.to_owned(),
        summary: "The calendars of the connected Outlook account".to_owned(),
        request_schema: Value::Null,
        response_schema: calendars_schema(),
        query: vec!["cursor".to_owned()],
        scopes: vec![CALENDARS.to_owned()],
    }
}

fn calendars_schema() -> Value {
    let flag = |description: &str| json!({"type": "boolean", "description": description});
    let calendar = json!({
        "type": "object",
        "required": ["id", "name", "primary", "writable", "counts_as_busy"],
        "properties": {
            "id": {"type": "string", "description": "Microsoft's id of the calendar."},
            "name": {"type": "string", "description": "The name that the user sees."},
            "primary": flag("Whether it is the account's main calendar."),
            "writable": flag("Whether events can be written."),
            "counts_as_busy": flag("Whether its busy time is the user's own."),
        },
    });
    json!({
        "type": "object",
        "required": ["items", "warnings"],
        "properties": {
            "items": {"type": "array", "items": calendar},
            "next_cursor": {
                "type": "string",
                "description": "`cursor` of the next page; absent on the last one.",
            },
            "warnings": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Entries that Microsoft sent broken.",
            },
        },
    })
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
