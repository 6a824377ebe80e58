use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::dialect::Dialect;
use crate::clock::now;
use crate::params::Params;

/// Clients, pending consents, codes, grants and tokens of one vendor.
pub(crate) struct AuthorizationServer {
    dialect: Box<dyn Dialect>,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) redirect_uris: BTreeSet<String>,
    pub(super) pending: BTreeMap<String, Ask>,
    pub(super) codes: BTreeMap<String, Code>,
    pub(super) grants: BTreeMap<GrantId, Grant>,
    pub(super) access_tokens: BTreeMap<String, AccessToken>,
    pub(super) refresh_tokens: BTreeMap<String, RefreshToken>,
    pub(super) expires_in: i64,
    pub(super) code_expires_in: i64,
}

pub(super) type GrantId = u64;

/// An authorize request that passed its checks.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scopes: Vec<String>,
    pub(super) state: Option<String>,
    pub(super) code_challenge: Option<String>,
    pub(super) params: Params,
}

pub(super) struct Code {
    pub(super) ask: Ask,
    pub(super) account: String,
    pub(super) scopes: Vec<String>,
    pub(super) expires_at: DateTime<Utc>,
    /// Set once the code was used.
    pub(super) grant: Option<GrantId>,
}

pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) account: String,
    pub(super) scopes: Vec<String>,
    pub(super) alive: bool,
}

pub(super) struct AccessToken {
    pub(super) grant: GrantId,
    pub(super) scopes: Vec<String>,
    pub(super) expires_at: DateTime<Utc>,
}

pub(super) struct RefreshToken {
    pub(super) grant: GrantId,
    pub(super) dead: bool,
}

/// Whom a valid access token speaks for.
pub(crate) struct Bearer {
    pub(crate) account: String,
    pub(crate) scopes: Vec<String>,
    /// Seconds until the token ends.
    pub(crate) expires_in: i64,
}

/// Tokens that the vendor would accept now. Debug shows how many, never which.
#[derive(Clone, PartialEq, Eq)]
pub struct LiveTokens {
    pub access: Vec<String>,
    pub refresh: Vec<String>,
}

impl LiveTokens {
    pub fn is_empty(&self) -> bool {
        self.access.is_empty() && self.refresh.is_empty()
    }
}

impl fmt::Debug for LiveTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveTokens")
            .field("access", &self.access.len())
            .field("refresh", &self.refresh.len())
            .finish()
    }
}

impl State {
    pub(super) fn living_grants<'a>(
        &'a self,
        client_id: &'a str,
        account: &'a str,
    ) -> impl Iterator<Item = &'a Grant> {
        self.grants.values().filter(move |grant| {
            grant.alive && grant.client_id == client_id && grant.account == account
        })
    }

    pub(super) fn end_grant(&mut self, id: GrantId) {
        if let Some(grant) = self.grants.get_mut(&id) {
            grant.alive = false;
        }
    }

    fn access_is_live(&self, token: &AccessToken) -> bool {
        token.expires_at > now() && self.grants.get(&token.grant).is_some_and(|grant| grant.alive)
    }

    pub(super) fn refresh_is_live(&self, token: &RefreshToken) -> bool {
        !token.dead && self.grants.get(&token.grant).is_some_and(|grant| grant.alive)
    }

    fn belongs(&self, grant: GrantId, account: &str) -> bool {
        self.grants.get(&grant).is_some_and(|grant| grant.account == account)
    }
}

impl AuthorizationServer {
    pub(crate) fn new(dialect: impl Dialect, client_name: &str, expires_in: i64) -> Self {
        let state = State {
            client_id: format!("sandbox-{client_name}-client"),
            client_secret: format!("sandbox-{client_name}-secret"),
            redirect_uris: BTreeSet::new(),
            pending: BTreeMap::new(),
            codes: BTreeMap::new(),
            grants: BTreeMap::new(),
            access_tokens: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            expires_in,
            code_expires_in: 600,
        };
        Self { dialect: Box::new(dialect), state: Mutex::new(state) }
    }

