//! The shape of encryption keys, so that a bad one is told with the configuration's other mistakes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Why a list of keys cannot be used. Holds nothing of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFernetKeys {
    /// The list is empty.
    #[error("there is no key")]
    None,
    /// One of them is malformed.
    #[error(
        "key {position} of {count} is no Fernet key: that is 32 random bytes in URL-safe base64, \
         44 characters"
    )]
    Malformed {
        /// Counted from 1.
        position: usize,
        /// How many there are.
        count: usize,
    },
}

/// Whether a list of keys can be used.
///
/// # Errors
/// [`BadFernetKeys`] for an empty list, or for the first malformed key.
pub fn check(keys: &[SecretString]) -> Result<(), BadFernetKeys> {
    let count = keys.len();
    if count == 0 {
        return Err(BadFernetKeys::None);
    }
    match keys.iter().position(|key| !has_shape(key)) {
        Some(index) => Err(BadFernetKeys::Malformed { position: index + 1, count }),
        None => Ok(()),
    }
}

fn has_shape(key: &SecretString) -> bool {
    let text = key.expose_secret().trim_end_matches('=');
    URL_SAFE_NO_PAD.decode(text).map(Zeroizing::new).is_ok_and(|bytes| bytes.len() == 32)
}
