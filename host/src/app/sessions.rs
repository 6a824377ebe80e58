use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::{Hub, HubError, NewSecret, access::SESSION_PREFIX};
use crate::domain::{
    event_time::FieldError,
    ids::UserId,
    keys::{ApiKey, Session},
    web::is_origin,
};

/// Providers, or origins, that one session may name.
const MOST_NAMED: usize = 50;

/// What a backend asks for its user's browser.
#[derive(Debug, Clone, Default)]
pub struct SessionRequest {
    /// For whom.
    pub user: String,
    /// Provider names; `None`: all.
    pub providers: Option<Vec<String>>,
    /// Page origins; `None`: no restriction.
    pub origins: Option<Vec<String>>,
    /// Seconds.
    pub expires_in: Option<u64>,
}

/// A session token, shown once.
pub struct MintedSession {
    /// The token.
    pub token: SecretString,
    /// Its end.
    pub expires_at: DateTime<Utc>,
}

impl Hub {
    /// Mints a short-lived token for one user's browser.
    ///
    /// # Errors
    /// `Invalid` with all faults at once.
    pub async fn mint_session(
        &self,
        key: &ApiKey,
        request: SessionRequest,
    ) -> Result<MintedSession, HubError> {
        let mut faults = Vec::new();
        let user = UserId::new(request.user)
            .map_err(|error| faults.push(FieldError::new("user", error.to_string())))
            .ok();
        let providers_named = request.providers.as_ref().map_or(0, Vec::len);
        let providers = request.providers.map(|names| {
            let id = |name: String| match self.providers.by_name(&name) {
                Ok(provider) => Some(provider.id.clone()),
                Err(HubError::ProviderUnavailable(id)) => Some(id),
                Err(error) => {
                    faults.push(FieldError::new("providers", error.to_string()));
                    None
                }
            };
            names.into_iter().filter_map(id).collect()
        });
        for origin in request.origins.iter().flatten().filter(|origin| !is_origin(origin)) {
            let message = format!("{origin:?} is not an origin such as https://app.example.com");
            faults.push(FieldError::new("origins", message));
        }
        for (field, count) in [
            ("providers", providers_named),
            ("origins", request.origins.as_ref().map_or(0, Vec::len)),
        ] {
            if count > MOST_NAMED {
                faults.push(FieldError::new(field, format!("more than {MOST_NAMED}")));
            }
        }
        let longest = self.settings.session_max_ttl.as_secs();
        let life = request.expires_in.unwrap_or(self.settings.session_ttl.as_secs());
        if !(1..=longest).contains(&life) {
            let message = format!("give 1 to {longest} seconds");
            faults.push(FieldError::new("expires_in", message));
        }
        let (Some(user), true) = (user, faults.is_empty()) else {
            return Err(HubError::Invalid(faults));
        };
        let now = self.ports.clock.now();
        let expires_at = now + std::time::Duration::from_secs(life);
        let secret = NewSecret::draw(&*self.ports.rng, SESSION_PREFIX);
        let session =
            Session { user, providers, origins: request.origins, api_key: key.id, expires_at };
        self.ports.sessions.put(&secret.hash, &session, now).await?;
        Ok(MintedSession { token: secret.text, expires_at })
    }
}
