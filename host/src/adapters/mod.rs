//! The outside world behind the ports.
pub mod clock;
pub mod fernet;
pub mod hot_tokens;
pub mod http;
pub mod oauth;
pub mod plugin;
pub mod rng;
pub mod sea_orm;
