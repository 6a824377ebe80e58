//! Databases that fail while the hub serves: 503 problems, no half-written row, and recovery
//! without a restart.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

mod backup;
mod busy;
mod cluster;
mod cut;
mod full;
mod restarted;
mod support;
