//! Mortise, an integration hub: the host's library. `main.rs` is the binary.
//!
//! `http -> app -> ports <- adapters`; [`compose`] alone names concrete adapters.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod compose;
pub mod config;
pub mod domain;
pub mod http;
pub mod ports;
