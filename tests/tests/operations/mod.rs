//! Addresses for the backend and the operator.

mod limits;
mod openapi;
mod plugins;
mod probes;
mod rate_limits;
mod sessions;
mod shapes;
mod shutdown;
mod users;
