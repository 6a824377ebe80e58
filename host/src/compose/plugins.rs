use std::{sync::Arc, time::Duration};

use mortise_plugin_api::Limits;
use secrecy::SecretString;
use url::Url;

use crate::{
    adapters::plugin::{
        CallLimits, PluginFolder, PluginLock, PluginProvider, ProviderOptions, UrlOverrides,
    },
    app::{Provider, Providers},
    config::{Config, OutboundConfig, ProviderConfig, ProviderLimits},
    domain::ids::ProviderId,
    ports::{OAuthEndpoints, OutboundHttp, OutboundLimits, ProviderPort as _},
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
        let options = options(id, provider);
        match folder.provider(&options, Arc::clone(http)) {
            Ok(port) => match enabled(id, provider, port, config) {
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

fn options(id: &ProviderId, provider: &ProviderConfig) -> ProviderOptions {
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
        limits: CallLimits::default(),
    }
}

/// `[outbound]`, over it what the plugin says of its vendor, over it the vendor's own section.
fn limits(outbound: &OutboundConfig, said: Limits, own: &ProviderLimits) -> OutboundLimits {
    let number = |own: Option<usize>, said: Option<u32>, usual: usize| {
        own.or(said.map(|number| number as usize).filter(|number| *number > 0)).unwrap_or(usual)
    };
    let seconds = said.timeout_seconds.filter(|seconds| *seconds > 0);
    let said_timeout = seconds.map(|seconds| Duration::from_secs(seconds.into()));
    let concurrent = number(own.max_concurrent, said.concurrent, outbound.max_concurrent);
    OutboundLimits {
        timeout: own.timeout.or(said_timeout).unwrap_or(outbound.timeout),
        attempts: own.attempts.unwrap_or(outbound.attempts),
        concurrent,
        concurrent_per_integration: number(
            own.max_concurrent_per_integration,
            said.concurrent_per_integration,
            outbound.max_concurrent_per_integration,
        )
        .min(concurrent),
        answer_bytes: number(own.max_answer_bytes, said.answer_bytes, outbound.max_answer_bytes),
    }
}

fn enabled(
    id: &ProviderId,
    config: &ProviderConfig,
    port: PluginProvider,
    all: &Config,
) -> Result<Provider, String> {
    let limits = limits(&all.outbound, port.manifest().limits, &config.limits);
    let port = port.with_limits(CallLimits { requests: limits, call: all.server.request_timeout });
    let manifest = port.manifest();
    let oauth = &manifest.oauth;
    let address = |name: &str, text: &str| {
        Url::parse(text).map_err(|error| format!("{name} {text:?} is no address: {error}"))
    };
    let endpoints = OAuthEndpoints {
        provider: id.clone(),
        limits,
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
        limits,
        oauth: endpoints,
        port: Arc::new(port),
    })
}
