//! Events by their own addresses, one file per method.

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};

use super::Microsoft;
use super::call::{Call, Right};
use super::error::GraphError;
use super::event::Item;
use super::prefer::Prefer;
use super::store::context;

/// A call that writes an event.
struct Write {
    account: String,
    prefer: Prefer,
    sent: Map<String, Value>,
}

impl Write {
    fn read(microsoft: &Microsoft, call: &Call) -> Result<Self, GraphError> {
        let account = microsoft.admit(call, Right::Write)?;
        Ok(Self { account, prefer: call.prefer()?, sent: call.object()? })
    }

    /// The event with its context.
    fn answer(&self, status: StatusCode, item: &Item) -> Response {
        let mut view = item.view(&self.account, &self.prefer);
        view["@odata.context"] = context(&self.account, "events/$entity");
        self.prefer.answer(status, view)
    }
}
