use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use moka::sync::Cache;
use secrecy::SecretString;

use super::HotTokens;
use crate::ports::{Cipher, CipherError};

/// Access tokens of hot connections in clear text, which is overwritten where it is dropped. Other
/// texts (refresh tokens, kept answers) are opened each time.
pub struct Opened(Cache<String, Arc<OnceLock<SecretString>>>);

impl Opened {
    pub fn new(capacity: u64, ttl: Duration) -> Self {
        let weigh = |sealed: &String, _: &Arc<OnceLock<SecretString>>| {
            u32::try_from(sealed.len() * 2).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(capacity).weigher(weigh).time_to_live(ttl).build())
    }

    /// This text will be asked for, and may be kept open.
    pub fn expect(&self, sealed: &str) {
        if !self.0.contains_key(sealed) {
            self.0.insert(sealed.to_owned(), Arc::default());
        }
    }
}

impl Cipher for HotTokens {
    fn encrypt(&self, clear: &SecretString) -> String {
        self.below.cipher.encrypt(clear)
    }

    fn decrypt(&self, sealed: &str) -> Result<SecretString, CipherError> {
        let Some(place) = self.opened.0.get(sealed) else {
            return self.below.cipher.decrypt(sealed);
        };
        if let Some(clear) = place.get() {
            return Ok(clear.clone());
        }
        let clear = self.below.cipher.decrypt(sealed)?;
        Ok(place.get_or_init(|| clear).clone())
    }

    fn reencrypt(&self, sealed: &str) -> Result<Option<String>, CipherError> {
        self.below.cipher.reencrypt(sealed)
    }
}
