//! Every operation's requests and what becomes of Google's answers, with fixtures in the shapes of
//! the discovery document.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's set-up ends the test where it fails"
)]

mod calendars;
mod create;
mod errors;
mod free_busy;
mod list;
mod manifest;
mod read;
mod roundtrip;
mod support;
mod update;
