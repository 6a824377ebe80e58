use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use crate::{
    adapters::plugin::{
        CallLimits, PluginFolder, PluginLock, PluginProvider, ProviderOptions, UrlOverrides,
    },
    app::{Provider, Providers},
    config::{Config, ProviderConfig},
    domain::ids::ProviderId,
    ports::{OAuthEndpoints, OutboundHttp, ProviderPort as _},
};

/// Loads the plugins of all configured providers. One that is refused is listed with its reason;
/// the others serve.
#[must_use]
pub fn load_providers(config: &Config, http: &Arc<dyn OutboundHttp>) -> Providers {
    let plugins = &config.plugins;
    let lock = PluginLock::read(&plugins.lock_file).unwrap_or_else(|error| {
        tracing::error!(%error, "no plugin is accepted");
        PluginLock::default()
    });
    let folder = PluginFolder::new(&plugins.dir, &plugins.cache_dir, plugins.trust, lock);
    let (mut serving, mut refused) = (Vec::new(), Vec::new());
    for (id, provider) in &config.providers {
        let options = options(id, provider, config);
        match folder.provider(&options, Arc::clone(http)) {
            Ok(port) => match enabled(id, provider, port) {
                Ok(provider) => {
                    tracing::info!(provider = %id, "provider enabled");
                    serving.push(provider);
                }
                Err(reason) => {
                    tracing::error!(provider = %id, %reason, "provider refused");
                    refused.push(id.clone());
                }
            },
            Err(refusal) => {
                tracing::error!(provider = %id, reason = %refusal, "plugin refused");
                if let Some(dump) = refusal.dump() {
                    tracing::debug!(provider = %id, dump, "differences of the plugin boundary");
                }
                refused.push(id.clone());
            }
        }
    }
    Providers::new(serving, refused, folder.reports())
}

fn options(id: &ProviderId, provider: &ProviderConfig, config: &Config) -> ProviderOptions {
    ProviderOptions {
        provider: id.to_string(),
        plugin: provider.plugin.clone(),
        settings: provider.settings.clone(),
        urls: UrlOverrides {
            authorize_url: provider.authorize_url.clone(),
            token_url: provider.token_url.clone(),
            revoke_url: provider.revoke_url.clone(),
            api_base: provider.api_base.clone(),
        },
        limits: CallLimits {
            request: config.outbound.timeout,
            call: config.server.request_timeout,
        },
    }
}

fn enabled(
    id: &ProviderId,
    config: &ProviderConfig,
    port: PluginProvider,
) -> Result<Provider, String> {
    let manifest = port.manifest();
    let oauth = &manifest.oauth;
    let address = |name: &str, text: &str| {
        Url::parse(text).map_err(|error| format!("{name} {text:?} is no address: {error}"))
    };
    let endpoints = OAuthEndpoints {
        authorize_url: address("authorize_url", &oauth.authorize_url)?,
        token_url: address("token_url", &oauth.token_url)?,
        revoke_url: oauth.revoke_url.as_ref().map(|url| address("revoke_url", url)).transpose()?,
        client_id: config.client_id.clone(),
        client_secret: config.client_secret.clone().unwrap_or_else(|| SecretString::from("")),
        client_auth: oauth.client_auth,
        revoke_style: oauth.revoke_style,
        scope_separator: match oauth.scope_separator.as_str() {
            "" => " ".to_owned(),
            separator => separator.to_owned(),
        },
        extra_authorize_params: oauth.extra_authorize_params.clone(),
        account_fields: oauth.account_fields.clone(),
    };
    let by_default = || manifest.scopes.iter().map(|scope| scope.name.clone()).collect();
    Ok(Provider {
        id: id.clone(),
        pkce: oauth.pkce,
        issuer: config.issuer.clone().or_else(|| oauth.issuer.clone()),
        scopes: config.scopes.clone().unwrap_or_else(by_default),
        api_base: address("api_base", &manifest.api_base)?,
        egress: port.egress().clone(),
        oauth: endpoints,
        port: Arc::new(port),
    })
}
