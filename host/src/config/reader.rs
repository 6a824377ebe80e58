//! Takes values out by key and type, and notes what is wrong with them.

use std::{
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use figment::{Source, value::Value};
use secrecy::SecretString;
use url::Url;

use super::{
    error::{Mistake, Origin},
    keys,
    layers::{Layers, typed},
};
use crate::domain::web::is_loopback;

/// Secret files are short; what is longer is another file.
const SECRET_LIMIT: u64 = 64 * 1024;

/// Each method gives `None` where the key is not set, or where a mistake was noted.
pub(super) struct Reader {
    layers: Layers,
    root: Value,
    folder: PathBuf,
    mistakes: Vec<Mistake>,
    warnings: Vec<String>,
}

impl Reader {
    pub(super) fn new(mut layers: Layers, folder: PathBuf) -> Self {
        let mut mistakes = std::mem::take(&mut layers.mistakes);
        let root = layers.figment.find_value("").unwrap_or_else(|error| {
            mistakes.push(Mistake {
                origin: Origin::Nowhere,
                key: String::new(),
                problem: format!("cannot be put together: {}", error.kind),
            });
            Value::from(figment::value::Dict::new())
        });
        Self { layers, root, folder, mistakes, warnings: Vec::new() }
    }

    pub(super) fn finish(self) -> (Vec<Mistake>, Vec<String>) {
        (self.mistakes, self.warnings)
    }

    pub(super) fn root(&self) -> &Value {
        &self.root
    }

    pub(super) fn get(&self, key: &str) -> Option<Value> {
        self.root.find_ref(key).cloned()
    }

    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// Where the key was set; where it is missing, the file that it should be in.
    pub(super) fn origin(&self, key: &str) -> Origin {
        let value = self.root.find_ref(key);
        let source = value
            .and_then(|value| self.layers.figment.get_metadata(value.tag()))
            .and_then(|metadata| metadata.source.as_ref());
        match source {
            Some(Source::File(path)) => Origin::File(path.clone()),
            Some(Source::Custom(_)) => Origin::Variable(self.variable(key)),
            _ => self.layers.file.clone().map_or(Origin::Nowhere, Origin::File),
        }
    }

    /// The variable that set the key, or the first of those that set something below it.
    fn variable(&self, key: &str) -> String {
        let below = format!("{key}.");
        let variables = &self.layers.variables;
        let mut under = variables.range(below.clone()..).take_while(|(k, _)| k.starts_with(&below));
        variables
            .get(key)
            .or_else(|| under.next().map(|(_, name)| name))
            .cloned()
            .unwrap_or_default()
    }

    /// Whether the environment sets the key.
    pub(super) fn is_from_environment(&self, key: &str) -> bool {
        matches!(self.origin(key), Origin::Variable(_))
    }

    pub(super) fn mistake(&mut self, key: &str, problem: impl Into<String>) {
        let origin = self.origin(key);
        self.mistakes.push(Mistake { origin, key: key.to_owned(), problem: problem.into() });
    }

    /// Notes what was expected, and what was found unless it may be secret.
    pub(super) fn unexpected(&mut self, key: &str, expected: &str) {
        let found = match self.get(key) {
            None => return self.mistake(key, format!("is missing; expected {expected}")),
            Some(Value::String(_, text)) if !keys::is_secret(key) => shown(&text),
            Some(Value::Num(_, number)) if !keys::is_secret(key) => {
                let whole = number.to_i128().map(|number| number.to_string());
                whole
                    .or_else(|| number.to_f64().map(|number| number.to_string()))
                    .unwrap_or_default()
            }
            Some(Value::Bool(_, bool)) if !keys::is_secret(key) => bool.to_string(),
            Some(value) => kind(&value).to_owned(),
        };
        self.mistake(key, format!("expected {expected}; found {found}"));
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.get(key)? {
            Value::String(_, text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => {
                self.unexpected(key, "a text");
                None
            }
        }
    }

    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = match self.get(key)? {
            Value::String(_, text) => parse(text.trim()),
            _ => None,
        };
        if parsed.is_none() {
            self.unexpected(key, expected);
        }
        parsed
    }

    pub(super) fn address(&mut self, key: &str) -> Option<SocketAddr> {
        let expected = "an IP address and a port, like \"127.0.0.1:8080\"";
        self.parsed(key, expected, |text| text.parse().ok())
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        let flag = match self.get(key)? {
            Value::String(_, text) if self.is_from_environment(key) => text.parse().ok(),
            value => value.to_bool(),
        };
        if flag.is_none() {
            self.unexpected(key, "true or false");
        }
        flag
    }

    pub(super) fn number(&mut self, key: &str, allowed: RangeInclusive<u32>) -> Option<u32> {
        let number = match self.get(key)? {
            Value::String(_, text) if self.is_from_environment(key) => text.trim().parse().ok(),
            value => value.to_i128().and_then(|number| u32::try_from(number).ok()),
        };
        let number = number.filter(|number| allowed.contains(number));
        if number.is_none() {
            let (least, most) = (allowed.start(), allowed.end());
            self.unexpected(key, &format!("a whole number from {least} to {most}"));
        }
        number
    }

    pub(super) fn seconds(&mut self, key: &str, allowed: RangeInclusive<u32>) -> Option<Duration> {
        self.number(key, allowed).map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// A list of texts; in the environment separated by commas, or as in TOML.
    pub(super) fn list(&mut self, key: &str) -> Option<Vec<String>> {
        let value = match self.get(key)? {
            Value::String(_, text) if self.is_from_environment(key) => {
                if text.trim_start().starts_with('[') {
                    typed(&text)
                } else {
                    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                    Value::from(items.map(Value::from).collect::<Vec<_>>())
                }
            }
            value => value,
        };
        let items = value.into_array().and_then(|items| {
            items.into_iter().map(Value::into_string).collect::<Option<Vec<String>>>()
        });
        if items.is_none() {
            self.unexpected(key, "a list of texts, like [\"a\", \"b\"]");
        }
        items
    }

    /// An address of a vendor: https, or loopback.
    pub(super) fn vendor_url(&mut self, key: &str) -> Option<Url> {
        let expected = "an https URL, or an http URL on this machine";
        self.parsed(key, expected, |text| {
            let url = Url::parse(text).ok()?;
            let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
            let anonymous = url.username().is_empty() && url.password().is_none();
            (safe && anonymous && url.has_host() && url.fragment().is_none()).then_some(url)
        })
    }

    pub(super) fn path(&mut self, key: &str) -> Option<PathBuf> {
        self.text(key).map(|text| self.resolve(Path::new(&text)))
    }

    /// Relative to the file's folder.
    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// A secret that stands under `key` itself, or in the file that `key` with `_file` names; what
    /// the environment sets goes before what the file sets.
    pub(super) fn secret(&mut self, key: &str) -> Option<SecretString> {
        let file_key = format!("{key}_file");
        let inline = self.get(key).is_some();
        if inline && self.get(&file_key).is_some() {
            match (self.is_from_environment(key), self.is_from_environment(&file_key)) {
                (true, false) => return self.inline_secret(key),
                (false, true) => return self.secret_file(&file_key),
                _ => {
                    self.mistake(key, format!("only one of it and `{file_key}` can be set"));
                    return None;
                }
            }
        }
        if inline { self.inline_secret(key) } else { self.secret_file(&file_key) }
    }

    fn inline_secret(&mut self, key: &str) -> Option<SecretString> {
        let secret = self.text(key).map(SecretString::from);
        if let Origin::File(path) = self.origin(key) {
            self.warn_if_world_readable(key, &path);
        }
        secret
    }

    fn secret_file(&mut self, key: &str) -> Option<SecretString> {
        let path = self.path(key)?;
        match read_secret(&path) {
            Ok(secret) => {
                self.warn_if_world_readable(key, &path);
                Some(secret)
            }
            Err(problem) => {
                self.mistake(key, format!("{}: {problem}", path.display()));
                None
            }
        }
    }

    #[cfg(unix)]
    fn warn_if_world_readable(&mut self, key: &str, path: &Path) {
        use std::os::unix::fs::PermissionsExt;
        let Ok(metadata) = std::fs::metadata(path) else { return };
        if metadata.permissions().mode() & 0o004 != 0 {
            let path = path.display();
            self.warn(format!(
                "{path}: holds a secret (`{key}`) and everyone can read it: chmod 600"
            ));
        }
    }

    #[cfg(not(unix))]
    fn warn_if_world_readable(&mut self, _key: &str, _path: &Path) {}
}

fn read_secret(path: &Path) -> Result<SecretString, String> {
    let metadata = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if metadata.len() > SECRET_LIMIT {
        return Err("is too long for a secret".to_owned());
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let text = zeroize::Zeroizing::new(text);
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() { Err("is empty".to_owned()) } else { Ok(secret.into()) }
}

/// A text as it is told in a mistake: short, and without what a URL may hide.
pub(super) fn shown(text: &str) -> String {
    let hides = text.contains("://") && text.contains('@');
    match text {
        "" => "an empty text".to_owned(),
        _ if hides => "a URL with a user or password".to_owned(),
        _ if text.chars().count() > 80 => {
            format!("{:?}...", text.chars().take(80).collect::<String>())
        }
        _ => format!("{text:?}"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(..) => "a text",
        Value::Char(..) => "a character",
        Value::Bool(..) => "true or false",
        Value::Num(..) => "a number",
        Value::Empty(..) => "nothing",
        Value::Dict(..) => "a table",
        Value::Array(..) => "a list",
    }
}
