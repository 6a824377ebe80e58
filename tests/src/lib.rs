//! What the whole-system tests stand on: a real hub on a port of its own, the loopback vendors,
//! and somebody who calls.
//!
//! ```no_run
//! use mortise_tests::{ADA, Consent, TestHub};
//!
//! # async fn test() {
//! let hub = TestHub::start().await;
//! hub.connect("ada", "google-calendar", &Consent::of(ADA)).await;
//! let status = hub.as_user("ada").get("/api/integrations/google-calendar/status").await;
//! assert_eq!(status.body["status"], "active");
//! # }
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here is a failed test"
)]

mod answer;
mod browser;
mod client;
mod clock;
mod configuration;
mod databases;
mod deadline;
mod hub;
pub mod logs;
mod options;
mod plugins;
mod process;
mod program;
mod rows;
pub mod seed;
mod vendors;
mod wire;

pub use answer::Answer;
pub use browser::Browser;
pub use client::Client;
pub use clock::TestClock;
pub use databases::TestDatabase;
pub use deadline::eventually;
pub use hub::TestHub;
pub use mortise_sandbox::{Consent, Fault, FaultKind, Sandbox};
pub use options::TestHubOptions;
pub use plugins::{plugin_file, plugin_folder};
pub use process::{HostProcess, Ran};
pub use rows::{IntegrationRow, Kept, LinkRow, Rows, TokenRow};
pub use vendors::{DEAD_PORT, GOOGLE, HUBSPOT, OUTLOOK};
pub use wire::Wire;

/// The vendor account of the user `ada`.
pub const ADA: &str = "ada@example.com";
/// The vendor account of the user `bob`.
pub const BOB: &str = "bob@example.com";
