//! Providers out of plugin files.
//!
//! A native library in this process is trusted code. What is checked here keeps out files that are
//! damaged, foreign or not accepted by the operator, and turns the failures of honest plugins into
//! errors; it is no cage for a hostile one.

mod binary;
pub mod commands;
mod file;
mod folder;
mod load;
mod lock;
mod manifest;
mod meter;
mod provider;
mod refusal;
mod routes;
mod target;
mod templates;

pub use file::{FileFault, is_plugin_name};
pub use folder::PluginFolder;
pub use load::LoadedPlugin;
pub use lock::{LockFault, LockedPlugin, PluginLock};
pub use provider::{CallLimits, PluginProvider, ProviderOptions, UrlOverrides};
pub use refusal::Refusal;
pub use templates::{TemplateFault, resolve_templates};
