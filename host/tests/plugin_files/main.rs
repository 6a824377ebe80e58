//! Plugin files, good and bad, through the loader: whatever is in the folder, this process lives
//! and the good plugin answers.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's set-up ends the test where it fails"
)]

mod calls;
mod commands;
mod damaged_files;
mod double;
mod fixtures;
mod identity;
mod observed;
mod panics;
mod settings;
mod trust;
