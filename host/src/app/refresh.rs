use std::{sync::Arc, time::Duration};

use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use super::{
    Hub, HubError, Provider,
    tokens::{AccessToken, is_due, lives_at},
};
use crate::{
    domain::{
        connection::{Grant, IntegrationStatus, SealedTokens, StoredToken},
        ids::IntegrationId,
    },
    ports::{CipherError, Deadline, GrantError, Lease, LeaseEnd, StoreError},
};

/// Tries of one due refresh, while there is no valid token to go on with.
const TRIES: u32 = 3;
/// A lease lasts so much longer than the exchange may: for what comes before and after it, and for
/// clocks of a distributed database that differ.
const LEASE_MARGIN: Duration = Duration::from_secs(3);
/// A lease that came later than this after it was asked for is asked for again.
const LATE: Duration = Duration::from_secs(1);
/// Pauses between two looks whether another hub is done.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// The rest that a vendor is left after its first failure and at most; each failure doubles it.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(60);
/// After so long the still valid token is not used any more before it was looked again.
const HOLD: Duration = Duration::from_secs(1);
/// How long a new token is tried to be kept while the database does not answer.
const KEEP_TRYING: Duration = Duration::from_secs(60);
/// When to ask again for a token that is being refreshed.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// Until when another hub or a failing vendor is left alone, and the still valid token used.
#[derive(Clone, Copy)]
pub(super) struct RefreshHold {
    pub(super) until: Instant,
    pub(super) version: i64,
}

pub(super) type RefreshOutcome = Result<AccessToken, RefreshError>;

/// Why there is no valid token. Shared by all who waited.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum RefreshError {
    #[error("disconnected meanwhile")]
    NotConnected,
    #[error("the vendor refused the refresh token")]
    NeedsReauth,
    #[error("the stored tokens cannot be read: {0}")]
    Unreadable(CipherError),
    #[error("the vendor failed a moment ago")]
    Resting(Duration),
    #[error(transparent)]
    Grant(GrantError),
    #[error(transparent)]
    Store(StoreError),
}

impl RefreshError {
    pub(super) fn at(self, provider: &Provider) -> HubError {
        let id = provider.id.clone();
        match self {
            Self::NotConnected => HubError::NotConnected(id),
            Self::NeedsReauth => HubError::NeedsReauth(id),
            Self::Unreadable(error) => HubError::TokensUnreadable { provider: id, error },
            Self::Resting(wait) => HubError::RefreshResting { provider: id, wait },
            Self::Grant(error) => HubError::RefreshFailed { provider: id, error },
            Self::Store(error) => HubError::Store(error),
        }
    }
}

impl From<StoreError> for RefreshError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Why a refresh is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The token is near its end, or over it.
    Due,
    /// The vendor refused the token of this version.
    Refused(i64),
    /// The token ends within this time, and nobody asked for it yet.
    Ahead(chrono::Duration),
}

impl Hub {
    /// The outcome of the refresh under way, or of a new one. It goes on when the caller's time is
    /// over.
    pub(super) async fn refresh(
        self: &Arc<Self>,
        provider: &Arc<Provider>,
        id: IntegrationId,
        cause: Cause,
        deadline: Deadline,
    ) -> Result<AccessToken, HubError> {
        let (hub, with) = (Arc::clone(self), Arc::clone(provider));
        let work = || async move { hub.refresh_alone(&with, id, cause).await };
        match tokio::time::timeout(deadline.left(), self.refreshes.run(id, work)).await {
            Ok(Some(outcome)) => outcome.map_err(|error| error.at(provider)),
            Ok(None) => {
                Err(StoreError::Unavailable("the refresh was interrupted".to_owned()).into())
            }
            Err(_) => {
                let provider = provider.id.clone();
                Err(HubError::RefreshInProgress { provider, wait: ASK_AGAIN })
            }
        }
    }

