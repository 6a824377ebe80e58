//! Commands as processes: how they end, what they say, and what is left where they are killed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what the tests share is tests too")]

#[path = "../repositories/databases.rs"]
#[allow(dead_code, unused_imports, unused_macros, reason = "the repositories need more of it")]
mod databases;
mod program;

mod backup;
mod rotation;
