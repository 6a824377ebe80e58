//! Every operation's requests and what becomes of HubSpot's answers. Each request is checked against
//! HubSpot's API description.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's set-up ends the test where it fails"
)]

mod contacts;
mod deals;
mod errors;
mod faults;
mod key_property;
mod links;
mod list;
mod manifest;
mod mapping;
mod read;
mod routes;
mod settings;
mod support;
