use secrecy::SecretString;

/// Why a stored text could not be decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CipherError {
    /// No configured key fits, or the text is damaged.
    #[error("no configured key decrypts it")]
    NoKeyFits,
}

/// Encrypts what is kept.
pub trait Cipher: Send + Sync {
    /// Encrypts with the first key. Two calls with the same text differ.
    fn encrypt(&self, clear: &SecretString) -> String;

    /// Decrypts with whichever key fits. The age of the text does not matter.
    ///
    /// # Errors
    /// [`CipherError::NoKeyFits`].
    fn decrypt(&self, sealed: &str) -> Result<SecretString, CipherError>;
}
