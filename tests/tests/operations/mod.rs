//! Addresses for the backend and the operator.

mod openapi;
mod plugins;
mod probes;
mod sessions;
mod shapes;
mod users;
