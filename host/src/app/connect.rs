use std::sync::Arc;

use chrono::{DateTime, Utc};
use mortise_plugin_api::Account;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use super::{Caller, Hub, HubError, NewSecret, Provider, hash_secret, secrets::base64url};
use crate::{
    domain::{
        connection::Grant,
        event_time::FieldError,
        oauth::OAuthAttempt,
        web::{is_below, is_origin},
    },
    ports::{
        AuthorizeRequest, CallContext, CodeExchange, Deadline, GrantError, NewConnection, Repeats,
        StoreError,
    },
};

/// Bytes that a `return_to` may have: each attempt keeps one.
const LONGEST_ADDRESS: usize = 2048;

/// Where the browser shall be led when it is over.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// An address on the allowlist.
    pub return_to: Option<String>,
    /// The origin of the page that opens the window, on the allowlist.
    pub opener_origin: Option<String>,
}

/// A link for the user's browser.
#[derive(Debug, Clone)]
pub struct ConnectLink {
    /// A page of the hub's; it leads on to the vendor.
    pub url: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// What the vendor sent the browser back with.
#[derive(Debug, Default)]
pub struct Callback {
    /// One-use; names the attempt.
    pub state: Option<String>,
    /// To be exchanged.
    pub code: Option<SecretString>,
    /// Why there is no code.
    pub error: Option<String>,
    /// Who says so (RFC 9207).
    pub issuer: Option<String>,
    /// The browser's cookie.
    pub browser: Option<SecretString>,
}

/// A connection that was just made.
#[derive(Debug, Clone)]
pub struct Connected {
    /// The account, as far as the vendor told.
    pub account: Account,
    /// Scopes that were asked for and not granted.
    pub missing_scopes: Vec<String>,
    /// Where the browser goes.
    pub return_to: Option<Url>,
    /// Which page is told.
    pub opener_origin: Option<String>,
}

/// Why a callback was refused, for the page that the user sees.
#[derive(Debug, thiserror::Error)]
pub enum CallbackFailure {
    /// No `state`, or one that is unknown, used or too old.
    #[error("this link has expired or was used already")]
    UnknownAttempt,
    /// The attempt belongs to another provider.
    #[error("this answer belongs to another provider")]
    OtherProvider,
    /// The attempt was begun in another browser.
    #[error("this connection was begun in another browser")]
    OtherBrowser,
    /// `iss` names somebody else.
    #[error("the answer does not come from the expected vendor")]
    WrongIssuer,
    /// The user said no, or the vendor did.
    #[error("the vendor did not grant access")]
    Denied {
        /// `access_denied` or another short code.
        code: String,
        /// For the way back.
        attempt: Box<OAuthAttempt>,
    },
    /// Neither a code nor an error.
    #[error("the vendor's answer has no code")]
    NoCode,
    /// The code was not exchanged.
    #[error("the vendor did not exchange the code: {error}")]
    Exchange {
        /// Why.
        error: GrantError,
        /// For the way back.
        attempt: Box<OAuthAttempt>,
    },
    /// What belongs to the attempt cannot be decrypted any more.
    #[error("the hub's key changed meanwhile")]
    KeyChanged,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Hub {
    /// Begins to connect a user to a provider.
    ///
    /// # Errors
    /// `Invalid` for an address that is not on the allowlist; nothing is kept then.
    pub async fn begin_connect(
        &self,
        caller: &Caller,
        provider: &Provider,
        options: ConnectOptions,
    ) -> Result<ConnectLink, HubError> {
        caller.check(provider)?;
        self.check_options(caller, &options)?;
        let state = NewSecret::draw(&*self.ports.rng, "");
        let verifier = provider
            .pkce
            .then(|| SecretString::from(base64url(&self.ports.rng.bytes32())))
            .map(|verifier| self.ports.cipher.encrypt(&verifier));
        let expires_at = self.ports.clock.now() + self.settings.attempt_ttl;
        let attempt = OAuthAttempt {
            user: caller.user.clone(),
            provider: provider.id.clone(),
            browser_hash: None,
            verifier_enc: verifier,
            redirect_uri: self.redirect_uri(provider),
            scopes: provider.scopes.clone(),
            return_to: options.return_to,
            opener_origin: options.opener_origin,
            expires_at,
        };
        self.ports.attempts.put(&state.hash, &attempt).await?;
        let url = format!("{}/{}", self.connect_url(&provider.id), state.text.expose_secret());
        Ok(ConnectLink { url, expires_at })
    }

    /// Opens a connect link in a browser; answers with the vendor's address.
    ///
    /// # Errors
    /// `UnknownAttempt`, `OtherProvider`, `KeyChanged`, `Store`.
    pub async fn open_connect(
        &self,
        provider: &Provider,
        state: &str,
        browser: &SecretString,
    ) -> Result<Url, CallbackFailure> {
        let browser = hash_secret(browser.expose_secret());
        let attempt = self
            .ports
            .attempts
            .bind_browser(&hash_secret(state), &browser, self.ports.clock.now())
            .await?
            .ok_or(CallbackFailure::UnknownAttempt)?;
        if attempt.provider != provider.id {
            return Err(CallbackFailure::OtherProvider);
        }
        let verifier = self.verifier(&attempt)?;
        let request = AuthorizeRequest {
            state,
            redirect_uri: &attempt.redirect_uri,
            scopes: &attempt.scopes,
            verifier: verifier.as_ref(),
        };
        Ok(self.ports.oauth.authorize_url(&provider.oauth, &request))
    }

    /// Ends a connect attempt: checks that it is the one that was begun, exchanges the code, and
    /// keeps the tokens. Nothing is kept unless all of it works.
    ///
    /// # Errors
    /// See [`CallbackFailure`].
    pub async fn finish_connect(
        self: &Arc<Self>,
        provider: &Arc<Provider>,
        callback: Callback,
    ) -> Result<Connected, CallbackFailure> {
        let attempt = self.take_attempt(provider, &callback).await?;
        if let Some(code) = &callback.error {
            let code = short_code(code);
            return Err(CallbackFailure::Denied { code, attempt: Box::new(attempt) });
        }
        let code = callback.code.as_ref().ok_or(CallbackFailure::NoCode)?;
        let verifier = self.verifier(&attempt)?;
        let exchange =
            CodeExchange { code, redirect_uri: &attempt.redirect_uri, verifier: verifier.as_ref() };
        let grant = match self.ports.oauth.exchange(&provider.oauth, &exchange).await {
            Ok(grant) => grant,
            Err(error) => {
                return Err(CallbackFailure::Exchange { error, attempt: Box::new(attempt) });
            }
        };
        // From here on the vendor has given a grant: it is kept even if the browser goes away.
        let (hub, provider) = (Arc::clone(self), Arc::clone(provider));
        let kept = async move { hub.keep_grant(&provider, attempt, grant).await };
        self.work.run(kept).await.unwrap_or_else(|| {
            Err(StoreError::Unavailable("the connection was interrupted".to_owned()).into())
        })
    }

    async fn take_attempt(
        &self,
        provider: &Provider,
        callback: &Callback,
    ) -> Result<OAuthAttempt, CallbackFailure> {
        let state = callback.state.as_deref().ok_or(CallbackFailure::UnknownAttempt)?;
        let attempt = self
            .ports
            .attempts
            .take(&hash_secret(state), self.ports.clock.now())
            .await?
            .ok_or(CallbackFailure::UnknownAttempt)?;
        if attempt.provider != provider.id {
            return Err(CallbackFailure::OtherProvider);
        }
        let browser = callback.browser.as_ref().map(|cookie| hash_secret(cookie.expose_secret()));
        // Both are hashes of 256 random bits: comparing them in time that varies tells nothing.
        if browser.is_none() || browser != attempt.browser_hash {
            return Err(CallbackFailure::OtherBrowser);
        }
        match (&callback.issuer, &provider.issuer) {
            (Some(given), Some(expected)) if given != expected => Err(CallbackFailure::WrongIssuer),
            _ => Ok(attempt),
        }
    }

    async fn keep_grant(
        &self,
        provider: &Provider,
        attempt: OAuthAttempt,
        grant: Grant,
    ) -> Result<Connected, CallbackFailure> {
        // RFC 6749 5.1: no scope in the answer means that all were granted.
        let granted = grant.scopes.clone().unwrap_or_else(|| attempt.scopes.clone());
        let account = self.identify(provider, &grant.access_token, &granted).await;
        let mut meta = grant.account.clone();
        if let Ok(Value::Object(told)) = serde_json::to_value(&account) {
            meta.extend(told);
        }
        let now = self.ports.clock.now();
        let mut identity = provider.manifest().oauth.account_fields.clone();
        identity.push("id".to_owned());
        let tokens = self.seal(&grant, now);
        let new = NewConnection { scopes: granted.clone(), meta, identity, tokens };
        let made = self.ports.connections.connect(&attempt.user, &provider.id, &new, now).await?;
        self.calendars.forget(made.id).await;
        tracing::info!(integration.id = %made.id, provider = %provider.id, "connected");
        let missing = provider.scopes_granted(&granted).missing(&attempt.scopes);
        Ok(Connected {
            account,
            missing_scopes: missing.into_iter().map(str::to_owned).collect(),
            return_to: attempt.return_to.as_deref().and_then(|text| Url::parse(text).ok()),
            opener_origin: attempt.opener_origin,
        })
    }

    /// The account's name is a nicety: a connection without it works as well.
    async fn identify(
        &self,
        provider: &Provider,
        token: &SecretString,
        granted: &[String],
    ) -> Account {
        let permitted = provider.scopes_granted(granted).lacking("identify").is_empty();
        if !provider.manifest().identify || !permitted {
            return Account::default();
        }
        let context = CallContext {
            token,
            integration: None,
            deadline: Deadline::after(provider.limits.timeout),
            repeats: Repeats::default(),
        };
        let answer = provider.port.call("identify", b"null".to_vec(), &context).await;
        match answer.map(|output| serde_json::from_slice(&output)) {
            Ok(Ok(account)) => account,
            Ok(Err(_)) => Account::default(),
            Err(error) => {
                tracing::warn!(provider = %provider.id, kind = ?error.kind,
                    "the vendor did not say whose account was connected");
                Account::default()
            }
        }
    }

    fn check_options(&self, caller: &Caller, options: &ConnectOptions) -> Result<(), HubError> {
        let mut faults = Vec::new();
        if let Some(address) = &options.return_to {
            let allowed = address.len() <= LONGEST_ADDRESS
                && Url::parse(address).is_ok_and(|url| is_below(&url, &self.settings.return_to));
            if !allowed {
                faults.push(FieldError::new(
                    "return_to",
                    "not among the addresses of oauth.return_to in the hub's configuration, or \
                     longer than 2048 bytes",
                ));
            }
        }
        if let Some(origin) = &options.opener_origin {
            let listed = |origins: &[String]| origins.iter().any(|allowed| allowed == origin);
            let allowed =
                listed(&self.settings.opener_origins) || caller.origins().is_some_and(listed);
            if !(allowed && is_origin(origin)) {
                faults.push(FieldError::new(
                    "opener_origin",
                    "not among oauth.opener_origins of the hub's configuration, nor among the \
                     session's origins",
                ));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(HubError::Invalid(faults)) }
    }

    fn verifier(&self, attempt: &OAuthAttempt) -> Result<Option<SecretString>, CallbackFailure> {
        let Some(sealed) = &attempt.verifier_enc else { return Ok(None) };
        self.ports.cipher.decrypt(sealed).map(Some).map_err(|_| CallbackFailure::KeyChanged)
    }

    fn redirect_uri(&self, provider: &Provider) -> String {
        self.settings.address(&format!("/api/integrations/{}/callback", provider.id.slug()))
    }
}

/// A code from a query string is anybody's text.
fn short_code(code: &str) -> String {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let short: String = code.chars().filter(|c| known(*c)).take(64).collect();
    if short.is_empty() { "error".to_owned() } else { short }
}
