//! `/api/calendar` and what else goes to a vendor's API through the hub, over HTTP from end to end:
//! the real hub, the real plugins and a loopback vendor.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's set-up ends the test where it fails"
)]

mod at_once;
mod capability;
mod conflicts;
mod create;
mod delete;
mod exactly_once;
mod freebusy;
mod front;
mod get;
mod google_and_outlook;
mod idempotency;
mod list;
mod meanwhile;
mod moves;
mod overlaps;
mod partly_known;
mod plugin_routes;
mod primary;
mod proxy;
mod support;
mod two_accounts;
mod unlink;
mod update;
