//! Shapes of answers that several endpoints share.

use chrono::{DateTime, Utc};
use mortise_plugin_api::calendar::Event;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    app::{LinkedEvent, Provider, ScopeReport, StatusReport},
    domain::{event_time::in_own_zone, links::EventLink},
};

/// A link between one of the application's records and a vendor's event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LinkView {
    /// The record's type.
    pub entity_type: String,
    /// The record's id.
    pub entity_id: String,
    /// `google_calendar`.
    pub provider: String,
    /// The vendor's id of the calendar.
    pub calendar_id: String,
    /// The vendor's id of the event.
    pub event_id: String,
    /// `pending`, `confirmed` or `deleting`.
    pub state: String,
    /// First reserved.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

impl From<&EventLink> for LinkView {
    fn from(link: &EventLink) -> Self {
        Self {
            entity_type: link.entity.kind.clone(),
            entity_id: link.entity.id.clone(),
            provider: link.provider.to_string(),
            calendar_id: link.place.calendar.clone(),
            event_id: link.external_id.clone(),
            state: link.state.as_str().to_owned(),
            created_at: link.created_at,
            updated_at: link.updated_at,
        }
    }
}

/// A linked event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LinkedEventView {
    /// The link.
    pub link: LinkView,
    /// The event as the vendor has it.
    pub event: Event,
    /// What a write left unchecked or undone, one sentence each; absent where there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl From<LinkedEvent> for LinkedEventView {
    fn from(linked: LinkedEvent) -> Self {
        let LinkedEvent { link, event, warnings } = linked;
        Self { link: LinkView::from(&link), event: shown(event), warnings }
    }
}

/// An event as callers see it: its times in its own zones.
#[must_use]
pub fn shown(event: Event) -> Event {
    Event { start: in_own_zone(event.start), end: in_own_zone(event.end), ..event }
}

/// How a user's connection to a provider stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatusView {
    /// `google_calendar`.
    pub provider: String,
    /// `not_connected`, `active`, `needs_reauth`, `revoked` or `error`.
    pub status: String,
    /// The account, as the provider told: `name`, `email`, `calendar_id` and more.
    #[schema(value_type = Object)]
    pub account: Value,
    /// Scopes.
    pub scopes: ScopesView,
    /// The access token's end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// What went wrong last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// First connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_at: Option<DateTime<Utc>>,
}

/// Scopes of a connection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScopesView {
    /// What is asked for.
    pub requested: Vec<String>,
    /// What was granted.
    pub granted: Vec<String>,
    /// Asked for and not granted.
    pub missing: Vec<String>,
}

impl From<ScopeReport> for ScopesView {
    fn from(scopes: ScopeReport) -> Self {
        let ScopeReport { requested, granted, missing } = scopes;
        Self { requested, granted, missing }
    }
}

impl StatusView {
    /// A status of a provider.
    #[must_use]
    pub fn of(provider: &Provider, report: StatusReport) -> Self {
        Self {
            provider: provider.id.to_string(),
            status: report.status.map_or("not_connected", |status| status.as_str()).to_owned(),
            account: Value::Object(report.account),
            scopes: report.scopes.into(),
            expires_at: report.expires_at,
            last_error: report.last_error,
            connected_at: report.connected_at,
        }
    }
}
