use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::ids::UserId;

/// A call that its caller may send again, and be answered as the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatableCall {
    /// For whom. Two users' equal keys have nothing to do with each other.
    pub user: UserId,
    /// `POST /api/calendar/events`: equal keys at two endpoints are two keys. At most 255 bytes.
    pub endpoint: String,
    /// As the caller chose it: 1 to 255 visible ASCII characters.
    pub key: String,
    /// SHA-256 (hex) of all that makes the call this one and no other.
    pub request_hash: String,
}

/// The right to carry a call out; it names the moment at which that began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn(pub DateTime<Utc>);

/// When rows of calls are over.
#[derive(Debug, Clone, Copy)]
pub struct CallLimits {
    /// How long an answer is kept, from the beginning of the call.
    pub kept: chrono::Duration,
    /// How long a call can be in flight: after that its host has died.
    pub longest: chrono::Duration,
}

/// An answer as it is kept: encrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedAnswer {
    /// HTTP status.
    pub status: u16,
    /// The ciphertext of its headers.
    pub headers_enc: String,
    /// The ciphertext of its body.
    pub body_enc: String,
}

// Even ciphertext has no business in a log.
impl std::fmt::Debug for SealedAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}

/// What is known of a call as it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Nothing, or its host died over it: it is to be carried out, and is in flight from now.
    New(Turn),
    /// It is being carried out since this moment.
    InFlight(DateTime<Utc>),
    /// The key was used for another request.
    Other,
    /// It was carried out, with this answer.
    Answered(SealedAnswer),
}

/// Calls in flight and the answers of those that ended, by user, endpoint and key.
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Begins a call. Of any number of equal ones at once one gets `New`. What is over counts as
    /// not there. The user is made if missing.
    async fn begin(
        &self,
        call: &RepeatableCall,
        limits: CallLimits,
        now: DateTime<Utc>,
    ) -> Result<Begun, StoreError>;

    /// Keeps the answer of a call whose turn this is; `false`, and nothing written, where it is
    /// not any more: another took it over, or the user was erased.
    async fn finish(
        &self,
        call: &RepeatableCall,
        turn: Turn,
        answer: &SealedAnswer,
    ) -> Result<bool, StoreError>;

    /// Forgets a call whose turn this is, so that the next equal one is carried out; `false` where
    /// it is not its turn any more, or it has an answer.
    async fn forget(&self, call: &RepeatableCall, turn: Turn) -> Result<bool, StoreError>;

    /// Deletes what is over; says how many.
    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StoreError>;
}
