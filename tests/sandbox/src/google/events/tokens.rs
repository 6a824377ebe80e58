//! Page and sync tokens: opaque to clients, checked when they come back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where the next page of the same query begins.
#[derive(Serialize, Deserialize)]
pub(super) struct PageToken {
    /// Sort key of the last item of the page before.
    pub(super) after: (i64, String),
    /// The store's change when the first page was read.
    pub(super) change: u64,
    /// The other parameters; a page token goes with the query that it came from.
    pub(super) query: String,
}

/// What the next synchronisation must tell.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SyncToken {
    pub(super) epoch: String,
    pub(super) account: String,
    pub(super) calendar: String,
    /// All later changes are news.
    pub(super) change: u64,
    pub(super) single_events: bool,
    pub(super) time_min: Option<String>,
    pub(super) time_max: Option<String>,
}

pub(super) fn seal(token: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(token).unwrap_or_default())
}

pub(super) fn open<T: DeserializeOwned>(token: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}
