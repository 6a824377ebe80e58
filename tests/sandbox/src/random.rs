//! Unguessable text for tokens, codes and identifiers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

#[expect(clippy::disallowed_methods, reason = "the vendor's randomness is not the host's Rng port")]
fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // A platform without entropy leaves zeros; a sandbox on such a platform has no secret to keep.
    let _ = getrandom::fill(&mut bytes);
    bytes
}

/// 256 random bits, base64url without padding.
pub(crate) fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// 128 random bits, lower-case hex: an event id that Google's alphabet allows.
pub(crate) fn hex_id() -> String {
    hex::encode(bytes::<16>())
}

/// A random UUID (version 4) in the usual notation.
pub(crate) fn uuid() -> String {
    let mut bytes = bytes::<16>();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex::encode(bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
