//! How tokens are kept.

use secrecy::{ExposeSecret, SecretString};

use super::{ServerConfig, TokenProtection, reader::Reader};
use crate::domain::fernet_keys;

const KEY: &str = "tokens.fernet_key";

pub(super) fn tokens(
    reader: &mut Reader,
    server: Option<&ServerConfig>,
) -> Option<TokenProtection> {
    let is_set = reader.get(KEY).is_some() || reader.get("tokens.fernet_key_file").is_some();
    let allow_unencrypted = reader.flag("tokens.allow_unencrypted");
    if is_set {
        return keys(reader);
    }
    if !allow_unencrypted? {
        reader.mistake(
            KEY,
            "is missing, and tokens are not kept without encryption; expected FERNET_KEY in the \
             environment or `tokens.fernet_key_file`, for example from \
             `openssl rand -base64 32 | tr '+/' '-_'`",
        );
        return None;
    }
    if server.is_some_and(|server| !server.bind.ip().is_loopback()) {
        reader.mistake(
            "tokens.allow_unencrypted",
            "works on a loopback address only, and `server.bind` is none; expected an encryption \
             key (FERNET_KEY), or `server.bind` on 127.0.0.1",
        );
        return None;
    }
    reader.warn("tokens are kept without encryption (`tokens.allow_unencrypted`)".to_owned());
    Some(TokenProtection::Unencrypted)
}

fn keys(reader: &mut Reader) -> Option<TokenProtection> {
    let list = reader.secret(KEY)?;
    let keys: Vec<SecretString> = list
        .expose_secret()
        .split([',', '\n'])
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .map(SecretString::from)
        .collect();
    match fernet_keys::check(&keys) {
        Ok(()) => Some(TokenProtection::Fernet(keys)),
        Err(error) => {
            let file = "tokens.fernet_key_file";
            reader.mistake(if reader.get(KEY).is_some() { KEY } else { file }, error.to_string());
            None
        }
    }
}
