//! `plugins.lock`: which plugin files the operator has accepted, by hash.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::file::{is_plugin_name, write_whole};

const HEADER: &str = "# Written by `mortise plugin add` and `mortise plugin remove`. A file whose \
                      hash is not here is not loaded.\n\n";

/// Why a lock file, or a plugin by it, is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockFault {
    /// Nobody has accepted the plugin.
    #[error("not in plugins.lock: run `mortise plugin add FILE`")]
    NotLocked,
    /// Another file was accepted under this name.
    #[error(
        "differs from plugins.lock: the file has sha256 {found}, the lock names {locked}; if the \
         change is wanted run `mortise plugin add FILE`"
    )]
    Differs {
        /// SHA-256 of the file, hex.
        found: String,
        /// SHA-256 that was accepted.
        locked: String,
    },
    /// The lock file itself.
    #[error("plugins.lock: {0}")]
    Unusable(String),
}

/// One accepted plugin file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockedPlugin {
    /// The plugin's name, as in the configuration.
    pub name: String,
    /// File name without folder.
    pub file: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// The plugin's own version.
    #[serde(default)]
    pub version: String,
    /// The plugin-api version that it was built with.
    #[serde(default)]
    pub plugin_api: String,
}

/// The accepted plugins, sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginLock {
    #[serde(default, rename = "plugin")]
    plugins: Vec<LockedPlugin>,
}

impl PluginLock {
    /// Reads a lock file; one that is not there accepts nothing.
    ///
    /// # Errors
    /// `Unusable` where it cannot be read, is not such TOML, or names a plugin twice.
    pub fn read(path: &Path) -> Result<Self, LockFault> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(LockFault::Unusable(error.to_string())),
        }
    }

    /// Reads the text of a lock file.
    ///
    /// # Errors
    /// `Unusable`, as [`read`](Self::read).
    pub fn parse(text: &str) -> Result<Self, LockFault> {
        let mut lock: Self = toml::from_str(text)
            .map_err(|error| LockFault::Unusable(super::refusal::one_line(error.message())))?;
        lock.plugins.sort_by(|a, b| a.name.cmp(&b.name));
        for plugin in &lock.plugins {
            if !is_plugin_name(&plugin.name) {
                return Err(LockFault::Unusable(format!("{:?} is no plugin's name", plugin.name)));
            }
            let is_hash = plugin.sha256.len() == 64
                && plugin.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            if !is_hash {
                let name = &plugin.name;
                return Err(LockFault::Unusable(format!(
                    "the sha256 of {name} is not 64 hex digits in lower case"
                )));
            }
        }
        match lock.plugins.windows(2).find(|pair| pair[0].name == pair[1].name) {
            Some(pair) => Err(LockFault::Unusable(format!("{} is named twice", pair[0].name))),
            None => Ok(lock),
        }
    }

    /// Writes the lock file in one step.
    ///
    /// # Errors
    /// `Unusable` where it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), LockFault> {
        let text = toml::to_string(self).map_err(|error| LockFault::Unusable(error.to_string()))?;
        write_whole(path, format!("{HEADER}{text}").as_bytes(), 0o644)
            .map_err(|error| LockFault::Unusable(error.to_string()))
    }

    /// The accepted plugins, sorted by name.
    #[must_use]
    pub fn plugins(&self) -> &[LockedPlugin] {
        &self.plugins
    }

    /// An accepted plugin.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&LockedPlugin> {
        self.plugins.iter().find(|plugin| plugin.name == name)
    }

    /// Accepts a plugin in place of what was accepted under its name.
    pub fn put(&mut self, plugin: LockedPlugin) {
        self.remove(&plugin.name);
        let at = self.plugins.partition_point(|other| other.name < plugin.name);
        self.plugins.insert(at, plugin);
    }

    /// Takes a plugin out; whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.plugins.len();
        self.plugins.retain(|plugin| plugin.name != name);
        self.plugins.len() < before
    }

    /// Whether a file was accepted under a name.
    ///
    /// # Errors
    /// `NotLocked`, `Differs`.
    pub fn check(&self, name: &str, sha256: &str) -> Result<(), LockFault> {
        let locked = self.get(name).ok_or(LockFault::NotLocked)?;
        if locked.sha256 == sha256 {
            return Ok(());
        }
        Err(LockFault::Differs { found: sha256.to_owned(), locked: locked.sha256.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(name: &str, digit: char) -> LockedPlugin {
        LockedPlugin {
            name: name.to_owned(),
            file: format!("lib{name}.so"),
            sha256: digit.to_string().repeat(64),
            version: "1.2.3".to_owned(),
            plugin_api: "1.0.0".to_owned(),
        }
    }

    #[test]
    fn a_lock_is_written_sorted_and_reads_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plugins.lock");
        let mut lock = PluginLock::default();
        lock.put(plugin("outlook", 'a'));
        lock.put(plugin("google_calendar", 'b'));
        lock.put(plugin("outlook", 'c'));
        lock.write(&path).unwrap();
        assert_eq!(PluginLock::read(&path).unwrap(), lock);
        let text = fs::read_to_string(&path).unwrap();
        let names: Vec<_> = text.lines().filter(|line| line.starts_with("name")).collect();
        assert_eq!(names, ["name = \"google_calendar\"", "name = \"outlook\""]);
    }

    #[test]
    fn a_missing_lock_accepts_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let lock = PluginLock::read(&dir.path().join("plugins.lock")).unwrap();
        assert_eq!(lock.check("outlook", &"a".repeat(64)), Err(LockFault::NotLocked));
    }

    #[test]
    fn another_hash_than_the_accepted_one_names_both() {
        let mut lock = PluginLock::default();
        lock.put(plugin("outlook", 'a'));
        let text = lock.check("outlook", &"b".repeat(64)).unwrap_err().to_string();
        assert!(text.starts_with("differs from plugins.lock"), "{text}");
        assert!(text.contains(&"a".repeat(64)) && text.contains(&"b".repeat(64)), "{text}");
    }

    #[test]
    fn a_lock_that_was_edited_wrongly_is_refused_with_the_reason() {
        let of = |text: &str| PluginLock::parse(text).unwrap_err().to_string();
        assert!(of("[[plugin]]\nname = \"x\"\n").contains("missing field"));
        let entry = |sha: &str| {
            format!("[[plugin]]\nname = \"x\"\nfile = \"libx.so\"\nsha256 = \"{sha}\"\n")
        };
        assert!(of(&entry("abc")).contains("64 hex digits"));
        let twice = entry(&"a".repeat(64)).repeat(2);
        assert_eq!(of(&twice), "plugins.lock: x is named twice");
    }
}
