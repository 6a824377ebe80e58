//! OAuth 2 as vendors speak it (RFC 6749, 7009, 7636): strict in what is sent, tolerant of what
//! comes back, and silent about it.

mod answer;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use mortise_plugin_api::{ClientAuth, RevokeStyle};
use oauth2::{
    AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope, basic::BasicClient,
};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use crate::{
    domain::{connection::Grant, web::is_loopback},
    ports::{
        AuthorizeRequest, CodeExchange, Deadline, Egress, GrantError, OAuthClient, OAuthEndpoints,
        OutboundError, OutboundHttp, OutboundRequest, OutboundResponse, Owner, Repeat, Repeats,
        Service,
    },
};

/// [`OAuthClient`] over any [`OutboundHttp`]. A request may go to the host of the configured
/// endpoint alone.
pub struct OAuth2Client {
    http: Arc<dyn OutboundHttp>,
}

impl OAuth2Client {
    /// A client over this way to the vendors.
    #[must_use]
    pub fn new(http: Arc<dyn OutboundHttp>) -> Self {
        Self { http }
    }

    async fn grant(&self, at: &OAuthEndpoints, form: Form) -> Result<Grant, GrantError> {
        let answer = self.post(at, &at.token_url, form.with_client(at)).await?;
        answer::grant(answer, &at.account_fields)
    }

    async fn post(
        &self,
        at: &OAuthEndpoints,
        url: &Url,
        form: Form,
    ) -> Result<OutboundResponse, OutboundError> {
        let mut headers = vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ];
        if form.has_client && at.client_auth == ClientAuth::Basic {
            headers.push(("authorization".to_owned(), basic(at)));
        }
        let request = OutboundRequest {
            method: "POST".to_owned(),
            url: url.clone(),
            headers,
            bearer: None,
            body: form.body.into_bytes(),
            egress: egress(url),
            owner: Owner {
                provider: at.provider.as_str().into(),
                integration: None,
                service: Service::Token,
            },
            limits: at.limits,
            repeat: Repeat::Never,
            repeats: Repeats::default(),
            deadline: Deadline::after(at.limits.timeout),
        };
        self.http.send(request).await
    }
}

#[async_trait]
impl OAuthClient for OAuth2Client {
    fn authorize_url(&self, at: &OAuthEndpoints, request: &AuthorizeRequest<'_>) -> Url {
        let client = BasicClient::new(ClientId::new(at.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(at.authorize_url.clone()));
        let state = request.state.to_owned();
        let mut building = client
            .authorize_url(|| CsrfToken::new(state))
            .add_extra_param("redirect_uri", request.redirect_uri);
        if !request.scopes.is_empty() {
            // The library knows no separator but a space.
            building = building.add_scope(Scope::new(request.scopes.join(&at.scope_separator)));
        }
        if let Some(verifier) = request.verifier {
            let verifier = PkceCodeVerifier::new(verifier.expose_secret().to_owned());
            building = building
                .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        }
        for (name, value) in &at.extra_authorize_params {
            building = building.add_extra_param(name.clone(), value.clone());
        }
        building.url().0
    }

    async fn exchange(
        &self,
        at: &OAuthEndpoints,
        code: &CodeExchange<'_>,
    ) -> Result<Grant, GrantError> {
        let mut form = Form::new()
            .with("grant_type", "authorization_code")
            .with("code", code.code.expose_secret())
            .with("redirect_uri", code.redirect_uri);
        if let Some(verifier) = code.verifier {
            form = form.with("code_verifier", verifier.expose_secret());
        }
        self.grant(at, form).await
    }

    async fn refresh(
        &self,
        at: &OAuthEndpoints,
        refresh_token: &SecretString,
    ) -> Result<Grant, GrantError> {
        let form = Form::new()
            .with("grant_type", "refresh_token")
            .with("refresh_token", refresh_token.expose_secret());
        self.grant(at, form).await
    }

    async fn revoke(&self, at: &OAuthEndpoints, token: &SecretString) -> Result<(), GrantError> {
        let Some(url) = &at.revoke_url else { return Ok(()) };
        let form = Form::new().with("token", token.expose_secret());
        let form = match at.revoke_style {
            RevokeStyle::TokenOnly => form,
            // A hint only: a server looks further where it does not fit (RFC 7009 2.1).
            RevokeStyle::WithClient => {
                form.with("token_type_hint", "refresh_token").with_client(at)
            }
        };
        answer::revoked(&self.post(at, url, form).await?)
    }
}

/// A form body in the making, with or without the client's authentication.
struct Form {
    body: String,
    has_client: bool,
}

impl Form {
    fn new() -> Self {
        Self { body: String::new(), has_client: false }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        let mut fields = form_urlencoded::Serializer::new(self.body);
        fields.append_pair(name, value);
        self.body = fields.finish();
        self
    }

    /// A client without a secret is a public one and names itself in the body (RFC 6749 3.2.1).
    fn with_client(mut self, at: &OAuthEndpoints) -> Self {
        let secret = at.client_secret.expose_secret();
        if secret.is_empty() {
            return self.with("client_id", &at.client_id);
        }
        self.has_client = true;
        match at.client_auth {
            ClientAuth::Basic => self,
            ClientAuth::Body => self.with("client_id", &at.client_id).with("client_secret", secret),
        }
    }
}

/// Id and secret, each form-encoded first (RFC 6749 2.3.1).
fn basic(at: &OAuthEndpoints) -> String {
    let encoded =
        |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let pair = format!("{}:{}", encoded(&at.client_id), encoded(at.client_secret.expose_secret()));
    format!("Basic {}", STANDARD.encode(pair))
}

fn egress(url: &Url) -> Egress {
    let origins = is_loopback(url).then(|| url.origin().ascii_serialization());
    Egress {
        hosts: url.host_str().map(str::to_owned).into_iter().collect(),
        origins: origins.into_iter().collect(),
    }
}
