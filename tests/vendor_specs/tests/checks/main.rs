//! Good and bad examples for each check.

#![expect(clippy::unwrap_used, reason = "a check that goes the other way ends the test")]

mod answers;
mod requests;
