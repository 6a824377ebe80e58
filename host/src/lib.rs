//! Mortise, an integration hub: the host's library. `main.rs` is the binary.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod ports;