    pub(crate) fn dialect(&self) -> &dyn Dialect {
        &*self.dialect
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn client_id(&self) -> String {
        self.state().client_id.clone()
    }

    pub(crate) fn client_secret(&self) -> String {
        self.state().client_secret.clone()
    }

    pub(crate) fn allow_redirect_uri(&self, uri: impl Into<String>) {
        self.state().redirect_uris.insert(uri.into());
    }

    pub(crate) fn set_expires_in(&self, seconds: i64) {
        self.state().expires_in = seconds;
    }

    pub(crate) fn set_code_expires_in(&self, seconds: i64) {
        self.state().code_expires_in = seconds;
    }

    /// Who holds this access token; nothing where it is unknown, expired or revoked.
    pub(crate) fn authenticate(&self, token: &str) -> Option<Bearer> {
        let state = self.state();
        let token = state.access_tokens.get(token).filter(|token| state.access_is_live(token))?;
        let grant = state.grants.get(&token.grant)?;
        Some(Bearer {
            account: grant.account.clone(),
            scopes: token.scopes.clone(),
            expires_in: (token.expires_at - now()).num_seconds(),
        })
    }

    /// When this access token ended by its age; nothing where it never lived or was revoked.
    pub(crate) fn expired_at(&self, token: &str) -> Option<DateTime<Utc>> {
        let state = self.state();
        let token = state.access_tokens.get(token)?;
        let of_living_grant = state.grants.get(&token.grant).is_some_and(|grant| grant.alive);
        (of_living_grant && token.expires_at <= now()).then_some(token.expires_at)
    }

    /// Who holds this refresh token; nothing where it is unknown, spent or revoked.
    pub(crate) fn holder_of_refresh_token(&self, token: &str) -> Option<Bearer> {
        let state = self.state();
        let token = state.refresh_tokens.get(token).filter(|token| state.refresh_is_live(token))?;
        let grant = state.grants.get(&token.grant)?;
        Some(Bearer { account: grant.account.clone(), scopes: grant.scopes.clone(), expires_in: 0 })
    }

    /// Ends the grant of a living access or refresh token; false where there is none.
    pub(crate) fn revoke(&self, token: &str) -> bool {
        let mut state = self.state();
        let of_access = state
            .access_tokens
            .get(token)
            .filter(|token| state.access_is_live(token))
            .map(|token| token.grant);
        if let Some(grant) = of_access {
            state.end_grant(grant);
            return true;
        }
        let of_refresh = state
            .refresh_tokens
            .get(token)
            .filter(|token| state.refresh_is_live(token))
            .map(|token| token.grant);
        let Some(grant) = of_refresh else { return false };
        if self.dialect.revocation_reaches_access_tokens() {
            state.end_grant(grant);
        } else if let Some(token) = state.refresh_tokens.get_mut(token) {
            token.dead = true;
        }
        true
    }

    /// Makes the account's access tokens old at once; refresh tokens stay good.
    pub(crate) fn expire_access_tokens(&self, account: &str) {
        let mut state = self.state();
        let past = now() - TimeDelta::seconds(1);
        let State { access_tokens, grants, .. } = &mut *state;
        for token in access_tokens.values_mut() {
            if grants.get(&token.grant).is_some_and(|grant| grant.account == account) {
                token.expires_at = token.expires_at.min(past);
            }
        }
    }

    /// What the account's owner does on the vendor's "third-party access" page.
    pub(crate) fn revoke_grants(&self, account: &str) {
        for grant in self.state().grants.values_mut().filter(|grant| grant.account == account) {
            grant.alive = false;
        }
    }

    pub(crate) fn live_tokens(&self, account: &str) -> LiveTokens {
        let state = self.state();
        let access = state.access_tokens.iter().filter(|(_, token)| {
            state.access_is_live(token) && state.belongs(token.grant, account)
        });
        let refresh = state.refresh_tokens.iter().filter(|(_, token)| {
            state.refresh_is_live(token) && state.belongs(token.grant, account)
        });
        LiveTokens {
            access: access.map(|(token, _)| token.clone()).collect(),
            refresh: refresh.map(|(token, _)| token.clone()).collect(),
        }
    }

    /// Every code and token ever issued and the client's secret.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let state = self.state();
        let issued = state.codes.keys().chain(state.access_tokens.keys());
        issued.chain(state.refresh_tokens.keys()).chain([&state.client_secret]).cloned().collect()
    }
}
