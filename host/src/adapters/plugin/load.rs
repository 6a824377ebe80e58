//! From a checked file to a running plugin.
#![allow(unsafe_code, reason = "loading native code; the one unsafe block says why it is sound")]

use std::{path::Path, sync::Arc};

use mortise_plugin_api::{
    Manifest,
    abi::host::{LoadError, Module},
};

use super::{
    file::PluginFile,
    manifest,
    provider::{PluginProvider, ProviderOptions},
    refusal::{Refusal, one_line},
    target::Addresses,
    templates::resolve_templates,
};
use crate::ports::OutboundHttp;

/// A plugin file that is loaded, with its manifest read and found good. It stays loaded.
pub struct LoadedPlugin {
    file_name: String,
    sha256: String,
    manifest: Manifest,
    module: Module,
}

impl LoadedPlugin {
    /// Checks a file, and loads a private copy of the bytes that were checked.
    ///
    /// # Errors
    /// `File`, `Boundary`, `Plugin`, `Manifest`, `StaticHost`.
    pub(super) fn load(file: &PluginFile, cache_dir: &Path) -> Result<Self, Refusal> {
        if cfg!(all(target_env = "musl", target_feature = "crt-static")) {
            return Err(Refusal::StaticHost);
        }
        let name = || file.file_name.clone();
        let in_file = |fault| Refusal::File { file: name(), fault };
        file.check().map_err(in_file)?;
        let copy = file.private_copy(cache_dir).map_err(in_file)?;
        // SAFETY: the copy holds the bytes that were just found to be a whole plugin for this
        // machine, under their hash, in a folder that only this user can write. That its code may
        // be trusted is the operator's word: `plugins.lock`, or `trust = "any"`.
        let module = unsafe { Module::load(&copy) }
            .map_err(|error| Refusal::Boundary { file: name(), error: tidy(error, &copy) })?;
        let json = module.manifest().map_err(|error| Refusal::Plugin {
            file: name(),
            reason: one_line(&format!("it makes no manifest: {error}")),
        })?;
        let manifest =
            manifest::read(&json).map_err(|reason| Refusal::Manifest { file: name(), reason })?;
        Ok(Self { file_name: name(), sha256: file.sha256.clone(), manifest, module })
    }

    /// File name without folder.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// SHA-256 of the file, hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// As the plugin gave it, `{name}` in addresses not yet replaced.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// A provider with its settings. One plugin can serve several.
    ///
    /// # Errors
    /// `Settings` where addresses or settings do not fit, `Plugin` where it panicked.
    pub fn provider(
        &self,
        options: &ProviderOptions,
        http: Arc<dyn OutboundHttp>,
    ) -> Result<PluginProvider, Refusal> {
        let refused = |reason: String| Refusal::Settings {
            file: self.file_name.clone(),
            provider: options.provider.clone(),
            reason: one_line(&reason),
        };
        let manifest = resolve_templates(&self.replaced(options), &options.settings)
            .map_err(|fault| refused(fault.to_string()))?;
        let configured = options.urls.api_base.is_some();
        let addresses = Addresses::new(&manifest.api_base, &manifest.hosts, configured)
            .map_err(|reason| refused(format!("api_base: {reason}")))?;
        let settings = serde_json::Value::Object(options.settings.clone()).to_string();
        let instance = self.module.instantiate(&settings).map_err(|error| {
            if error.kind == mortise_plugin_api::ErrorKind::Internal {
                let reason = one_line(&format!("it does not start: {error}"));
                Refusal::Plugin { file: self.file_name.clone(), reason }
            } else {
                refused(match &error.field {
                    Some(field) => format!("{field}: {error}"),
                    None => error.to_string(),
                })
            }
        })?;
        Ok(PluginProvider::new(options, manifest, instance, addresses, http))
    }

    fn replaced(&self, options: &ProviderOptions) -> Manifest {
        let mut manifest = self.manifest.clone();
        let urls = &options.urls;
        let oauth = &mut manifest.oauth;
        for (address, url) in [
            (&mut manifest.api_base, &urls.api_base),
            (&mut oauth.authorize_url, &urls.authorize_url),
            (&mut oauth.token_url, &urls.token_url),
        ] {
            if let Some(url) = url {
                *address = url.to_string();
            }
        }
        if let Some(url) = &urls.revoke_url {
            oauth.revoke_url = Some(url.to_string());
        }
        manifest
    }
}

/// The system's loader names the private copy, of which nobody knows; the refusal names the file.
fn tidy(error: LoadError, copy: &Path) -> LoadError {
    let copy = format!("{}: ", copy.display());
    let line = |text: String| one_line(&text.replace(&copy, ""));
    match error {
        LoadError::NotAPlugin(why) => LoadError::NotAPlugin(line(why)),
        LoadError::Failed(why) => LoadError::Failed(line(why)),
        other => other,
    }
}
