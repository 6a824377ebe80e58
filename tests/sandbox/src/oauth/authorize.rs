use url::Url;

use super::grants::{Ask, AuthorizationServer, Code};
use crate::clock::seconds_from_now;
use crate::params::Params;
use crate::random;

/// The person's answer on the consent page.
#[derive(Clone, Debug)]
pub struct Consent {
    /// E-mail of the vendor account; it is created on first use.
    pub account: String,
    /// Ticked scopes; `None` ticks all.
    pub scopes: Option<Vec<String>>,
    pub deny: bool,
}

impl Default for Consent {
    fn default() -> Self {
        Self { account: crate::DEFAULT_ACCOUNT.to_owned(), scopes: None, deny: false }
    }
}

impl Consent {
    /// Consent of this account to all scopes.
    pub fn of(account: impl Into<String>) -> Self {
        Self { account: account.into(), ..Self::default() }
    }
}

/// Why the vendor shows an error page instead of redirecting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizeRefusal {
    #[error("invalid_client: the OAuth client was not found")]
    UnknownClient,
    #[error("redirect_uri_mismatch: {0:?} is not registered for this client")]
    RedirectUriMismatch(String),
    #[error("invalid_request: {0}")]
    InvalidRequest(String),
    #[error("the consent was answered before, or is unknown")]
    UnknownRequest,
    #[error("{0:?} is not an e-mail address")]
    NotAnAccount(String),
}

/// An authorize request either waits for consent or is sent straight back.
pub(super) enum Begun {
    Pending { request_id: String, scopes: Vec<String> },
    Redirect(String),
}

impl AuthorizationServer {
    /// Checks an authorize request and keeps it for the consent page.
    pub(super) fn begin(&self, params: Params) -> Result<Begun, AuthorizeRefusal> {
        let mut state = self.state();
        let missing =
            |name| AuthorizeRefusal::InvalidRequest(format!("Missing required parameter: {name}"));
        let client_id = params.get("client_id").ok_or_else(|| missing("client_id"))?.to_owned();
        if client_id != state.client_id {
            return Err(AuthorizeRefusal::UnknownClient);
        }
        let redirect_uri =
            params.get("redirect_uri").ok_or_else(|| missing("redirect_uri"))?.to_owned();
        if !state.redirect_uris.contains(&redirect_uri) {
            return Err(AuthorizeRefusal::RedirectUriMismatch(redirect_uri));
        }
        let ask = Ask {
            client_id,
            redirect_uri,
            scopes: self.dialect().asked_scopes(&params),
            state: params.get("state").map(str::to_owned),
            code_challenge: params.get("code_challenge").map(str::to_owned),
            params,
        };
        if let Err((error, description)) = self.check(&ask) {
            let error = [("error", error), ("error_description", description)];
            return self.redirect(&ask, &error).map(Begun::Redirect);
        }
        let request_id = random::token();
        let scopes = ask.scopes.clone();
        state.pending.insert(request_id.clone(), ask);
        Ok(Begun::Pending { request_id, scopes })
    }

    fn check(&self, ask: &Ask) -> Result<(), (&'static str, &'static str)> {
        match ask.params.get("response_type") {
            Some("code") => {}
            None => return Err(("invalid_request", "Missing required parameter: response_type")),
            Some(_) => return Err(("unsupported_response_type", "Only code is supported")),
        }
        if ask.scopes.is_empty() {
            return Err(("invalid_request", "Missing required parameter: scope"));
        }
        if !ask.scopes.iter().all(|scope| self.dialect().knows_scope(scope)) {
            return Err(("invalid_scope", "Some requested scopes were invalid"));
        }
        match (&ask.code_challenge, ask.params.get("code_challenge_method")) {
            (None, None) => {}
            (None, Some(_)) => {
                return Err(("invalid_request", "Missing required parameter: code_challenge"));
            }
            (Some(challenge), Some("S256")) if challenge.len() == 43 => {}
            (Some(_), Some("S256")) => {
                return Err(("invalid_request", "code_challenge is not a SHA-256 in base64url"));
            }
            (Some(_), _) => return Err(("invalid_request", "code_challenge_method must be S256")),
        }
        self.dialect().check(&ask.params)
    }

    /// Scopes of a request that still waits for consent.
    pub(super) fn pending_scopes(&self, request_id: &str) -> Option<Vec<String>> {
        self.state().pending.get(request_id).map(|ask| ask.scopes.clone())
    }

    /// Takes the person's answer and gives the address to redirect to. A consent without any
    /// scope is a denial.
    pub(super) fn decide(
        &self,
        request_id: &str,
        consent: &Consent,
    ) -> Result<String, AuthorizeRefusal> {
        let account = consent.account.trim().to_lowercase();
        if !consent.deny && !is_email(&account) {
            return Err(AuthorizeRefusal::NotAnAccount(account));
        }
        let mut state = self.state();
        let ask = state.pending.remove(request_id).ok_or(AuthorizeRefusal::UnknownRequest)?;
        let ticked =
            |scope: &&String| consent.scopes.as_ref().is_none_or(|all| all.contains(scope));
        let mut scopes: Vec<String> = ask.scopes.iter().filter(ticked).cloned().collect();
        if consent.deny || scopes.is_empty() {
            return self.redirect(&ask, &[("error", "access_denied")]);
        }
        if self.dialect().adds_earlier_scopes(&ask.params) {
            for grant in state.living_grants(&ask.client_id, &account) {
                let earlier = grant.scopes.iter().filter(|scope| !scopes.contains(scope));
                scopes.extend(earlier.cloned().collect::<Vec<_>>());
            }
        }
        let code = format!("{}{}", self.dialect().code_prefix(), random::token());
        let granted = scopes.join(" ");
        let location = self.redirect(&ask, &[("code", &code), ("scope", &granted)])?;
        let expires_at = seconds_from_now(state.code_expires_in);
        state.codes.insert(code, Code { ask, account, scopes, expires_at, grant: None });
        Ok(location)
    }

    fn redirect(&self, ask: &Ask, answer: &[(&str, &str)]) -> Result<String, AuthorizeRefusal> {
        let mut location = Url::parse(&ask.redirect_uri)
            .map_err(|_| AuthorizeRefusal::RedirectUriMismatch(ask.redirect_uri.clone()))?;
        let mut query = location.query_pairs_mut();
        if let Some(state) = &ask.state {
            query.append_pair("state", state);
        }
        if let Some(issuer) = self.dialect().issuer() {
            query.append_pair("iss", issuer);
        }
        query.extend_pairs(answer);
        drop(query);
        Ok(location.into())
    }

    /// The whole consent without HTTP: the `Location` that the browser would follow.
    pub(crate) fn approve(
        &self,
        authorize_url: &str,
        consent: &Consent,
    ) -> Result<String, AuthorizeRefusal> {
        let url = Url::parse(authorize_url)
            .map_err(|error| AuthorizeRefusal::InvalidRequest(error.to_string()))?;
        match self.begin(Params::parse(url.query().unwrap_or_default().as_bytes()))? {
            Begun::Redirect(location) => Ok(location),
            Begun::Pending { request_id, .. } => self.decide(&request_id, consent),
        }
    }
}

/// Enough of the e-mail grammar that an account's name is safe as a calendar id and in a path.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |c: char| c.is_ascii_graphic() && !"\"<>()[]\\,;:@ /?#%&".contains(c);
    !local.is_empty()
        && !domain.is_empty()
        && text.len() <= 254
        && local.chars().all(plain)
        && domain.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
}
