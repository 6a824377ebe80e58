//! Encryption at rest: Fernet, as Python's `cryptography` reads and writes it, or a marked clear
//! text where the operator allowed that.

use base64::{
    Engine,
    alphabet::URL_SAFE as ALPHABET,
    engine::DecodePaddingMode,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD},
};
use fernet::Fernet;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::{
    domain::fernet_keys::BadFernetKeys,
    ports::{Cipher, CipherError},
};

// The library refuses a text whose timestamp lies more than this many seconds ahead of the time it
// is given, and Python's `decrypt` without a ttl does not. Told the last second that there is, it
// refuses none: a clock that was set back must not make the stored tokens unreadable.
const END_OF_TIME: u64 = u64::MAX - 60;

/// <https://github.com/fernet/spec/blob/master/Spec.md>: a version, a time, an IV, blocks of
/// ciphertext, an HMAC.
const VERSION: u8 = 0x80;
const AROUND: usize = 1 + 8 + 16 + 32;
const BLOCK: usize = 16;
/// Python writes padding, and the library reads texts without it too.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Fernet with one key or several: the first encrypts, all decrypt.
pub struct FernetCipher {
    first: Fernet,
    others: Vec<Fernet>,
}

impl FernetCipher {
    /// # Errors
    /// [`BadFernetKeys`] for an empty list, or for the first malformed key.
    pub fn new(keys: &[SecretString]) -> Result<Self, BadFernetKeys> {
        let count = keys.len();
        let mut parsed = keys.iter().enumerate().map(|(index, key)| {
            Fernet::new(key.expose_secret())
                .ok_or(BadFernetKeys::Malformed { position: index + 1, count })
        });
        let first = parsed.next().ok_or(BadFernetKeys::None)??;
        Ok(Self { first, others: parsed.collect::<Result<_, _>>()? })
    }
}

impl std::fmt::Debug for FernetCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FernetCipher").field("keys", &(1 + self.others.len())).finish()
    }
}

impl Cipher for FernetCipher {
    fn encrypt(&self, clear: &SecretString) -> String {
        self.first.encrypt(clear.expose_secret().as_bytes())
    }

    fn decrypt(&self, sealed: &str) -> Result<SecretString, CipherError> {
        let clear = std::iter::once(&self.first)
            .chain(&self.others)
            .find_map(|key| open(key, sealed))
            .ok_or_else(|| fault_of(sealed))?;
        secret(&clear)
    }

    fn reencrypt(&self, sealed: &str) -> Result<Option<String>, CipherError> {
        if open(&self.first, sealed).is_some() {
            return Ok(None);
        }
        let clear = self.others.iter().find_map(|key| open(key, sealed));
        clear.map(|clear| Some(self.first.encrypt(&clear))).ok_or_else(|| fault_of(sealed))
    }
}

fn open(key: &Fernet, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    key.decrypt_at_time(sealed, None, END_OF_TIME).ok().map(Zeroizing::new)
}

/// What is wrong with a text that no key opens.
fn fault_of(sealed: &str) -> CipherError {
    let sound = URL_SAFE.decode(sealed).is_ok_and(|bytes| {
        bytes.first() == Some(&VERSION)
            && bytes.len() >= AROUND + BLOCK
            && (bytes.len() - AROUND).is_multiple_of(BLOCK)
    });
    if sound { CipherError::NoKeyFits } else { CipherError::Damaged }
}

const MARK: &str = "base64:";

/// No encryption: `base64:` and the text. For `tokens.allow_unencrypted` alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainCipher;

impl Cipher for PlainCipher {
    fn encrypt(&self, clear: &SecretString) -> String {
        format!("{MARK}{}", STANDARD.encode(clear.expose_secret()))
    }

    /// Reads only what carries the mark: a database that was encrypted stays closed without its
    /// key.
    fn decrypt(&self, sealed: &str) -> Result<SecretString, CipherError> {
        let text = sealed.strip_prefix(MARK).ok_or_else(|| fault_of(sealed))?;
        let clear = STANDARD.decode(text).map_err(|_| CipherError::Damaged)?;
        secret(&Zeroizing::new(clear))
    }

    fn reencrypt(&self, sealed: &str) -> Result<Option<String>, CipherError> {
        self.decrypt(sealed).map(|_| None)
    }
}

