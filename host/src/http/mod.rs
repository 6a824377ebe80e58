//! The REST API: one file per endpoint. `router.rs` shows every address in one place.

mod auth;
mod calendar;
mod crm;
mod extract;
mod gate;
mod integrations;
mod layers;
mod openapi;
mod operations;
mod pages;
mod plugins;
mod problem;
mod rate_limit;
mod repeats;
mod router;
mod serve;
mod sessions;
mod shed;
mod slow_body;
mod users;
mod view;

pub use gate::{Gate, Stage};
pub use openapi::document;
pub use problem::{Problem, ProblemField, TYPE_PREFIX};
pub use rate_limit::{Allowance, RateLimits};
pub use router::{AppState, Mounted, mounted};
pub use serve::serve;
