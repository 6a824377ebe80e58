//! `/api/crm` over HTTP from end to end: the real hub, the real plugins and a loopback vendor.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's set-up ends the test where it fails"
)]

mod access;
mod capability;
mod connection;
mod contacts;
mod deals;
mod delete;
mod exactly_once;
mod failures;
mod list;
mod overtaken;
mod recovery;
mod support;
mod two_accounts;
