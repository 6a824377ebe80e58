use std::sync::Arc;

use mortise_plugin_api::{Error as ProviderError, ErrorKind};
use url::Url;

use super::{AccessToken, Caller, Hub, HubError, Provider, call::Target};
use crate::{
    domain::web::climbs,
    ports::{OutboundError, OutboundRequest, OutboundResponse, Owner, Repeat, Repeats, Service},
};

/// A request to the vendor's own API.
pub struct ProxyRequest {
    /// In capitals.
    pub method: String,
    /// Below the provider's `api_base`, as it stood in the URL: still encoded.
    pub path: String,
    /// As it stood in the URL.
    pub query: Option<String>,
    /// Names in lower case; only those that mean something to a vendor are sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The vendor's answer.
pub type ProxyAnswer = OutboundResponse;

/// Request headers that mean something to a vendor's API. All others stay here: cookies, the
/// caller's key, addresses of browsers.
const PASSED_ON: [&str; 9] = [
    "accept",
    "accept-language",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "prefer",
    "range",
];

impl Hub {
    /// Sends a request to the vendor's API with the user's token. A refused token is refreshed
    /// once and the request repeated once; any other status is the answer.
    ///
    /// # Errors
    /// `Invalid` for a path that leaves `api_base`; token errors; `Vendor` where there is no
    /// answer.
    pub async fn proxy(
        self: &Arc<Self>,
        caller: &Caller,
        provider: &Arc<Provider>,
        request: ProxyRequest,
    ) -> Result<ProxyAnswer, HubError> {
        let target = self.target(caller, provider).await?;
        let url = below(&provider.api_base, &request.path, request.query.as_deref()).ok_or_else(
            || HubError::invalid("path", "the path must stay below the vendor's API"),
        )?;
        let token = self.token_of(provider, &target.connection, target.deadline).await?;
        let answer = self.pass_on(&target, &request, &url, &token).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let token = self.token_after_refusal(&target, token.version).await?;
        let answer = self.pass_on(&target, &request, &url, &token).await?;
        if answer.status == 401 {
            return Err(self.refused_twice(&target, &token).await?);
        }
        Ok(answer)
    }

    async fn pass_on(
        &self,
        target: &Target,
        request: &ProxyRequest,
        url: &Url,
        token: &AccessToken,
    ) -> Result<OutboundResponse, HubError> {
        let provider = &target.provider;
        let passes = |(name, _): &&(String, String)| PASSED_ON.contains(&name.as_str());
        let request = OutboundRequest {
            method: request.method.clone(),
            url: url.clone(),
            headers: request.headers.iter().filter(passes).cloned().collect(),
            bearer: Some(token.token.clone()),
            body: request.body.clone(),
            egress: provider.egress.clone(),
            owner: Owner {
                provider: provider.id.as_str().into(),
                integration: Some(token.integration),
                service: Service::Api,
            },
            limits: provider.limits,
            repeat: Repeat::ByMethod,
            repeats: Repeats::default(),
            deadline: target.deadline,
        };
        let failed = |error: OutboundError| {
            let kind = match error {
                OutboundError::Timeout => ErrorKind::Timeout,
                OutboundError::Connect | OutboundError::Cut => ErrorKind::Unavailable,
                OutboundError::TooLarge => ErrorKind::BadAnswer,
                OutboundError::Blocked => ErrorKind::Internal,
                OutboundError::Busy { .. } | OutboundError::LeftAlone { .. } => {
                    ErrorKind::RateLimited
                }
            };
            let retry_after = error.retry_after().map(|wait| wait.as_secs_f64());
            let error = ProviderError::new(kind, format!("the vendor: {error}"));
            let error = ProviderError { retry_after, ..error };
            HubError::Vendor { provider: provider.id.clone(), error }
        };
        self.ports.http.send(request).await.map_err(failed)
    }
}

/// An address below the base, or `None` where the path would leave it.
fn below(base: &Url, path: &str, query: Option<&str>) -> Option<Url> {
    let root = base.path().trim_end_matches('/');
    let mut url = base.clone();
    url.set_path(&format!("{root}/{}", path.trim_start_matches('/')));
    url.set_query(query.filter(|query| !query.is_empty()));
    let stays = url.path().strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    (stays && !climbs(path)).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxied_path_cannot_leave_the_api_base() {
        let base = Url::parse("https://api.acme.test/calendar/v3").unwrap();
        let at = |path| below(&base, path, Some("a=b")).map(String::from);
        assert_eq!(
            at("users/me/calendarList").unwrap(),
            "https://api.acme.test/calendar/v3/users/me/calendarList?a=b"
        );
        assert_eq!(at("a%20b/c").unwrap(), "https://api.acme.test/calendar/v3/a%20b/c?a=b");
        assert!(at("a@b.c/events").is_some());
        for bad in ["../admin", "a/../../b", "%2e%2e/x", "a/%2E%2e%2fb", "..\\x", "..%5Cx", "./x"] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }
}