fn secret(clear: &[u8]) -> Result<SecretString, CipherError> {
    std::str::from_utf8(clear).map(SecretString::from).map_err(|_| CipherError::Damaged)
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        process::{Command, Stdio},
    };

    use super::*;
    use crate::domain::fernet_keys;

    // Made by Python: Fernet(KEY).encrypt_at_time("ya29.fixture-tökén".encode(), 1700000000)
    const KEY: &str = "bW9ydGlzZSBmaXh0dXJlIGtleSwgMzIgYnl0ZXMgb2s=";
    const TOKEN: &str = "gAAAAABlU_EASW7BOnZBA_LA58hMlcQrszpXrSXkspoyJbFQxEC5hh6b6UxTbzyOo-sGndb\
                         elrqznru-6iqhv_yF_tD7axc7HEoH-0_zd5aLI2omtJbIl4s=";

    fn cipher(keys: &[&str]) -> FernetCipher {
        let keys: Vec<SecretString> = keys.iter().map(|&key| key.into()).collect();
        FernetCipher::new(&keys).unwrap()
    }

    fn opened(cipher: &dyn Cipher, sealed: &str) -> Result<String, CipherError> {
        cipher.decrypt(sealed).map(|clear| clear.expose_secret().to_owned())
    }

    #[test]
    fn a_token_that_python_encrypted_is_read() {
        assert_eq!(opened(&cipher(&[KEY]), TOKEN).unwrap(), "ya29.fixture-tökén");
    }

    #[test]
    fn python_reads_what_the_hub_encrypted() {
        let script = "import sys\n\
                      try:\n    from cryptography.fernet import Fernet\n\
                      except ImportError:\n    sys.exit(77)\n\
                      key, token = sys.stdin.read().split()\n\
                      sys.stdout.buffer.write(Fernet(key).decrypt(token))";
        let python = Command::new("python3")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut python) = python else {
            eprintln!("left out: there is no python3");
            return;
        };
        let sealed = cipher(&[KEY]).encrypt(&"ya29.hub-tökén".into());
        // A python without the package ends without reading.
        let _ = write!(python.stdin.take().unwrap(), "{KEY}\n{sealed}");
        let output = python.wait_with_output().unwrap();
        if output.status.code() == Some(77) {
            eprintln!("left out: python3 has no package cryptography");
            return;
        }
        assert!(output.status.success());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "ya29.hub-tökén");
    }

    #[test]
    fn the_first_key_encrypts_and_all_decrypt() {
        let new = Fernet::generate_key();
        let rotated = cipher(&[&new, KEY]);
        let sealed = rotated.encrypt(&"secret".into());
        assert_eq!(opened(&cipher(&[&new]), &sealed).unwrap(), "secret");
        assert_eq!(opened(&cipher(&[KEY]), &sealed), Err(CipherError::NoKeyFits));
        assert_eq!(opened(&rotated, TOKEN).unwrap(), "ya29.fixture-tökén");
    }

    #[test]
    fn the_same_text_is_encrypted_differently_each_time() {
        let cipher = cipher(&[KEY]);
        assert_ne!(cipher.encrypt(&"secret".into()), cipher.encrypt(&"secret".into()));
    }

    #[test]
    fn a_text_from_before_the_clock_was_set_back_is_read() {
        let ahead = Fernet::new(KEY).unwrap().encrypt_at_time(b"secret", 99_999_999_999);
        assert_eq!(opened(&cipher(&[KEY]), &ahead).unwrap(), "secret");
    }

    #[test]
    fn a_missing_key_is_told_apart_from_a_damaged_text() {
        let cipher = cipher(&[&Fernet::generate_key()]);
        for sound in [TOKEN, TOKEN.trim_end_matches('='), &TOKEN.replace("SW7B", "SW7C")] {
            assert_eq!(opened(&cipher, sound), Err(CipherError::NoKeyFits), "{sound}");
            assert_eq!(cipher.reencrypt(sound), Err(CipherError::NoKeyFits), "{sound}");
        }
        let other_version = TOKEN.replacen("gAAA", "gQAA", 1);
        let no_base64 = TOKEN.replacen("SW7B", "S 7B", 1);
        let cut = &TOKEN[..TOKEN.len() / 2];
        for damaged in ["", "gAAAAA", cut, &other_version, &no_base64, "base64:c2VjcmV0"] {
            assert_eq!(opened(&cipher, damaged), Err(CipherError::Damaged), "{damaged}");
            assert_eq!(cipher.reencrypt(damaged), Err(CipherError::Damaged), "{damaged}");
        }
    }

    #[test]
    fn only_a_text_under_another_key_than_the_first_is_encrypted_again() {
        let new = Fernet::generate_key();
        let rotated = cipher(&[&new, KEY]);
        let again = rotated.reencrypt(TOKEN).unwrap().unwrap();
        assert_eq!(opened(&cipher(&[&new]), &again).unwrap(), "ya29.fixture-tökén");
        assert_eq!(rotated.reencrypt(&again), Ok(None));
        assert_eq!(PlainCipher.reencrypt("base64:c2VjcmV0"), Ok(None));
    }

    #[test]
    fn what_the_right_key_does_not_open_is_not_read() {
        let flipped = TOKEN.replace("SW7B", "SW7C");
        assert_eq!(opened(&cipher(&[KEY]), &flipped), Err(CipherError::NoKeyFits));
    }

    #[test]
    fn the_check_of_the_configuration_takes_and_refuses_the_same_keys() {
        let unpadded = KEY.trim_end_matches('=');
        let standard = KEY.replace('I', "+");
        for key in [KEY, unpadded, &standard, &KEY[1..], &format!("{KEY}AAAA"), "", "hunter2"] {
            let keys = [SecretString::from(key)];
            assert_eq!(fernet_keys::check(&keys).err(), FernetCipher::new(&keys).err(), "{key}");
        }
        assert_eq!(fernet_keys::check(&[]), Err(BadFernetKeys::None));
    }

    #[test]
    fn a_bad_key_is_named_by_its_position_and_not_shown() {
        let error = FernetCipher::new(&[KEY.into(), "hunter2".into()]).unwrap_err();
        assert_eq!(error, BadFernetKeys::Malformed { position: 2, count: 2 });
        assert!(!error.to_string().contains("hunter2"));
        assert_eq!(FernetCipher::new(&[]).unwrap_err(), BadFernetKeys::None);
        assert_eq!(format!("{:?}", cipher(&[KEY])), "FernetCipher { keys: 1 }");
    }

    #[test]
    fn a_clear_text_carries_its_mark() {
        let sealed = PlainCipher.encrypt(&"secret".into());
        assert_eq!(sealed, "base64:c2VjcmV0");
        assert_eq!(opened(&PlainCipher, &sealed).unwrap(), "secret");
        assert_eq!(opened(&PlainCipher, TOKEN), Err(CipherError::NoKeyFits));
        for foreign in ["c2VjcmV0", "base64:?", ""] {
            assert_eq!(opened(&PlainCipher, foreign), Err(CipherError::Damaged), "{foreign}");
        }
    }
}
