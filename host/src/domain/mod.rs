//! Words of the trade, free of any library that talks to the outside.

pub mod connection;
pub mod email;
pub mod event_time;
pub mod fernet_keys;
pub mod ids;
pub mod keys;
pub mod links;
pub mod oauth;
pub mod plugins;
pub mod scopes;
pub mod web;
