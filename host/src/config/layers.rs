//! The three layers, laid over one another. Which one a value came from stays known.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use figment::{
    Figment, Metadata, Profile, Provider, Source,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};

use super::error::{ConfigErrors, Mistake, Origin};

const DEFAULTS: &str = include_str!("../../../config/default.toml");
const PREFIX: &str = "MORTISE__";

/// The variable that other tools know the encryption key by.
pub(super) const FERNET_KEY: &str = "FERNET_KEY";

/// The merged values.
pub(super) struct Layers {
    pub(super) figment: Figment,
    /// The file, where one was read.
    pub(super) file: Option<PathBuf>,
    /// The variables that set something, by the key that they set.
    pub(super) variables: BTreeMap<String, String>,
    /// Of the environment.
    pub(super) mistakes: Vec<Mistake>,
}

impl Layers {
    /// A file that cannot be read or is no TOML ends it: nothing could be said of its keys.
    pub(super) fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigErrors> {
        let mut figment = Figment::new().merge(Text { text: DEFAULTS.to_owned(), file: None });
        if let Some(path) = file {
            let text = read_file(path)?;
            figment = figment.merge(Text { text, file: Some(path.to_owned()) });
        }
        let environment = Environment::new(environment);
        figment = figment.merge(&environment);
        let Environment { variables, mistakes, .. } = environment;
        Ok(Self { figment, file: file.map(Path::to_owned), variables, mistakes })
    }
}

fn read_file(path: &Path) -> Result<String, ConfigErrors> {
    let mistake = |problem: String| {
        let origin = Origin::File(path.to_owned());
        ConfigErrors(vec![Mistake { origin, key: String::new(), problem }])
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| mistake(format!("cannot be read: {error}")))?;
    // The library's own report quotes the line, which may hold a secret.
    if let Err(error) = text.parse::<toml::Table>() {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
        return Err(mistake(format!("line {line} is no TOML: {}", error.message())));
    }
    Ok(text)
}

/// The defaults or a file.
struct Text {
    text: String,
    file: Option<PathBuf>,
}

impl Provider for Text {
    fn metadata(&self) -> Metadata {
        match &self.file {
            Some(path) => Metadata::from("file", Source::File(path.clone())),
            None => Metadata::named("defaults"),
        }
    }

    fn data(&self) -> figment::error::Result<Map<Profile, Dict>> {
        Toml::string(&self.text).data()
    }
}

/// The variables that concern us, as text: what they mean is decided by the key that they set, so
/// that a secret of digits stays what it is.
struct Environment {
    values: Dict,
    variables: BTreeMap<String, String>,
    mistakes: Vec<Mistake>,
}

impl Environment {
    fn new(environment: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut this =
            Self { values: Dict::new(), variables: BTreeMap::new(), mistakes: Vec::new() };
        let mut ours: Vec<(String, OsString)> = environment
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, value)| {
                (name == FERNET_KEY || name.starts_with(PREFIX)) && !value.is_empty()
            })
            .collect();
        ours.sort();
        for (name, value) in ours {
            match value.into_string() {
                Ok(value) => this.add(&name, value),
                Err(_) => this.mistake(&name, "is not UTF-8"),
            }
        }
        this
    }

    fn mistake(&mut self, name: &str, problem: &str) {
        self.mistakes.push(Mistake {
            origin: Origin::Variable(name.to_owned()),
            key: String::new(),
            problem: problem.to_owned(),
        });
    }

    fn add(&mut self, name: &str, value: String) {
        let Some(path) = name.strip_prefix(PREFIX) else {
            return self.insert(name, &["tokens", "fernet_key"], value.into());
        };
        let path = path.to_ascii_lowercase();
        let parts: Vec<&str> = path.split("__").collect();
        if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) {
            return self.mistake(name, "names no key; expected MORTISE__SECTION__KEY");
        }
        let value = match parts.as_slice() {
            // Free text of which only the plugin knows the types: written as in TOML.
            ["providers", _, "settings", ..] => typed(&value),
            _ => value.into(),
        };
        self.insert(name, &parts, value);
    }

    fn insert(&mut self, name: &str, path: &[&str], value: Value) {
        let Some((last, tables)) = path.split_last() else { return };
        let mut table = Some(&mut self.values);
        for &part in tables {
            let next = table.map(|table| {
                table.entry(part.to_owned()).or_insert_with(|| Value::from(Dict::new()))
            });
            table = match next {
                Some(Value::Dict(_, inner)) => Some(inner),
                _ => None,
            };
        }
        match table {
            Some(table) if !table.contains_key(*last) => {
                table.insert((*last).to_owned(), value);
                self.variables.insert(path.join("."), name.to_owned());
            }
            Some(_) => self.mistake(name, "sets what another variable sets already"),
            None => self.mistake(name, "lies below a key that another variable sets to a text"),
        }
    }
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::from("environment", Source::Custom("environment".to_owned()))
    }

    fn data(&self) -> figment::error::Result<Map<Profile, Dict>> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

/// The value that a text is in TOML's writing; what has none is a text.
pub(super) fn typed(text: &str) -> Value {
    let table = format!("value = {text}").parse::<toml::Table>().unwrap_or_default();
    match table.get("value") {
        Some(value) if table.len() == 1 => Value::serialize(value).unwrap_or_else(|_| text.into()),
        _ => text.into(),
    }
}
