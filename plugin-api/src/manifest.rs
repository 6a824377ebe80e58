//! What a plugin says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};

/// A provider's self-description. Unknown fields are ignored, so that an old host loads a new
/// plugin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// `a-z`, `0-9` and `_`, starting with a letter: `google_calendar`.
    pub id: String,
    /// What people call it: `Google Calendar`.
    pub name: String,
    /// The plugin's own version (semver).
    pub version: String,
    /// The version of this crate that it was built with.
    pub plugin_api: String,
    /// One sentence.
    pub description: String,
    /// An SVG image, inline.
    pub icon: String,
    /// The hosts that requests may go to, besides that of `api_base`.
    pub hosts: Vec<String>,
    /// What request paths are relative to: `https://www.googleapis.com/calendar/v3`.
    pub api_base: String,
    /// How a user connects.
    pub oauth: OAuth,
    /// The scopes that are asked for by default.
    pub scopes: Vec<Scope>,
    /// Operations by capability: `calendar` -> `["create_event", ...]`.
    pub capabilities: BTreeMap<String, Vec<String>>,
    /// Whether the provider implements `identify`.
    pub identify: bool,
    /// Routes below `/api/integrations/{slug}`.
    pub routes: Vec<Route>,
    /// JSON Schema of the `[providers.x.settings]` section; null where there is none.
    pub settings_schema: Value,
    /// What the vendor may be asked, where the host's own limits do not fit it. The operator's
    /// `[providers.x]` counts before it.
    #[serde(skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
}

/// Limits of requests to the vendor. What is absent is the host's choice; a zero counts as absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Requests under way at once, of all users together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<u32>,
    /// Requests under way at once for one user's connection: a mailbox, a portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent_per_integration: Option<u32>,
    /// Seconds for one request as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// The largest body of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_bytes: Option<u32>,
}

impl Limits {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How a user's grant is got and kept. Every URL can be replaced in the host's configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OAuth {
    /// Where the browser is sent (RFC 6749 3.1).
    pub authorize_url: String,
    /// Where codes and refresh tokens are exchanged (RFC 6749 3.2).
    pub token_url: String,
    /// Where tokens are revoked (RFC 7009 style), where the vendor can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoke_url: Option<String>,
    /// How the client shows who it is at the token endpoint.
    pub client_auth: ClientAuth,
    /// What a revocation request looks like.
    pub revoke_style: RevokeStyle,
    /// Whether to use PKCE S256 (RFC 7636).
    pub pkce: bool,
    /// The issuer that the vendor names in `iss` (RFC 9207), where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Further parameters of the authorize URL.
    pub extra_authorize_params: BTreeMap<String, String>,
    /// What the vendor may put before a scope's name in its answers, to be ignored in comparisons.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope_prefix: String,
    /// Between scopes; a space where it is empty.
    pub scope_separator: String,
    /// Whether each refresh answers with a new refresh token that replaces the old one.
    pub refresh_rotates: bool,
    /// Fields of the token endpoint's answer that tell whose account it is (`hub_id`): kept with the
    /// account under their names. Texts, numbers and truth values only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub account_fields: Vec<String>,
    /// What a user has to do by hand where the vendor cannot revoke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disconnect_hint: Option<String>,
}

/// Client authentication at the token endpoint (RFC 6749 2.3.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// Id and secret, each form-encoded, as HTTP Basic.
    Basic,
    /// Id and secret in the form body.
    #[default]
    Body,
}

/// How a token is revoked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeStyle {
    /// `token=` alone in the form body.
    #[default]
    TokenOnly,
    /// `token=`, `token_type_hint=` and client authentication (RFC 7009 2.1).
    WithClient,
}

/// One permission, and why it is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// The vendor's name for it.
    pub name: String,
    /// One sentence that a user understands.
    pub why: String,
    /// The operations that it permits, with their capability: `calendar.create_event`. An operation
    /// is permitted when one granted scope lists it, or when no scope does.
    #[serde(rename = "for")]
    pub operations: Vec<String>,
    /// Whether the vendor leaves it out when it lists what was granted.
    pub unreported: bool,
}

/// A route that the plugin adds below `/api/integrations/{slug}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// Relative, with parameters in braces: `calendars/{calendar}`.
    pub path: String,
    /// The operation to start; its input is a [`RouteRequest`].
    pub operation: String,
    /// One line for the API's documentation.
    pub summary: String,
    /// JSON Schema of the body; null where there is none.
    pub request_schema: Value,
    /// JSON Schema of the answer.
    pub response_schema: Value,
    /// Query parameters that it reads.
    pub query: Vec<String>,
    /// Scopes of which one must be granted; empty: none needed.
    pub scopes: Vec<String>,
}

impl Manifest {
    /// A manifest with a name and the version of this crate. Use `env!("CARGO_PKG_VERSION")` for
    /// the plugin's own.
    #[must_use]
    pub fn new(id: &str, name: &str, version: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            plugin_api: env!("CARGO_PKG_VERSION").to_owned(),
            ..Self::default()
        }
    }

    /// Adds a capability with its operations.
    #[must_use]
    pub fn with_capability(mut self, name: &str, operations: &[&str]) -> Self {
        let operations = operations.iter().map(|&operation| operation.to_owned()).collect();
        self.capabilities.insert(name.to_owned(), operations);
        self
    }

    /// Whether an operation, named with its capability, is among the capabilities or routes.
    #[must_use]
    pub fn has_operation(&self, operation: &str) -> bool {
        if operation == "identify" {
            return self.identify;
        }
        let in_capability = operation.split_once('.').is_some_and(|(capability, name)| {
            self.capabilities.get(capability).is_some_and(|names| names.iter().any(|n| n == name))
        });
        in_capability || self.routes.iter().any(|route| route.operation == operation)
    }
}

/// The input of a route's operation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RouteRequest {
    /// Values of the path's parameters, decoded.
    #[serde(default)]
    pub path: BTreeMap<String, String>,
    /// Query parameters, decoded; the last of a repeated one.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The JSON body, null where there is none.
    #[serde(default)]
    pub body: Value,
}

/// The `[providers.x.settings]` section.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings(Map<String, Value>);

impl Settings {
    /// From a JSON object; an empty text is an empty section.
    ///
    /// # Errors
    /// `InvalidInput` where it is not an object.
    pub fn from_json(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text).map(Self).map_err(|error| {
            Error::new(ErrorKind::InvalidInput, format!("settings must be an object: {error}"))
        })
    }

    /// A setting; `None` where it is absent.
    ///
    /// # Errors
    /// `InvalidInput` that names the setting where it has another type.
    pub fn get<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        T::deserialize(value)
            .map(Some)
            .map_err(|error| Error::invalid(format!("settings.{name}"), error.to_string()))
    }
}

/// Who was connected; kept with the integration and shown to the user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// The vendor's id of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A name to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The calendar to use where none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar_id: Option<String>,
    /// What else later calls need.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}
