//! The sandbox over real HTTP, as a client of the vendors meets it.

#![allow(clippy::unwrap_used, reason = "the client in here is test code outside test functions")]

mod client;
mod control;
mod faults;
mod google_events;
mod google_freebusy;
mod google_lists;
mod google_oauth;
mod hubspot;
mod microsoft;
