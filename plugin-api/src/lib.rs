//! Everything that the author of a Mortise provider plugin sees.

pub mod abi;
pub mod calendar;
mod context;
mod error;
pub mod export;
mod http;
mod manifest;
pub mod provider;
#[cfg(feature = "testing")]
pub mod testing;

pub use chrono;
pub use context::Context;
pub use error::{Error, ErrorKind, Result};
pub use http::{HttpAnswer, HttpRequest, RequestBuilder, Response, TransportError, encode_segment};
pub use manifest::{
    Account, ClientAuth, Manifest, OAuth, RevokeStyle, Route, RouteRequest, Scope, Settings,
};
pub use provider::{Provider, Routes};
pub use serde_json::{self, Map, Value, json};
