//! What is known of the plugin files, loaded or not.

use serde::Serialize;
use utoipa::ToSchema;

/// Which plugin files are loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those in the lock file, by hash.
    #[default]
    Locked,
    /// Any in the folder.
    Any,
}

impl Trust {
    /// The word in configuration and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::Any => "any",
        }
    }
}

/// Whether a plugin serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PluginState {
    /// Loaded, and serves the providers named.
    Loaded,
    /// Not loaded, or loaded and then refused; `reason` says why.
    Refused,
    /// In the folder, but no provider in the configuration uses it; not loaded.
    Unused,
}

/// One plugin file, or one provider whose file is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PluginReport {
    /// The plugin's name: the file's without prefix and ending.
    pub name: String,
    /// File name without folder; `None` where there is no file.
    pub file: Option<String>,
    /// The providers that use it.
    pub providers: Vec<String>,
    /// Whether it serves.
    pub state: PluginState,
    /// Why it was refused, one line.
    pub reason: Option<String>,
    /// The plugin's own version.
    pub version: Option<String>,
    /// The plugin-api version that it was built with.
    pub plugin_api: Option<String>,
    /// SHA-256 of the file, hex.
    pub sha256: Option<String>,
    /// How it came to be trusted: `locked` or `any`.
    pub trust: String,
}
