//! Who calls, for which user.

use std::time::Duration;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
};

use super::{AppState, Problem, rate_limit::Told};
use crate::{
    app::{Access, AccessError, Caller},
    ports::Deadline,
};

static MORTISE_USER: HeaderName = HeaderName::from_static("mortise-user");

/// An API key or a session, whoever it acts for.
pub struct Credential(pub Access);

/// A call for one user.
pub struct ForUser(pub Caller);

/// A header that may come once came again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeated(HeaderName);

impl From<Repeated> for Problem {
    fn from(Repeated(name): Repeated) -> Self {
        let detail = format!("The header {name} comes more than once: send it once.");
        Self::unreadable(StatusCode::BAD_REQUEST, detail)
    }
}

impl FromRequestParts<AppState> for Credential {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let bearer = bearer(&parts.headers)?;
        let access = state.hub.access(bearer).await?;
        if let (Some(bearer), Some(told)) = (bearer, parts.extensions.get::<Told>()) {
            state.rate_limits.count(&access, bearer, told)?;
        }
        Ok(Self(access))
    }
}

impl FromRequestParts<AppState> for ForUser {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let deadline = deadline(state.request_timeout);
        let Credential(access) =
            <Credential as FromRequestParts<AppState>>::from_request_parts(parts, state).await?;
        let user =
            match single(&parts.headers, &MORTISE_USER)? {
                Some(value) => Some(std::str::from_utf8(value.as_bytes()).map_err(|_| {
                    Problem::from(AccessError::BadUser(crate::domain::ids::BadUserId))
                })?),
                None => None,
            };
        let origin = single(&parts.headers, &header::ORIGIN)?;
        let origin = origin.and_then(|origin| origin.to_str().ok());
        Ok(Self(state.hub.caller(access, user, origin, deadline)?))
    }
}

/// A little before the request is ended from outside: what was going on at the vendor can still be
/// told then.
fn deadline(request_timeout: Duration) -> Deadline {
    Deadline::after(request_timeout).less((request_timeout / 10).min(Duration::from_secs(1)))
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Repeated> {
    let value = single(headers, &header::AUTHORIZATION)?.and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.split_once(' ')).and_then(|(scheme, token)| {
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    });
    Ok(token)
}

/// A header that may come once. Where one that says who calls comes twice a proxy in front and the
/// hub could read different ones.
pub(super) fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a HeaderValue>, Repeated> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    if values.next().is_some() {
        return Err(Repeated(name.clone()));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_says_who_calls_is_read_only_where_it_comes_once() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers).unwrap(), None);
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer one"));
        assert_eq!(bearer(&headers).unwrap(), Some("one"));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer one"));
        let problem = Problem::from(bearer(&headers).unwrap_err());
        assert_eq!((problem.status, problem.code.as_str()), (400, "bad-request"));
        assert!(problem.detail.contains("authorization"), "{}", problem.detail);
    }
}
