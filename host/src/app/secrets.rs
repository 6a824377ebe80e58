use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use crate::ports::Rng;

/// A secret that is given out once and kept as a hash.
pub struct NewSecret {
    /// What is given out: a prefix that says what it is, and 256 random bits.
    pub text: SecretString,
    /// What is kept.
    pub hash: String,
}

impl NewSecret {
    /// Draws a secret.
    #[must_use]
    pub fn draw(rng: &dyn Rng, prefix: &str) -> Self {
        let text = format!("{prefix}{}", base64url(&rng.bytes32()));
        Self { hash: hash_secret(&text), text: text.into() }
    }
}

/// SHA-256, hex. The secrets have 256 random bits, so that nothing slower is needed.
#[must_use]
pub fn hash_secret(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Base64url without padding (RFC 4648 5).
pub(super) fn base64url(bytes: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}
