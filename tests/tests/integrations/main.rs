//! Connections to providers and everything around them, and the addresses for operators; a module
//! for each address, and one for each promise that concerns several.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here is a failed test"
)]

mod access;
mod callback;
mod connect;
mod connect_attacks;
mod disconnect;
mod exchange_failures;
mod hot_tokens;
mod list;
mod other_users;
mod plugin_routes;
mod proxy;
mod query_parameters;
mod refresh;
mod refresh_ahead;
mod refresh_failures;
mod refresh_leases;
mod refused_tokens;
mod status;
mod stored_tokens;
mod support;
mod token;

#[path = "../operations/mod.rs"]
mod operations;
