//! The sandbox over real HTTP, as a client of the vendors meets it.

#![allow(clippy::unwrap_used, reason = "the client in here is test code outside test functions")]

mod client;
mod control;
mod faults;
mod google_events;
mod google_freebusy;
mod google_lists;
mod google_oauth;
mod hubspot_associations;
mod hubspot_batch;
mod hubspot_client;
mod hubspot_faults;
mod hubspot_oauth;
mod hubspot_objects;
mod hubspot_owners;
mod hubspot_properties;
mod hubspot_search;
mod microsoft_client;
mod microsoft_control;
mod microsoft_delta;
mod microsoft_events;
mod microsoft_oauth;
mod microsoft_schedule;
mod microsoft_series;
mod microsoft_views;
