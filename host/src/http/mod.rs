//! The REST API: one file per endpoint. `router.rs` shows every address in one place.

mod auth;
mod calendar;
mod crm;
mod extract;
mod integrations;
mod layers;
mod openapi;
mod operations;
mod pages;
mod plugins;
mod problem;
mod repeats;
mod router;
mod sessions;
mod users;
mod view;

pub use openapi::document;
pub use problem::{Problem, ProblemField, TYPE_PREFIX};
pub use router::{AppState, Mounted, mounted, router};
