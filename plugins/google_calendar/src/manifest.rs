//! What the plugin says of itself. Scopes per operation are those of the discovery document.

use std::collections::BTreeMap;

use mortise_plugin_api::{
    ClientAuth, Manifest, OAuth, RevokeStyle, Route, Scope, Value, calendar, json,
};

use crate::calendars;

const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
const READONLY: &str = "https://www.googleapis.com/auth/calendar.readonly";

pub(crate) fn manifest() -> Manifest {
    Manifest {
        description: "Events, free/busy and calendars of a Google account.".to_owned(),
        icon: include_str!("icon.svg").trim_end().to_owned(),
        hosts: vec!["www.googleapis.com".to_owned()],
        api_base: "https://www.googleapis.com/calendar/v3".to_owned(),
        oauth: oauth(),
        scopes: scopes(),
        identify: true,
        routes: vec![calendars_route()],
        ..Manifest::new("google_calendar", "Google Calendar", env!("CARGO_PKG_VERSION"))
    }
    .with_capability(calendar::CAPABILITY, calendar::OPERATIONS)
}

fn oauth() -> OAuth {
    // Without `offline` there is no refresh token; without `consent` there is none for a user who
    // connects a second time.
    let extra =
        [("access_type", "offline"), ("include_granted_scopes", "true"), ("prompt", "consent")];
    OAuth {
        authorize_url: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
        token_url: "https://oauth2.googleapis.com/token".to_owned(),
        revoke_url: Some("https://oauth2.googleapis.com/revoke".to_owned()),
        client_auth: ClientAuth::Body,
        revoke_style: RevokeStyle::TokenOnly,
        pkce: true,
        issuer: Some("https://accounts.google.com".to_owned()),
        extra_authorize_params: BTreeMap::from(
            extra.map(|(name, value)| (name.to_owned(), value.to_owned())),
        ),
        ..OAuth::default()
    }
}

/// `identify` is in no list: it answers with less where it may not read the calendar.
fn scopes() -> Vec<Scope> {
    let scope = |name: &str, why: &str, operations: &[&str]| Scope {
        name: name.to_owned(),
        why: why.to_owned(),
        operations: operations.iter().map(|&operation| operation.to_owned()).collect(),
        ..Scope::default()
    };
    vec![
        scope(
            EVENTS,
            "To put appointments into your calendar, and to read, change and delete them there.",
            &[
                "calendar.create_event",
                "calendar.get_event",
                "calendar.update_event",
                "calendar.delete_event",
                "calendar.list_events",
            ],
        ),
        scope(
            READONLY,
            "To see which calendars you have and when you are busy, so that nothing is booked \
             over your other appointments.",
            &[
                "calendar.get_event",
                "calendar.list_events",
                "calendar.free_busy",
                "calendar.list_calendars",
                calendars::ROUTE,
            ],
        ),
    ]
}

fn calendars_route() -> Route {
    Route {
        method: "GET".to_owned(),
        path: "calendars".to_owned(),
        operation: calendars::ROUTE.to_owned(),
        summary: "The calendars of the connected Google account".to_owned(),
        request_schema: Value::Null,
        response_schema: calendars_schema(),
        query: vec!["cursor".to_owned()],
        scopes: vec![READONLY.to_owned()],
    }
}

fn calendars_schema() -> Value {
    json!({
        "type": "object",
        "required": ["items", "warnings"],
        "properties": {
            "items": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "name", "primary", "writable", "counts_as_busy"],
                    "properties": {
                        "id": {"type": "string", "description": "Google's id of the calendar."},
                        "name": {"type": "string", "description": "The name that the user sees."},
                        "time_zone": {"type": "string", "description": "IANA zone."},
                        "primary": {
                            "type": "boolean",
                            "description": "Whether it is the account's main calendar.",
                        },
                        "writable": {
                            "type": "boolean",
                            "description": "Whether events can be written.",
                        },
                        "counts_as_busy": {
                            "type": "boolean",
                            "description": "Whether its busy time is the user's own.",
                        },
                    },
                },
            },
            "next_cursor": {
                "type": "string",
                "description": "`cursor` of the next page; absent on the last one.",
            },
            "warnings": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Entries that Google sent broken.",
            },
        },
    })
}
