//! Every operation's requests and what becomes of Graph's answers. Each request is held against
//! Microsoft's description.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's set-up ends the test where it fails"
)]

mod calendars;
mod contract;
mod create;
mod errors;
mod free_busy;
mod identify;
mod list;
mod manifest;
mod occurrences;
mod read;
mod recurrence;
mod repeated;
mod round_trip;
mod support;
mod text;
mod update;
mod zones;
