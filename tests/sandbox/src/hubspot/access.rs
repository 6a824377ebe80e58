use std::sync::{Arc, MutexGuard};

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header;
use serde::de::DeserializeOwned;

use super::HubSpot;
use super::error::ApiError;
use super::object_type::ObjectType;
use super::store::Hubs;
use crate::oauth::bearer_token;
use crate::params::Params;

const MAX_BODY: usize = 4 * 1024 * 1024;

/// A call of the CRM before anything about it was checked.
pub(super) struct ApiCall {
    hubspot: Arc<HubSpot>,
    pub(super) query: Params,
    /// Named segments of the path, decoded.
    segments: Vec<(String, String)>,
    token: Option<String>,
    is_json: bool,
    body: Bytes,
}

impl FromRequest<Arc<HubSpot>> for ApiCall {
    type Rejection = ApiError;

    async fn from_request(request: Request, hubspot: &Arc<HubSpot>) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let segments = RawPathParams::from_request_parts(&mut parts, hubspot).await;
        let segments = segments.map_err(|_| ApiError::not_found())?;
        let segments = segments.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let unreadable = |_| ApiError::invalid("The body could not be read.");
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        Ok(Self {
            hubspot: Arc::clone(hubspot),
            segments: segments.collect(),
            query: Params::parse(parts.uri.query().unwrap_or_default().as_bytes()),
            token: bearer_token(&parts.headers).map(str::to_owned),
            is_json: kind.is_some_and(|kind| kind.trim_start().starts_with("application/json")),
            body: to_bytes(body, MAX_BODY).await.map_err(unreadable)?,
        })
    }
}

impl ApiCall {
    pub(super) fn hubs(&self) -> MutexGuard<'_, Hubs> {
        self.hubspot.api.hubs()
    }

    /// A named segment of the path; empty where the route has none of that name.
    pub(super) fn segment(&self, name: &str) -> &str {
        let found = self.segments.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The JSON that was sent: 415 where it is declared to be something else, 400 where it does
    /// not have the shape that the endpoint takes.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        if !self.is_json {
            return Err(ApiError::unsupported_media_type());
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| ApiError::invalid(format!("Invalid input JSON: {error}")))
    }

    /// The values of a list parameter, whether joined by commas or given several times.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let all = self.query.all(name).flat_map(|list| list.split(','));
        all.map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.query.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(ApiError::invalid(format!("{name} must be true or false"))),
        }
    }

    /// `limit`, within what the endpoint allows.
    pub(super) fn limit(&self, default: usize, most: usize) -> Result<usize, ApiError> {
        let Some(limit) = self.query.get("limit") else { return Ok(default) };
        let number = limit.parse().ok().filter(|limit| (1..=most).contains(limit));
        number.ok_or_else(|| ApiError::invalid(format!("limit must be from 1 to {most}")))
    }

    /// `after`, which is the id of the last one seen.
    pub(super) fn after(&self) -> Result<u64, ApiError> {
        let Some(after) = self.query.get("after") else { return Ok(0) };
        after.parse().map_err(|_| ApiError::invalid("after is not a cursor of this list"))
    }
}

/// The scopes that an endpoint asks for.
pub(super) enum Need<'a> {
    All(&'a [&'a str]),
    AnyOf(&'a [&'a str]),
}

impl ApiCall {
    /// Lets the call in, and names its account: a living token, then the scopes.
    pub(super) fn admit(&self, need: Need<'_>) -> Result<String, ApiError> {
        let oauth = &self.hubspot.oauth;
        let token = self.token.as_deref().ok_or_else(ApiError::invalid_authentication)?;
        let bearer = oauth.authenticate(token).ok_or_else(|| {
            let expired = oauth.expired_at(token).map(ApiError::expired_authentication);
            expired.unwrap_or_else(ApiError::invalid_authentication)
        })?;
        let granted = |scope: &&str| bearer.scopes.iter().any(|known| known == scope);
        let (enough, scopes) = match need {
            Need::All(scopes) => (scopes.iter().all(granted), scopes),
            Need::AnyOf(scopes) => (scopes.iter().any(granted), scopes),
        };
        if enough { Ok(bearer.account) } else { Err(ApiError::missing_scopes(scopes)) }
    }

    /// The type that the path names, and the account, which has that scope of the type.
    pub(super) fn admit_to(
        &self,
        scope: fn(ObjectType) -> &'static str,
    ) -> Result<(ObjectType, String), ApiError> {
        let of = ObjectType::named(self.segment("type"))?;
        Ok((of, self.admit(Need::All(&[scope(of)]))?))
    }
}
