//! The use cases. They know ports and the domain, and nothing of HTTP servers, databases or
//! dynamic libraries.

mod access;
mod calendar;
mod call;
mod connect;
mod crm;
mod disconnect;
mod error;
mod hub;
mod maintenance;
mod pages;
mod providers;
mod proxy;
mod refresh;
mod refresher;
mod repeats;
mod rotation;
mod routes;
mod secrets;
mod sessions;
mod single_flight;
mod status;
mod targets;
mod tokens;
mod work;

pub use access::{API_KEY_PREFIX, Access, AccessError, Caller, SESSION_PREFIX};
pub use calendar::{
    BusyBlock, BusyQuery, BusyReport, BusySource, ConferenceInput, Conflict, ConflictQuery,
    ConflictReport, CreateRequest, DeleteRequest, EventInput, EventItem, EventList, LinkedEvent,
    ListQuery, PrimaryReport, TimeInput, UpdateRequest, Window,
};
pub use connect::{Callback, CallbackFailure, ConnectLink, ConnectOptions, Connected};
pub use crm::{
    AmountInput, ContactInput, CreateObject, CrmItem, CrmList, CrmQuery, CrmRecord, DealContact,
    DealContactInput, DealInput, DeleteObjectRequest, LinkedObject, LinkedQuery, UpdateObject,
    read_fields,
};
pub use disconnect::{Disconnected, VendorRevocation};
pub use error::HubError;
pub use hub::{Hub, HubPorts, HubSettings};
pub use pages::List;
pub use providers::{Provider, Providers};
pub use proxy::{ProxyAnswer, ProxyRequest};
pub use repeats::{AnswerShape, CallTurn, KeptAnswer, Repeat, RepeatError, RepeatRequest};
pub use rotation::{KeyFit, RotationProgress, RotationReport, Unreadable, key_fit, rotate_keys};
pub use secrets::{NewSecret, hash_secret};
pub use sessions::{MintedSession, SessionRequest};
pub use status::{ProviderStatus, ScopeReport, StatusReport};
pub use tokens::{AccessToken, REFRESH_MARGIN};
