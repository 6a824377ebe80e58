//! Everything that the author of a Mortise provider plugin sees.
//!
//! A plugin teaches the hub one vendor. This is a whole one, the `src/lib.rs` of a `cdylib` crate:
//!
//! ```standalone_crate
//! use mortise_plugin_api::{
//!     Account, Context, Error, Manifest, OAuth, Provider, Result, Route, RouteRequest, Routes,
//!     Scope, Settings, Value, path,
//! };
//!
//! struct Acme;
//!
//! impl Provider for Acme {
//!     fn manifest() -> Manifest {
//!         let mut manifest = Manifest::new("acme", "Acme Rooms", "0.1.0");
//!         manifest.api_base = "https://api.acme.example/v1".into();
//!         manifest.oauth = OAuth {
//!             authorize_url: "https://acme.example/oauth/authorize".into(),
//!             token_url: "https://acme.example/oauth/token".into(),
//!             pkce: true,
//!             ..OAuth::default()
//!         };
//!         let (method, path, operation) = ("GET".into(), "rooms/{room}".into(), "acme.room".into());
//!         manifest.routes = vec![Route { method, path, operation, ..Route::default() }];
//!         let (name, why) = ("rooms.read".into(), "To show which rooms are free.".into());
//!         manifest.scopes = vec![Scope { name, why, ..Scope::default() }];
//!         Manifest { identify: true, ..manifest }
//!     }
//!
//!     fn new(_settings: &Settings) -> Result<Self> {
//!         Ok(Self)
//!     }
//!
//!     async fn identify(&self, cx: &Context) -> Result<Account> {
//!         let me: Value = cx.get("/me").send().await?;
//!         Ok(Account { email: me["email"].as_str().map(Into::into), ..Account::default() })
//!     }
//! }
//!
//! impl Routes for Acme {
//!     async fn route(&self, cx: &Context, operation: &str, call: RouteRequest) -> Result<Value> {
//!         match operation {
//!             "acme.room" => cx.get(path!("/rooms/{}", call.path["room"])).send().await,
//!             other => Err(Error::not_supported(other)),
//!         }
//!     }
//! }
//!
//! mortise_plugin_api::export_plugin!(Acme: Routes);
//! ```
//!
//! It has no socket, no async runtime and no token. An operation is an `async fn` that awaits the
//! requests of its [`Context`] and nothing else; the host performs them with the user's token and
//! resumes the operation with the answers. Timeouts, limits and the refreshing of tokens are the
//! host's, once for all plugins.
//!
//! | you write | with |
//! |---|---|
//! | who the vendor is, and how a user connects | [`Provider`], [`Manifest`], [`OAuth`], [`Scope`] |
//! | a calendar | [`calendar::Calendar`] |
//! | contacts and deals | [`crm::Crm`] |
//! | addresses of the plugin's own in the hub's API | [`Routes`], [`Route`] |
//! | requests | [`Context::get`] and its kin, [`path!`], [`Context::join`] |
//! | answers, field by field | [`Fields`], [`Broken`] |
//! | what went wrong | [`Error`], [`ErrorKind`], [`Provider::vendor_error`] |
//! | tests | the feature `testing`: `ScriptedHost`, and the contract of each capability |
//!
//! # A test
//! With the feature `testing`, under `[dev-dependencies]`, a script of answers plays the vendor. The
//! call goes through the same boundary as in the host, without network.
//!
#![cfg_attr(feature = "testing", doc = "```standalone_crate")]
#![cfg_attr(not(feature = "testing"), doc = "```ignore")]
//! use mortise_plugin_api::{ErrorKind, json, testing::ScriptedHost};
//! # use mortise_plugin_api::*;
//! # struct Acme;
//! # impl Provider for Acme {
//! #     fn manifest() -> Manifest { Manifest::new("acme", "Acme Rooms", "0.1.0") }
//! #     fn new(_: &Settings) -> Result<Self> { Ok(Self) }
//! # }
//! # impl Routes for Acme {
//! #     async fn route(&self, cx: &Context, _: &str, call: RouteRequest) -> Result<Value> {
//! #         cx.get(path!("/rooms/{}", call.path["room"])).send().await
//! #     }
//! # }
//! # mortise_plugin_api::export_plugin!(Acme: Routes);
//!
//! let host = ScriptedHost::new::<Acme>();
//! host.answer_json(200, json!({"name": "Blue room"}));
//! host.answer_json(404, json!({"error": "no such room"}));
//!
//! let room = host.call("acme.room", json!({"path": {"room": "a/b"}})).unwrap();
//! assert_eq!(room["name"], "Blue room");
//! assert_eq!(host.requests()[0].target, "/rooms/a%2Fb");
//!
//! let error = host.call("acme.room", json!({"path": {"room": "c"}})).unwrap_err();
//! assert_eq!(error.kind, ErrorKind::NotFound);
//! assert_eq!(host.unused_answers(), 0);
//! ```
//!
//! `ScriptedHost::checked_by` holds each request against the vendor's description. What every
//! calendar and every CRM has to keep is a table of rules in `testing::contract`: a plugin brings a
//! recording of its vendor's answers and is told which rules it breaks.
//!
//! # A calendar
//! The host calls the operations that the manifest lists and no other; the trait has all of them,
//! and those that the vendor lacks say so.
//!
//! ```standalone_crate
//! # use mortise_plugin_api::*;
//! use mortise_plugin_api::calendar::{
//!     CAPABILITY, Calendar, CalendarInfo, CalendarPage, CreateEvent, DeleteEvent, Event, EventPage,
//!     EventRef, FreeBusy, FreeBusyQuery, ListCalendars, ListEvents, UpdateEvent,
//! };
//! # struct Acme;
//!
//! impl Provider for Acme {
//!     fn manifest() -> Manifest {
//!         Manifest::new("acme", "Acme Rooms", "0.1.0") // and addresses, as above
//!             .with_capability(CAPABILITY, &["delete_event", "list_calendars"])
//!     }
//! #     fn new(_: &Settings) -> Result<Self> { Ok(Self) }
//! }
//!
//! impl Calendar for Acme {
//!     async fn delete_event(&self, cx: &Context, input: DeleteEvent) -> Result<()> {
//!         cx.delete(path!("/rooms/{}/bookings/{}", input.at.calendar, input.at.event))
//!             .if_match(input.if_match.as_deref())
//!             .send_no_body()
//!             .await
//!     }
//!
//!     async fn list_calendars(&self, cx: &Context, _: ListCalendars) -> Result<CalendarPage> {
//!         let rooms: Vec<CalendarInfo> = cx.get("/rooms").send().await?;
//!         Ok(CalendarPage { calendars: rooms, next_page: None })
//!     }
//!
//!     async fn create_event(&self, _: &Context, _: CreateEvent) -> Result<Event> {
//!         Err(Error::not_supported("calendar.create_event"))
//!     }
//! #     async fn get_event(&self, _: &Context, _: EventRef) -> Result<Event> {
//! #         Err(Error::not_supported("calendar.get_event"))
//! #     }
//! #     async fn update_event(&self, _: &Context, _: UpdateEvent) -> Result<Event> {
//! #         Err(Error::not_supported("calendar.update_event"))
//! #     }
//! #     async fn list_events(&self, _: &Context, _: ListEvents) -> Result<EventPage> {
//! #         Err(Error::not_supported("calendar.list_events"))
//! #     }
//! #     async fn free_busy(&self, _: &Context, _: FreeBusyQuery) -> Result<FreeBusy> {
//! #         Err(Error::not_supported("calendar.free_busy"))
//! #     }
//!     // ... and the other four alike.
//! }
//!
//! mortise_plugin_api::export_plugin!(Acme: Calendar);
//! ```
//!
//! # Features
//! | feature | for |
//! |---|---|
//! | `testing` | `ScriptedHost` and `testing::contract`: tests of plugins |
//! | `host` | hosts only: loading modules and driving calls |
//! | `openapi` | hosts only: schemas of the types for an OpenAPI document |
#![warn(missing_docs)]

pub mod abi;
pub mod calendar;
mod context;
pub mod crm;
mod error;
pub mod export;
mod fields;
mod http;
mod manifest;
pub mod provider;
#[cfg(feature = "testing")]
pub mod testing;

pub use chrono;
pub use context::Context;
pub use error::{Error, ErrorKind, Result, one_line};
pub use fields::{Broken, Fields};
pub use http::{HttpAnswer, HttpRequest, RequestBuilder, Response, TransportError, encode_segment};
pub use manifest::{
    Account, ClientAuth, Limits, Manifest, OAuth, RevokeStyle, Route, RouteRequest, Scope, Settings,
};
pub use provider::{Provider, Routes};
pub use serde_json::{self, Map, Value, json};