    /// The one refresh of a connection in this process. Over all processes the lease lets one go
    /// to the vendor; the others look until they see its token.
    async fn refresh_alone(
        &self,
        provider: &Provider,
        id: IntegrationId,
        cause: Cause,
    ) -> RefreshOutcome {
        let mut pause = FIRST_PAUSE;
        loop {
            let stored = self.ports.tokens.load(id).await?.ok_or(RefreshError::NotConnected)?;
            let now = self.ports.clock.now();
            let served_already = match cause {
                Cause::Due => !is_due(&stored, now),
                Cause::Refused(version) => stored.version != version,
                Cause::Ahead(time) => lives_at(&stored, now + time),
            };
            if served_already {
                return self.open(id, &stored);
            }
            let still_valid = !matches!(cause, Cause::Refused(_)) && lives_at(&stored, now);
            let Some(refresh_token) = self.refresh_token(id, &stored).await? else {
                // No way to a new one: the last seconds of this one are still good.
                return match still_valid {
                    true => self.open(id, &stored),
                    false => self.give_up(id, &stored, "the vendor gave no refresh token").await,
                };
            };
            let due = Due { id, stored, refresh_token, still_valid };
            match self.lease(provider, &due).await? {
                Lease::Taken { failures } => {
                    return self.refresh_leased(provider, &due, failures).await;
                }
                Lease::Dead => return Err(RefreshError::NeedsReauth),
                Lease::Held(left) | Lease::Resting(left) if still_valid => {
                    return self.use_meanwhile(&due, left).await;
                }
                Lease::Resting(left) => return Err(RefreshError::Resting(left)),
                // A holder that was killed says nothing: its lease ends by itself.
                Lease::Held(_) | Lease::Overtaken => sleep(self.jittered(pause)).await,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn refresh_token(
        &self,
        id: IntegrationId,
        stored: &StoredToken,
    ) -> Result<Option<SecretString>, RefreshError> {
        let Some(sealed) = &stored.refresh_token_enc else { return Ok(None) };
        match self.ports.cipher.decrypt(sealed) {
            Ok(token) => Ok(Some(token)),
            Err(fault) => Err(self.unreadable(id, stored, fault).await),
        }
    }

    /// A lease with the time of a whole exchange before it. It is the process's: the single flight
    /// tells its refreshes apart.
    async fn lease(&self, provider: &Provider, due: &Due) -> Result<Lease, StoreError> {
        let (tokens, version) = (&self.ports.tokens, due.stored.version);
        let length = lease_length(provider);
        let asked = Instant::now();
        let lease = tokens.lease(due.id, version, &self.name, length).await?;
        if matches!(lease, Lease::Taken { .. }) && asked.elapsed() > LATE {
            // It may be half over already.
            return tokens.lease(due.id, version, &self.name, length).await;
        }
        Ok(lease)
    }

    async fn refresh_leased(
        &self,
        provider: &Provider,
        due: &Due,
        failures: u32,
    ) -> RefreshOutcome {
        match self.exchange(provider, due).await {
            Ok(grant) => self.keep(provider, due, grant).await,
            Err(GrantError::InvalidGrant { code }) => {
                let why = format!("the vendor refused the refresh token ({code})");
                let outcome = self.give_up(due.id, &due.stored, &why).await;
                self.release(due.id, LeaseEnd::Done).await;
                outcome
            }
            Err(error) => {
                let rest = self.rest_after(failures, &error);
                self.release(due.id, LeaseEnd::Failed(rest)).await;
                if !due.still_valid {
                    return Err(RefreshError::Grant(error));
                }
                tracing::warn!(integration.id = %due.id, provider = %provider.id, %error,
                    "token refresh failed; the present token is still valid and is used");
                self.use_meanwhile(due, rest).await
            }
        }
    }

    /// One exchange, repeated where the vendor is failing and there is no token to go on with.
    async fn exchange(&self, provider: &Provider, due: &Due) -> Result<Grant, GrantError> {
        let mut tries = 1;
        loop {
            let result = self.ports.oauth.refresh(&provider.oauth, &due.refresh_token).await;
            metrics::counter!("mortise_token_refreshes_total",
                "provider" => provider.id.to_string(),
                "outcome" => if result.is_ok() { "ok" } else { "failed" })
            .increment(1);
            match result {
                // A rotated refresh token may be spent although the answer was lost: repeating is
                // the only way to find out.
                Err(error) if error.is_temporary() && !due.still_valid && tries < TRIES => {
                    if was_not_sent(&error) {
                        return Err(error);
                    }
                    sleep(backoff(tries, self.ports.rng.bytes32()[0])).await;
                    // The lease of the first try may end before the second does.
                    if !matches!(self.lease(provider, due).await, Ok(Lease::Taken { .. })) {
                        return Err(error);
                    }
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    async fn keep(&self, provider: &Provider, due: &Due, grant: Grant) -> RefreshOutcome {
        let id = due.id;
        let sealed = self.seal(&grant, self.ports.clock.now());
        let kept = self.store(due, &sealed, grant.scopes.as_deref()).await?;
        self.refresh_holds.invalidate(&id).await;
        match kept {
            Some(version) => {
                tracing::debug!(integration.id = %id, provider = %provider.id, "token refreshed");
                Ok(AccessToken {
                    integration: id,
                    token: grant.access_token,
                    token_type: sealed.token_type,
                    expires_at: sealed.expires_at,
                    version,
                })
            }
            // Somebody connected again or disconnected meanwhile: theirs counts.
            None => {
                let newer = self.ports.tokens.load(id).await?.ok_or(RefreshError::NotConnected)?;
                self.open(id, &newer)
            }
        }
    }

    /// The old refresh token may be spent by now: while the database is away the new one is not
    /// given up. One that was stored although the database's answer was lost is found afterwards.
    async fn store(
        &self,
        due: &Due,
        sealed: &SealedTokens,
        scopes: Option<&[String]>,
    ) -> Result<Option<i64>, StoreError> {
        let end = Deadline::after(KEEP_TRYING);
        let mut pause = FIRST_PAUSE;
        loop {
            let (version, now) = (due.stored.version, self.ports.clock.now());
            match self.ports.tokens.store_if(due.id, version, sealed, scopes, now).await {
                Err(StoreError::Unavailable(why)) if end.leaves(pause) => {
                    tracing::warn!(integration.id = %due.id, why,
                        "a refreshed token could not be stored yet; trying again");
                    sleep(self.jittered(pause)).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                other => return other,
            }
        }
    }

    /// Marks the connection dead, unless its tokens were replaced meanwhile.
    async fn give_up(&self, id: IntegrationId, stored: &StoredToken, why: &str) -> RefreshOutcome {
        let (status, now) = (IntegrationStatus::NeedsReauth, self.ports.clock.now());
        let version = Some(stored.version);
        if self.ports.connections.set_status(id, status, Some(why), version, now).await? {
            tracing::warn!(integration.id = %id, reason = why, "connection needs a new consent");
            return Err(RefreshError::NeedsReauth);
        }
        let newer = self.ports.tokens.load(id).await?.ok_or(RefreshError::NotConnected)?;
        self.open(id, &newer)
    }

    async fn use_meanwhile(&self, due: &Due, time: Duration) -> RefreshOutcome {
        let until = Instant::now() + time.min(HOLD);
        let hold = RefreshHold { until, version: due.stored.version };
        self.refresh_holds.insert(due.id, hold).await;
        self.open(due.id, &due.stored)
    }

    async fn release(&self, id: IntegrationId, end: LeaseEnd) {
        if let Err(error) = self.ports.tokens.release(id, &self.name, end).await {
            tracing::warn!(integration.id = %id, %error, "a lease was not released; it ends itself");
        }
    }

    /// Full jitter: many connections to one vendor that failed together do not come back together.
    fn rest_after(&self, failures: u32, error: &GrantError) -> Duration {
        let told = match error {
            GrantError::Unreachable(error) => error.retry_after(),
            _ => None,
        };
        let most = FIRST_REST.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST_REST);
        told.unwrap_or_default().max(most.mul_f64(self.share())).clamp(FIRST_PAUSE, LONGEST_REST)
    }

    /// Between half and the whole of it.
    fn jittered(&self, whole: Duration) -> Duration {
        whole.mul_f64(0.5 + self.share() / 2.0)
    }

    /// Random, from 0 to 1.
    fn share(&self) -> f64 {
        let [one, two, ..] = self.ports.rng.bytes32();
        f64::from(u16::from_be_bytes([one, two])) / f64::from(u16::MAX)
    }
}

/// A refresh that is to be made.
struct Due {
    id: IntegrationId,
    stored: StoredToken,
    refresh_token: SecretString,
    /// Whether the present token can be used meanwhile.
    still_valid: bool,
}

/// The lease outlives the HTTP timeout: a slow vendor must not let a second replica spend the same
/// refresh token.
pub(super) fn lease_length(provider: &Provider) -> Duration {
    provider.limits.timeout + LEASE_MARGIN
}

/// Whether the hub itself held the request back.
fn was_not_sent(error: &GrantError) -> bool {
    matches!(error, GrantError::Unreachable(error) if error.retry_after().is_some())
}

/// 100 ms, 400 ms, ..., each between half and the whole of it.
fn backoff(tries: u32, random: u8) -> Duration {
    let whole = 100 * 4_u64.pow(tries - 1);
    Duration::from_millis(whole / 2 + whole / 2 * u64::from(random) / 255)
}
