//! Calls that their callers may send again: what was answered is answered again.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::time::Duration;

use super::{Caller, Hub};
use crate::ports::{
    Begun, CallLimits, CipherError, RepeatableCall, SealedAnswer, StoreError, Turn,
};

/// How long an answer is kept.
const KEPT: chrono::Duration = chrono::Duration::hours(24);

/// A call with an `Idempotency-Key`.
pub struct RepeatRequest<'r> {
    /// `POST /api/calendar/events`.
    pub endpoint: String,
    /// The key.
    pub key: String,
    /// All of the request that makes it this one and no other: address, headers, body.
    pub parts: Vec<&'r [u8]>,
    /// How long it can be in flight.
    pub longest: Duration,
}

/// What an answer is, beyond its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerShape {
    /// The hub's own.
    Own,
    /// A problem, still without the id of a request.
    Problem,
    /// A vendor's, passed through as it is.
    Vendor,
}

/// An answer that can be given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: u16,
    /// What it is.
    pub shape: AnswerShape,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// The headers as they are encrypted.
#[derive(Serialize, Deserialize)]
struct Head {
    shape: AnswerShape,
    headers: Vec<(String, String)>,
}

/// What to do about a call.
pub enum Repeat {
    /// Carry it out, and say how it ended.
    CarryOut(CallTurn),
    /// Give this answer again.
    Answered(KeptAnswer),
}

/// A call that is being carried out.
pub struct CallTurn {
    call: RepeatableCall,
    turn: Turn,
}

/// Why a call with a key is not carried out, nor answered as before.
#[derive(Debug, thiserror::Error)]
pub enum RepeatError {
    /// The same call is being carried out.
    #[error("the same call is being carried out")]
    InFlight {
        /// Seconds after which to ask again.
        retry_after: f64,
    },
    /// The key belongs to another request.
    #[error("the idempotency key was used for another request")]
    OtherRequest,
    /// No key decrypts the answer.
    #[error("the call was carried out, but no configured key decrypts its kept answer")]
    Unreadable,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Hub {
    /// Begins a call that has an idempotency key.
    ///
    /// # Errors
    /// See [`RepeatError`].
    pub async fn begin_repeatable(
        &self,
        caller: &Caller,
        request: RepeatRequest<'_>,
    ) -> Result<Repeat, RepeatError> {
        let reach = caller.reach();
        // A session that may do less must not read what was answered to one that may do more.
        let parts = request.parts.into_iter().chain([reach.as_bytes()]);
        let call = RepeatableCall {
            user: caller.user.clone(),
            endpoint: request.endpoint,
            key: request.key,
            request_hash: hash_of(parts),
        };
        let longest = chrono::Duration::from_std(request.longest).unwrap_or(KEPT);
        let (limits, now) = (CallLimits { kept: KEPT, longest }, self.ports.clock.now());
        match self.ports.repeats.begin(&call, limits, now).await? {
            Begun::New(turn) => Ok(Repeat::CarryOut(CallTurn { call, turn })),
            Begun::Answered(sealed) => {
                self.unseal(&sealed).map(Repeat::Answered).map_err(|_| RepeatError::Unreadable)
            }
            Begun::Other => Err(RepeatError::OtherRequest),
            Begun::InFlight(since) => {
                // As long again as it has taken so far.
                let so_far = (now - since).num_seconds().clamp(1, limits.longest.num_seconds());
                Err(RepeatError::InFlight { retry_after: so_far as f64 })
            }
        }
    }

    /// Keeps the answer of a call, so that the next equal one gets it too.
    pub async fn finish_repeatable(&self, turn: CallTurn, answer: &KeptAnswer) {
        let sealed = self.sealed(answer);
        match self.ports.repeats.finish(&turn.call, turn.turn, &sealed).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!("the answer of a call came too late to be kept"),
            Err(error) => tracing::warn!(%error, "the answer of a call could not be kept"),
        }
    }

    /// Forgets a call, so that the next equal one is carried out.
    pub async fn forget_repeatable(&self, turn: CallTurn) {
        if let Err(error) = self.ports.repeats.forget(&turn.call, turn.turn).await {
            tracing::warn!(%error, "a call that failed stays in flight until its time is over");
        }
    }

    fn sealed(&self, answer: &KeptAnswer) -> SealedAnswer {
        let head = Head { shape: answer.shape, headers: answer.headers.clone() };
        let head = serde_json::to_string(&head).unwrap_or_default();
        SealedAnswer {
            status: answer.status,
            headers_enc: self.ports.cipher.encrypt(&SecretString::from(head)),
            body_enc: self.ports.cipher.encrypt(&text_of(&answer.body)),
        }
    }

    fn unseal(&self, sealed: &SealedAnswer) -> Result<KeptAnswer, CipherError> {
        let head = self.ports.cipher.decrypt(&sealed.headers_enc)?;
        let body = self.ports.cipher.decrypt(&sealed.body_enc)?;
        let Head { shape, headers } =
            serde_json::from_str(head.expose_secret()).map_err(|_| CipherError::Damaged)?;
        let body = bytes_of(&body).ok_or(CipherError::Damaged)?;
        Ok(KeptAnswer { status: sealed.status, shape, headers, body })
    }
}

/// Each part with its length, so that no two lists of parts have the same hash.
fn hash_of<'p>(parts: impl Iterator<Item = &'p [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// Bytes as the text that a cipher takes; most bodies are text already.
fn text_of(body: &[u8]) -> SecretString {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    match std::str::from_utf8(body) {
        Ok(text) => format!("text:{text}").into(),
        Err(_) => format!("base64:{}", STANDARD.encode(body)).into(),
    }
}

fn bytes_of(text: &SecretString) -> Option<Vec<u8>> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    match text.expose_secret().split_once(':')? {
        ("text", text) => Some(text.as_bytes().to_vec()),
        ("base64", text) => STANDARD.decode(text).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_part_ends_with_and_the_next_begins_with_tells_two_requests_apart() {
        let hash = |parts: &[&'static str]| hash_of(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(hash(&["ab", "c"]), hash(&["ab", "c"]));
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["ab", "c"]), hash(&["ab", "c", ""]));
        assert_eq!(hash(&[]).len(), 64);
    }

    #[test]
    fn any_body_comes_back_as_it_was() {
        for body in [&b""[..], b"{}", "text: \u{e4}".as_bytes(), b"base64:x", b"\xff\x00\xfe"] {
            assert_eq!(bytes_of(&text_of(body)).as_deref(), Some(body));
        }
        assert_eq!(bytes_of(&"other:x".into()), None);
    }
}
