//! The rows of the tables, as far as the stores use them. Times are milliseconds since the epoch.

pub mod api_keys;
pub mod calendar_event_links;
pub mod idempotency_keys;
pub mod installation;
pub mod integration_sync_state;
pub mod integration_tokens;
pub mod integrations;
pub mod oauth_states;
pub mod pending_revocations;
pub mod sessions;
pub mod users;
