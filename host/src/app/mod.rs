//! The use cases. They know ports and the domain, and nothing of HTTP servers, databases or
//! dynamic libraries.

mod access;
mod calendar;
mod call;
mod connect;
mod disconnect;
mod error;
mod hub;
mod maintenance;
mod providers;
mod proxy;
mod routes;
mod secrets;
mod sessions;
mod single_flight;
mod status;
mod tokens;

pub use access::{API_KEY_PREFIX, Access, AccessError, Caller, SESSION_PREFIX};
pub use calendar::{
    BusyBlock, BusyReport, BusySource, ConferenceInput, Conflict, ConflictQuery, ConflictReport,
    CreateRequest, DeleteRequest, EventInput, EventItem, EventList, LinkedEvent, ListQuery,
    TimeInput, UpdateRequest, Window,
};
pub use connect::{Callback, CallbackFailure, ConnectLink, ConnectOptions, Connected};
pub use disconnect::{Disconnected, VendorRevocation};
pub use error::HubError;
pub use hub::{Hub, HubPorts, HubSettings};
pub use providers::{Provider, Providers};
pub use proxy::{ProxyAnswer, ProxyRequest};
pub use secrets::{NewSecret, hash_secret};
pub use sessions::{MintedSession, SessionRequest};
pub use status::{ProviderStatus, ScopeReport, StatusReport};
pub use tokens::AccessToken;
