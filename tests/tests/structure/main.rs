//! The shape of the source: who may name whom, and what a plugin drags in.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

mod boundary;
mod layers;
mod plugins;
mod source;
mod words;
