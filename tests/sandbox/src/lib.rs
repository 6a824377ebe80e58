//! Loopback vendors for the demo and the tests: Google Calendar, the calendars of Microsoft Graph
//! and HubSpot's CRM, each with all of its OAuth, in the vendors' own wire formats, errors included.
//!
//! ```
//! use mortise_sandbox::{Consent, Fault, FaultKind, Sandbox, SandboxConfig};
//!
//! let sandbox = Sandbox::start(SandboxConfig::default())?;
//! let google = sandbox.google();
//! google.allow_redirect_uri("http://localhost:8080/callback");
//!
//! // A person consents, without a browser.
//! let location = google.approve(
//!     &format!(
//!         "{}/o/oauth2/v2/auth?response_type=code&client_id={}&redirect_uri={}&scope={}&state=s",
//!         google.url(),
//!         google.client_id(),
//!         "http://localhost:8080/callback",
//!         "https://www.googleapis.com/auth/calendar.events",
//!     ),
//!     &Consent::of("ada@example.com"),
//! )?;
//! assert!(location.starts_with("http://localhost:8080/callback?state=s&iss="));
//!
//! // The vendor has a bad moment, once.
//! google.set_fault(Fault::on("/calendar/v3/freeBusy", FaultKind::Unavailable).times(1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! All state is in memory and ends with the [`Sandbox`]. Each vendor also has control endpoints
//! under `/_sandbox/` that do what the methods of [`Vendor`] do; they are neither journalled nor
//! struck by faults. It listens on loopback only and is not for anything but tests and demos.

mod backend;
mod clock;
mod control;
mod dice;
mod fault;
mod google;
mod hubspot;
mod journal;
mod local;
mod microsoft;
mod misbehave;
mod oauth;
mod params;
mod random;
mod sandbox_events;
mod server;
mod vendor;

pub use dice::Dice;
pub use fault::{Fault, FaultKind};
pub use google::{CalendarStore, HOLIDAYS_CALENDAR, StoredEvent};
pub use hubspot::{HubSpotApi, ObjectType, StoredObject};
pub use journal::LoggedRequest;
pub use microsoft::{BIRTHDAYS_CALENDAR, FAMILY_CALENDAR, GraphApi, StoredGraphEvent};
pub use oauth::{AuthorizeRefusal, Consent, LiveTokens};
pub use server::{Sandbox, SandboxConfig};
pub use vendor::Vendor;

/// The account that the consent page offers first.
pub const DEFAULT_ACCOUNT: &str = "ada@example.com";
