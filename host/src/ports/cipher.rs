use secrecy::SecretString;

/// Why a stored text could not be decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CipherError {
    /// Its form is sound, and none of the configured keys opens it: a key is missing. (Bits that
    /// were changed within an intact form look the same: only the right key tells them apart.)
    #[error("no configured key fits")]
    NoKeyFits,
    /// It is no encrypted text, so no key can open it.
    #[error("damaged: cut off, changed, or never encrypted")]
    Damaged,
}

/// Encrypts what is kept.
pub trait Cipher: Send + Sync {
    /// Encrypts with the first key. Two calls with the same text differ.
    fn encrypt(&self, clear: &SecretString) -> String;

    /// Decrypts with whichever key fits. The age of the text does not matter.
    ///
    /// # Errors
    /// See [`CipherError`].
    fn decrypt(&self, sealed: &str) -> Result<SecretString, CipherError>;

    /// The same text under the first key; `None` where it is under that key already.
    ///
    /// # Errors
    /// As [`decrypt`](Self::decrypt).
    fn reencrypt(&self, sealed: &str) -> Result<Option<String>, CipherError>;
}
