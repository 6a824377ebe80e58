use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::future::Cache;

use super::{Hub, HubError, Provider, hash_secret};
use crate::{
    domain::{
        ids::{BadUserId, ProviderId, UserId},
        keys::{ApiKey, Right, Session},
    },
    ports::{Deadline, StoreError},
};

/// What an API key starts with.
pub const API_KEY_PREFIX: &str = "mortise_key_";
/// What a session token starts with.
pub const SESSION_PREFIX: &str = "mortise_session_";

/// Who calls: an API key, or one user's browser.
#[derive(Debug, Clone)]
pub enum Access {
    /// The application's backend.
    Key(Arc<ApiKey>),
    /// A browser.
    Session(Arc<Session>),
}

/// A call for one user.
#[derive(Debug, Clone)]
pub struct Caller {
    /// For whom.
    pub user: UserId,
    /// By when the caller must have its answer.
    pub deadline: Deadline,
    access: Access,
}

/// Why a call is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// No `Authorization: Bearer`.
    #[error("no API key or session token was given")]
    Missing,
    /// Not a live key or session.
    #[error("the API key or session token is unknown, revoked or over")]
    Unknown,
    /// An API key without `Mortise-User`.
    #[error("the Mortise-User header is missing")]
    NoUser,
    /// A `Mortise-User` that is no user id.
    #[error(transparent)]
    BadUser(#[from] BadUserId),
    /// A session with a `Mortise-User` of somebody else.
    #[error("a session acts for its own user only")]
    ForeignUser,
    /// A session from a page that it was not made for.
    #[error("this session may not be used from this page")]
    ForeignOrigin,
    /// The right is missing.
    #[error("this needs an API key with the right {}", .0.as_str())]
    MissingRight(Right),
    /// Sessions may not do this at all.
    #[error("this needs an API key; a session is not enough")]
    KeyOnly,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Caller {
    /// Whether the call may touch a provider.
    #[must_use]
    pub fn may_use(&self, provider: &Provider) -> bool {
        self.may_use_named(&provider.id)
    }

    /// The same by its name, for one that may not serve at present.
    #[must_use]
    pub fn may_use_named(&self, provider: &ProviderId) -> bool {
        match &self.access {
            Access::Key(_) => true,
            Access::Session(session) => {
                session.providers.as_ref().is_none_or(|allowed| allowed.contains(provider))
            }
        }
    }

    /// # Errors
    /// `ProviderNotAllowed` unless the call may touch the provider.
    pub(super) fn check(&self, provider: &Provider) -> Result<(), HubError> {
        if self.may_use(provider) {
            return Ok(());
        }
        Err(HubError::ProviderNotAllowed(provider.id.clone()))
    }

    /// # Errors
    /// `MissingRight`, also for every session.
    pub fn require(&self, right: Right) -> Result<(), AccessError> {
        self.access.require(right)
    }

    /// What it may see and do, as one text: two callers with the same one may see each other's
    /// answers.
    pub(super) fn reach(&self) -> String {
        let mut words: Vec<&str> = match &self.access {
            Access::Key(key) => key.rights.iter().map(|right| right.as_str()).collect(),
            Access::Session(session) => match &session.providers {
                None => return "session".to_owned(),
                Some(providers) => providers.iter().map(ProviderId::as_str).collect(),
            },
        };
        words.sort_unstable();
        words.dedup();
        let who = if matches!(self.access, Access::Key(_)) { "key" } else { "session of" };
        format!("{who} {}", words.join(" "))
    }

    /// The page origins that the session was made for; `None`: as configured.
    #[must_use]
    pub fn origins(&self) -> Option<&[String]> {
        match &self.access {
            Access::Key(_) => None,
            Access::Session(session) => session.origins.as_deref(),
        }
    }
}

impl Access {
    /// # Errors
    /// `MissingRight`, also for every session.
    pub fn require(&self, right: Right) -> Result<(), AccessError> {
        match self {
            Self::Key(key) if key.rights.contains(&right) => Ok(()),
            _ => Err(AccessError::MissingRight(right)),
        }
    }

    /// # Errors
    /// `KeyOnly` for a session.
    pub fn key(&self) -> Result<&ApiKey, AccessError> {
        match self {
            Self::Key(key) => Ok(key),
            Self::Session(_) => Err(AccessError::KeyOnly),
        }
    }
}

/// Keys and sessions that were found good a moment ago, by hash.
pub(super) struct AccessCache {
    known: Cache<String, Access>,
    /// How often all were forgotten: what was read before counts no more.
    forgotten: AtomicU64,
}

impl AccessCache {
    pub(super) fn new(ttl: Duration) -> Self {
        let known = Cache::builder().max_capacity(10_000).time_to_live(ttl).build();
        Self { known, forgotten: AtomicU64::default() }
    }
}

impl Hub {
    /// Looks everybody up anew at their next call.
    pub(super) fn forget_access(&self) {
        self.access.forgotten.fetch_add(1, Ordering::SeqCst);
        self.access.known.invalidate_all();
    }

    /// Finds out who calls. A revoked key may be believed for the few seconds of the configured
    /// cache; a wrong one is looked up every time.
    ///
    /// # Errors
    /// `Missing`, `Unknown`, `Store`.
    pub async fn access(&self, bearer: Option<&str>) -> Result<Access, AccessError> {
        let bearer = bearer.ok_or(AccessError::Missing)?;
        let hash = hash_secret(bearer);
        let now = self.ports.clock.now();
        if let Some(known) = self.access.known.get(&hash).await {
            match &known {
                Access::Session(session) if session.expires_at <= now => {
                    self.access.known.invalidate(&hash).await;
                    return Err(AccessError::Unknown);
                }
                _ => return Ok(known),
            }
        }
        let forgotten = self.access.forgotten.load(Ordering::SeqCst);
        let found = if bearer.starts_with(SESSION_PREFIX) {
            self.ports.sessions.find(&hash, now).await?.map(|s| Access::Session(Arc::new(s)))
        } else if bearer.starts_with(API_KEY_PREFIX) {
            self.ports.api_keys.find(&hash).await?.map(|k| Access::Key(Arc::new(k)))
        } else {
            None
        };
        let access = found.ok_or(AccessError::Unknown)?;
        self.access.known.insert(hash.clone(), access.clone()).await;
        if self.access.forgotten.load(Ordering::SeqCst) != forgotten {
            self.access.known.invalidate(&hash).await;
        }
        Ok(access)
    }

    /// Decides for whom a call is. `user` is the `Mortise-User` header, `origin` the browser's;
    /// what is done for it ends by the deadline.
    ///
    /// # Errors
    /// `NoUser`, `BadUser`, `ForeignUser`, `ForeignOrigin`: never a default user.
    pub fn caller(
        &self,
        access: Access,
        user: Option<&str>,
        origin: Option<&str>,
        deadline: Deadline,
    ) -> Result<Caller, AccessError> {
        let user = match &access {
            Access::Key(_) => UserId::new(user.ok_or(AccessError::NoUser)?)?,
            Access::Session(session) => {
                if user.is_some_and(|user| user != session.user.as_str()) {
                    return Err(AccessError::ForeignUser);
                }
                if let (Some(origins), Some(origin)) = (&session.origins, origin)
                    && !origins.iter().any(|allowed| allowed == origin)
                {
                    return Err(AccessError::ForeignOrigin);
                }
                session.user.clone()
            }
        };
        Ok(Caller { user, deadline, access })
    }
}
