//! The same calls at all providers of a capability.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what the tests share is tests too")]

mod calendar_script;
mod read_only;
