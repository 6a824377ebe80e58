//! Ids as Outlook makes them: long, opaque, and of two kinds.
//!
//! The usual id of an event changes when the event is moved to another calendar; the immutable
//! one (`Prefer: IdType="ImmutableId"`) does not. Paths take both.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::local::in_range;

/// Names an event, or one occurrence of a series, in a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) serial: u64,
    /// How often the event was moved.
    pub(super) moves: u32,
    /// Start of an occurrence by its series' pattern, in milliseconds since 1970.
    pub(super) original: Option<i64>,
}

/// An id that a client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventId {
    pub(super) serial: u64,
    /// Nothing in an immutable id.
    pub(super) moves: Option<u32>,
    pub(super) original: Option<DateTime<Utc>>,
}

const PREFIX: &str = "AAMkAG";
const CALENDAR: u8 = 1;
const EVENT: u8 = 2;
const IMMUTABLE: u8 = 3;
const NO_ORIGINAL: i64 = i64::MIN;
/// Kind, mailbox, serial, moves, original: not divisible by three, so that ids end in `=`.
const LENGTH: usize = 1 + 8 + 8 + 4 + 8;

pub(super) fn calendar_id(account: &str, serial: u64) -> String {
    write(CALENDAR, account, serial, 0, NO_ORIGINAL)
}

pub(super) fn event_id(account: &str, key: Key, immutable: bool) -> String {
    let (kind, moves) = if immutable { (IMMUTABLE, 0) } else { (EVENT, key.moves) };
    write(kind, account, key.serial, moves, key.original.unwrap_or(NO_ORIGINAL))
}

/// Reads an event's id of this account.
pub(super) fn read_event_id(account: &str, id: &str) -> Option<EventId> {
    let bytes = URL_SAFE.decode(id.strip_prefix(PREFIX)?).ok()?;
    let bytes: [u8; LENGTH] = bytes.try_into().ok()?;
    let (kind, rest) = (bytes[0], &bytes[1..]);
    let (mailbox, rest) = rest.split_first_chunk::<8>()?;
    let (serial, rest) = rest.split_first_chunk::<8>()?;
    let (moves, rest) = rest.split_first_chunk::<4>()?;
    let original = i64::from_be_bytes(rest.try_into().ok()?);
    if *mailbox != mark(account) || !matches!(kind, EVENT | IMMUTABLE) {
        return None;
    }
    let original = match original {
        NO_ORIGINAL => None,
        at => Some(DateTime::from_timestamp_millis(at).filter(in_range)?),
    };
    let moves = (kind == EVENT).then(|| u32::from_be_bytes(*moves));
    Some(EventId { serial: u64::from_be_bytes(*serial), moves, original })
}

fn write(kind: u8, account: &str, serial: u64, moves: u32, original: i64) -> String {
    let mut bytes = Vec::with_capacity(LENGTH);
    bytes.push(kind);
    bytes.extend(mark(account));
    bytes.extend(serial.to_be_bytes());
    bytes.extend(moves.to_be_bytes());
    bytes.extend(original.to_be_bytes());
    format!("{PREFIX}{}", URL_SAFE.encode(bytes))
}

/// Tells the ids of one mailbox from another's.
fn mark(account: &str) -> [u8; 8] {
    let digest = Sha256::digest(account);
    std::array::from_fn(|at| digest[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_in_its_own_mailbox_only() {
        let key = Key { serial: 7, moves: 2, original: Some(1_796_000_000_000) };
        let usual = event_id("ada@example.com", key, false);
        let immutable = event_id("ada@example.com", key, true);
        assert_ne!(usual, immutable);
        assert!(usual.ends_with('='), "{usual}");
        let read = read_event_id("ada@example.com", &usual).unwrap();
        assert_eq!((read.serial, read.moves), (7, Some(2)));
        assert_eq!(read.original, DateTime::from_timestamp_millis(1_796_000_000_000));
        assert_eq!(read_event_id("ada@example.com", &immutable).unwrap().moves, None);
        assert_eq!(read_event_id("bob@example.com", &usual), None);
        assert_eq!(read_event_id("ada@example.com", "nonsense"), None);
    }
}
