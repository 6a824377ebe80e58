//! What the bench of the boundary and the load driver share.

pub mod artifacts;
pub mod baseline;
pub mod client;
pub mod events;
pub mod hub;
pub mod samples;
pub mod serving;

/// Measuring ends at the first failure; it is told and nothing is done about it.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
