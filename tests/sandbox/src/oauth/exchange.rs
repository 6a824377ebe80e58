use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::dialect::{Issued, RefreshPolicy, TokenRefusal};
use super::grants::{AccessToken, AuthorizationServer, Grant, GrantId, RefreshToken, State};
use crate::clock::{now, seconds_from_now};
use crate::params::Params;
use crate::random;

/// Client id and secret from an `Authorization: Basic` header, already form-decoded.
pub(super) type BasicCredentials = (String, String);

impl AuthorizationServer {
    /// The token endpoint (RFC 6749, section 3.2).
    pub(super) fn exchange(
        &self,
        form: &Params,
        basic: Option<BasicCredentials>,
    ) -> Result<Issued, TokenRefusal> {
        let client_id = self.authenticate_client(form, basic)?;
        match required(form, "grant_type")? {
            "authorization_code" => self.exchange_code(form, &client_id),
            "refresh_token" => self.exchange_refresh_token(form, &client_id),
            other => Err(TokenRefusal::UnsupportedGrantType(other.to_owned())),
        }
    }

    /// Checks the client's id and secret, from Basic where given, else from the form.
    pub(crate) fn authenticate_client(
        &self,
        form: &Params,
        basic: Option<(String, String)>,
    ) -> Result<String, TokenRefusal> {
        let (id, secret) = match basic {
            Some((id, secret)) => (id, Some(secret)),
            None => {
                let id = form.get("client_id").ok_or(TokenRefusal::MissingClient)?;
                (id.to_owned(), form.get("client_secret").map(str::to_owned))
            }
        };
        let state = self.state();
        if id != state.client_id {
            return Err(TokenRefusal::UnknownClient);
        }
        match secret {
            None => Err(TokenRefusal::MissingParameter("client_secret")),
            Some(secret) if secret == state.client_secret => Ok(id),
            Some(_) => Err(TokenRefusal::WrongSecret),
        }
    }

    fn exchange_code(&self, form: &Params, client_id: &str) -> Result<Issued, TokenRefusal> {
        let key = required(form, "code")?;
        let redirect_uri = required(form, "redirect_uri")?;
        let mut state = self.state();
        let code = state.codes.get(key).filter(|code| code.ask.client_id == client_id);
        let code = code.ok_or(TokenRefusal::UnknownCode)?;
        if let Some(grant) = code.grant {
            // RFC 6749, 4.1.2: a code seen twice has leaked, so what it gave is taken back.
            state.end_grant(grant);
            return Err(TokenRefusal::DeadCode);
        }
        if code.expires_at <= now() {
            return Err(TokenRefusal::DeadCode);
        }
        if redirect_uri != code.ask.redirect_uri {
            return Err(TokenRefusal::RedirectUriMismatch);
        }
        verify(code.ask.code_challenge.as_deref(), form.get("code_verifier"))?;

        let (account, scopes) = (code.account.clone(), code.scopes.clone());
        let ask = code.ask.params.clone();
        let first_consent = state.living_grants(client_id, &account).next().is_none();
        let id = state.grants.len() as GrantId;
        let (owner, asked) = (account.clone(), scopes.clone());
        let client_id = client_id.to_owned();
        state.grants.insert(id, Grant { client_id, account: owner, scopes: asked, alive: true });
        if let Some(code) = state.codes.get_mut(key) {
            code.grant = Some(id);
        }
        let refresh_token = self
            .dialect()
            .gives_refresh_token(&ask, &scopes, first_consent)
            .then(|| self.mint_refresh_token(&mut state, id));
        Ok(self.issue(&mut state, id, account, scopes, refresh_token))
    }

    fn exchange_refresh_token(
        &self,
        form: &Params,
        client_id: &str,
    ) -> Result<Issued, TokenRefusal> {
        let key = required(form, "refresh_token")?;
        let mut state = self.state();
        let known = state.refresh_tokens.get(key).ok_or(TokenRefusal::DeadRefreshToken)?;
        let (id, live) = (known.grant, state.refresh_is_live(known));
        if !live {
            // RFC 9700, 4.14.2: one of the two who have a spent token has stolen it.
            state.end_grant(id);
            return Err(TokenRefusal::DeadRefreshToken);
        }
        let grant = state.grants.get(&id).filter(|grant| grant.client_id == client_id);
        let grant = grant.ok_or(TokenRefusal::DeadRefreshToken)?;
        let (account, mut scopes) = (grant.account.clone(), grant.scopes.clone());
        if let Some(narrowed) = form.get("scope") {
            let narrowed: Vec<_> = narrowed.split_whitespace().map(str::to_owned).collect();
            if !narrowed.iter().all(|scope| scopes.contains(scope)) {
                return Err(TokenRefusal::ScopeNotGranted);
            }
            scopes = narrowed;
        }
        let refresh_token = match self.dialect().refresh_policy() {
            RefreshPolicy::Silent => None,
            RefreshPolicy::Echo => Some(key.to_owned()),
            RefreshPolicy::Rotate => {
                if let Some(spent) = state.refresh_tokens.get_mut(key) {
                    spent.dead = true;
                }
                Some(self.mint_refresh_token(&mut state, id))
            }
        };
        Ok(self.issue(&mut state, id, account, scopes, refresh_token))
    }

    fn mint_refresh_token(&self, state: &mut State, grant: GrantId) -> String {
        let token = format!("{}{}", self.dialect().refresh_token_prefix(), random::token());
        state.refresh_tokens.insert(token.clone(), RefreshToken { grant, dead: false });
        token
    }

    fn issue(
        &self,
        state: &mut State,
        grant: GrantId,
        account: String,
        scopes: Vec<String>,
        refresh_token: Option<String>,
    ) -> Issued {
        let access_token = format!("{}{}", self.dialect().access_token_prefix(), random::token());
        let expires_in = state.expires_in;
        let expires_at = seconds_from_now(expires_in);
        let token = AccessToken { grant, scopes: scopes.clone(), expires_at };
        state.access_tokens.insert(access_token.clone(), token);
        Issued { access_token, refresh_token, expires_in, scopes, account }
    }
}

fn required<'a>(form: &'a Params, name: &'static str) -> Result<&'a str, TokenRefusal> {
    form.get(name).ok_or(TokenRefusal::MissingParameter(name))
}

/// RFC 7636, section 4.6, for S256.
fn verify(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), TokenRefusal> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(TokenRefusal::MissingVerifier),
        (None, Some(_)) => Err(TokenRefusal::WrongVerifier),
        (Some(challenge), Some(verifier)) => {
            let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
            let well_formed = (43..=128).contains(&verifier.len());
            if well_formed && digest == challenge {
                Ok(())
            } else {
                Err(TokenRefusal::WrongVerifier)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_of_rfc_7636_appendix_b_is_met_by_its_verifier() {
        let challenge = Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(verify(challenge, Some(verifier)).is_ok());
        assert!(verify(challenge, Some(&verifier.replace('d', "e"))).is_err());
        assert!(verify(challenge, None).is_err());
    }
}
