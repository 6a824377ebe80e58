use std::{ffi::OsString, path::PathBuf};

use crate::TestHub;

/// How a hub differs from the usual one.
#[derive(Debug, Clone, Default)]
pub struct TestHubOptions {
    pub(crate) providers: Option<Vec<String>>,
    pub(crate) plugin_folder: Option<PathBuf>,
    pub(crate) database: Option<String>,
    pub(crate) fernet_keys: Option<String>,
    pub(crate) set: Vec<(OsString, OsString)>,
    pub(crate) twins: Vec<(String, String)>,
    pub(crate) addresses: Vec<(String, String, String)>,
}

impl TestHubOptions {
    /// These providers alone, by name: `google_calendar`. All three where it is not said.
    #[must_use]
    pub fn providers(mut self, names: &[&str]) -> Self {
        self.providers = Some(names.iter().map(|&name| name.to_owned()).collect());
        self
    }

    /// A further provider, that the plugin and the vendor of another serve too.
    #[must_use]
    pub fn twin(mut self, name: &str, of: &str) -> Self {
        self.twins.push((name.to_owned(), of.to_owned()));
        self
    }

    /// Another address at a provider's vendor: `("hubspot", "token_url", "/oauth/v3/token")`.
    #[must_use]
    pub fn address(mut self, provider: &str, key: &str, path: &str) -> Self {
        self.addresses.push((provider.to_owned(), key.to_owned(), path.to_owned()));
        self
    }

    /// Any key of the configuration: `("oauth.return_to", "https://app.example.com/settings")`.
    /// Lists are written with commas.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        let name = format!("MORTISE__{}", key.replace('.', "__").to_uppercase());
        self.set.push((name.into(), value.into()));
        self
    }

    /// A plugin folder other than the shared one.
    #[must_use]
    pub fn plugin_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.plugin_folder = Some(folder.into());
        self
    }

    /// A database that is there already; a SQLite file of its own where it is not said.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        self.database = Some(url.to_owned());
        self
    }

    /// The keys that tokens are encrypted with, separated by commas; a new one where it is not
    /// said.
    #[must_use]
    pub fn fernet_keys(mut self, keys: &str) -> Self {
        self.fernet_keys = Some(keys.to_owned());
        self
    }

    pub async fn start(self) -> TestHub {
        TestHub::start_with(self).await
    }
}
