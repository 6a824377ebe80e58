use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::Microsoft;
use super::error::GraphError;
use super::oauth::bare_scope;
use super::prefer::Prefer;
use crate::oauth::bearer_token;
use crate::params::Params;

/// A call of Graph before anything about it was checked.
pub(super) struct Call {
    pub(super) headers: HeaderMap,
    pub(super) query: Params,
    path: String,
    /// Named segments of the path, decoded.
    segments: Vec<(String, String)>,
    body: Bytes,
}

/// Which calendar a path speaks of.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// `/me/events/{id}`: whichever holds the event; for new events and lists the default one.
    Any,
    /// `/me/calendar/...`
    Default,
    /// `/me/calendars/{id}/...`
    Calendar(&'a str),
}

/// What a token must allow; each right includes the one before it of its kind.
#[derive(Clone, Copy)]
pub(super) enum Right {
    ReadUser,
    ReadSettings,
    FreeBusy,
    Read,
    Write,
}

impl Right {
    fn is_given_by(self, scope: &str) -> bool {
        let scope = bare_scope(scope).to_lowercase();
        let scopes: &[&str] = match self {
            Self::ReadUser => &["user.read", "user.readwrite", "user.read.all"],
            Self::ReadSettings => &["mailboxsettings.read", "mailboxsettings.readwrite"],
            Self::FreeBusy => &["calendars.readbasic", "calendars.read", "calendars.readwrite"],
            Self::Read => &["calendars.read", "calendars.readwrite"],
            Self::Write => &["calendars.readwrite"],
        };
        scopes.contains(&scope.strip_suffix(".shared").unwrap_or(&scope))
    }
}

impl<S: Send + Sync> FromRequest<S> for Call {
    type Rejection = GraphError;

    async fn from_request(request: Request, state: &S) -> Result<Self, GraphError> {
        let (mut parts, body) = request.into_parts();
        let segments = RawPathParams::from_request_parts(&mut parts, state).await;
        let segments = segments.map(|all| all.iter().map(owned).collect()).unwrap_or_default();
        let query = Params::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let path = parts.uri.path().to_owned();
        let headers = parts.headers.clone();
        let body = Bytes::from_request(Request::from_parts(parts, body), state).await;
        let body = body.map_err(|_| GraphError::unreadable("The body could not be read."))?;
        Ok(Self { headers, query, path, segments, body })
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

impl Call {
    fn segment(&self, name: &str) -> Option<&str> {
        let (_, value) = self.segments.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    pub(super) fn place(&self) -> Place<'_> {
        match self.segment("calendar") {
            Some(id) => Place::Calendar(id),
            None if self.path.starts_with("/v1.0/me/calendar/") => Place::Default,
            None => Place::Any,
        }
    }

    /// The event's id in the path.
    pub(super) fn event_id(&self) -> &str {
        self.segment("event").unwrap_or_default()
    }

    /// The JSON object that was sent.
    pub(super) fn object(&self) -> Result<Map<String, Value>, GraphError> {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json")) {
            return Err(GraphError::unreadable("The content type must be application/json."));
        }
        serde_json::from_slice(&self.body).map_err(|_| {
            GraphError::unreadable(
                "Unable to read JSON request payload. Please ensure it is valid.",
            )
        })
    }

    pub(super) fn prefer(&self) -> Result<Prefer, GraphError> {
        Prefer::read(&self.headers)
    }

    /// This address on the same host, without its query.
    pub(super) fn address(&self) -> String {
        let host = self.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        format!("http://{}{}", host.unwrap_or("localhost"), self.path)
    }

    /// The same address and query with other values of some parameters; of no value, without.
    pub(super) fn link(&self, with: &[(&str, Option<&str>)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let replaced = |name: &str| with.iter().any(|(other, _)| *other == name);
        query.extend_pairs(self.query.pairs().filter(|(name, _)| !replaced(name)));
        query.extend_pairs(with.iter().filter_map(|(name, value)| Some((name, (*value)?))));
        match query.finish() {
            query if query.is_empty() => self.address(),
            query => format!("{}?{query}", self.address()),
        }
    }

    /// Refuses system query options (`$...`) other than these, and those given twice.
    pub(super) fn options(&self, known: &[&str]) -> Result<(), GraphError> {
        for (name, _) in self.query.pairs().filter(|(name, _)| name.starts_with('$')) {
            if !known.contains(&name) {
                let message = format!("The query option '{name}' is not supported here.");
                return Err(GraphError::bad_query(message));
            }
            if self.query.all(name).nth(1).is_some() {
                let message = format!("The query option '{name}' must be given once.");
                return Err(GraphError::bad_query(message));
            }
        }
        Ok(())
    }

    /// A number in `least..`; `default` where it is absent.
    pub(super) fn number(
        &self,
        name: &str,
        least: usize,
        default: usize,
    ) -> Result<usize, GraphError> {
        let Some(text) = self.query.get(name) else { return Ok(default) };
        text.parse().ok().filter(|number| *number >= least).ok_or_else(|| {
            GraphError::bad_query(format!("Invalid value '{text}' for the query option '{name}'."))
        })
    }

    /// `If-Match`: 412 where none of the etags is the item's.
    pub(super) fn check_precondition(&self, etag: &str) -> Result<(), GraphError> {
        let Some(wanted) = self.headers.get(header::IF_MATCH) else { return Ok(()) };
        let wanted = wanted.to_str().unwrap_or_default();
        let named = wanted.split(',').map(str::trim).any(|one| one == "*" || one == etag);
        if named { Ok(()) } else { Err(GraphError::precondition_failed()) }
    }
}

impl Microsoft {
    /// Lets the call in, and names its account: a living token with a scope that gives the right.
    pub(super) fn admit(&self, call: &Call, right: Right) -> Result<String, GraphError> {
        let bearer = bearer_token(&call.headers)
            .and_then(|token| self.oauth.authenticate(token))
            .ok_or_else(GraphError::unauthenticated)?;
        match (bearer.scopes.iter().any(|scope| right.is_given_by(scope)), right) {
            (true, _) => Ok(bearer.account),
            (false, Right::ReadUser) => Err(GraphError::not_privileged()),
            (false, _) => Err(GraphError::access_denied()),
        }
    }
}

/// Sizes of pages: what a client gets unasked, and at most.
pub(super) struct Sizes {
    default: usize,
    most: usize,
}

pub(super) const PAGE: Sizes = Sizes { default: 10, most: 1000 };

/// A page by `$top` and `$skip`.
pub(super) struct Page {
    pub(super) top: usize,
    pub(super) skip: usize,
}

impl Sizes {
    pub(super) fn of(&self, call: &Call, prefer: &Prefer) -> Result<Page, GraphError> {
        let default = prefer.max_page_size.unwrap_or(self.default).min(self.most);
        let top = call.number("$top", 1, default)?;
        if top > self.most {
            let message = format!("Invalid value '{top}' for the query option '$top'.");
            return Err(GraphError::bad_query(message));
        }
        Ok(Page { top, skip: call.number("$skip", 0, 0)? })
    }
}

impl Page {
    /// Adds the link to the next page where there is one, and `@odata.count` where it was asked.
    pub(super) fn link(&self, call: &Call, count: usize, answer: &mut Value) {
        let next = self.skip.saturating_add(self.top);
        if next < count {
            let skip = next.to_string();
            answer["@odata.nextLink"] = call.link(&[("$skip", Some(&skip))]).into();
        }
        if call.query.get("$count") == Some("true") {
            answer["@odata.count"] = count.into();
        }
    }
}
