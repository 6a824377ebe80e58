//! The plugin folder: loads each file once and keeps what became of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    file::{PluginFile, candidates, check_folder, is_plugin_name, native_file_name, plugin_name},
    load::LoadedPlugin,
    lock::PluginLock,
    provider::{PluginProvider, ProviderOptions},
    refusal::Refusal,
};
use crate::{
    domain::plugins::{PluginReport, PluginState, Trust},
    ports::OutboundHttp,
};

/// The folder that operators drop plugin files into.
pub struct PluginFolder {
    dir: PathBuf,
    cache_dir: PathBuf,
    trust: Trust,
    lock: PluginLock,
    known: Mutex<BTreeMap<String, Known>>,
}

/// What became of one plugin.
struct Known {
    file: Option<String>,
    sha256: Option<String>,
    outcome: Result<Arc<LoadedPlugin>, Refusal>,
    serves: BTreeSet<String>,
    refused: BTreeMap<String, Refusal>,
}

impl PluginFolder {
    /// A folder whose files are loaded by way of private copies in `cache_dir` (made where it is
    /// missing, mode 0700). Nothing is read yet.
    #[must_use]
    pub fn new(
        dir: impl Into<PathBuf>,
        cache_dir: impl Into<PathBuf>,
        trust: Trust,
        lock: PluginLock,
    ) -> Self {
        Self { dir: dir.into(), cache_dir: cache_dir.into(), trust, lock, known: Mutex::default() }
    }

    /// A plugin by its name, `google_calendar` for `libgoogle_calendar.so`. The first call reads
    /// and loads the file, which blocks; later ones answer the same, whatever became of the file.
    ///
    /// # Errors
    /// See [`Refusal`]: one line, with the file's name.
    pub fn load(&self, name: &str) -> Result<Arc<LoadedPlugin>, Refusal> {
        self.known_as(&mut self.known(), name).outcome.clone()
    }

    /// A provider out of the plugin that its options name, loaded where it is not yet. What
    /// becomes of it is kept for [`reports`](Self::reports).
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn provider(
        &self,
        options: &ProviderOptions,
        http: Arc<dyn OutboundHttp>,
    ) -> Result<PluginProvider, Refusal> {
        let mut known = self.known();
        let plugin = self.known_as(&mut known, &options.plugin);
        let made = match &plugin.outcome {
            Ok(loaded) => loaded.provider(options, http),
            Err(refusal) => Err(refusal.clone()),
        };
        match &made {
            Ok(_) => {
                plugin.refused.remove(&options.provider);
                plugin.serves.insert(options.provider.clone());
            }
            Err(refusal) => {
                plugin.refused.insert(options.provider.clone(), refusal.clone());
            }
        }
        made
    }

    /// What is known of every plugin that was asked for, and of the files that none asked for;
    /// sorted by name. A plugin that serves one provider and refused another comes twice.
    #[must_use]
    pub fn reports(&self) -> Vec<PluginReport> {
        let known = self.known();
        let mut reports = Vec::new();
        for (name, plugin) in known.iter() {
            self.report_known(name, plugin, &mut reports);
        }
        for file in file_names(&self.dir) {
            if let Some(name) = plugin_name(&file)
                && !known.contains_key(name)
            {
                reports.push(PluginReport {
                    file: Some(file.clone()),
                    ..self.blank(name, PluginState::Unused)
                });
            }
        }
        reports.sort_by(|a, b| a.name.cmp(&b.name));
        reports
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known_as<'a>(&self, known: &'a mut BTreeMap<String, Known>, name: &str) -> &'a mut Known {
        known.entry(name.to_owned()).or_insert_with(|| {
            let (mut file, mut sha256) = (None, None);
            let outcome = self.find_and_load(name, &mut file, &mut sha256).map(Arc::new);
            Known { file, sha256, outcome, serves: BTreeSet::new(), refused: BTreeMap::new() }
        })
    }

    fn find_and_load(
        &self,
        name: &str,
        file_name: &mut Option<String>,
        sha256: &mut Option<String>,
    ) -> Result<LoadedPlugin, Refusal> {
        let path = find(&self.dir, name)?;
        let called = base_name(&path);
        *file_name = Some(called.clone());
        let in_file = |fault| Refusal::File { file: called.clone(), fault };
        if self.trust == Trust::Any {
            check_folder(&self.dir).map_err(in_file)?;
        }
        let file = PluginFile::read(&path, Some(&self.dir)).map_err(in_file)?;
        *sha256 = Some(file.sha256.clone());
        // Damage first: "cut off" tells an operator more than "differs".
        file.check().map_err(in_file)?;
        if self.trust == Trust::Locked {
            self.lock
                .check(name, &file.sha256)
                .map_err(|fault| Refusal::Lock { file: called.clone(), fault })?;
        }
        LoadedPlugin::load(&file, &self.cache_dir)
    }

    fn report_known(&self, name: &str, plugin: &Known, reports: &mut Vec<PluginReport>) {
        let blank = |state| PluginReport {
            file: plugin.file.clone(),
            sha256: plugin.sha256.clone(),
            version: plugin.outcome.as_ref().ok().map(|loaded| loaded.manifest().version.clone()),
            plugin_api: plugin
                .outcome
                .as_ref()
                .ok()
                .map(|loaded| loaded.manifest().plugin_api.clone()),
            ..self.blank(name, state)
        };
        match &plugin.outcome {
            Err(refusal) => reports.push(PluginReport {
                providers: plugin.refused.keys().cloned().collect(),
                reason: Some(refusal.to_string()),
                ..blank(PluginState::Refused)
            }),
            Ok(_) => {
                if !plugin.serves.is_empty() || plugin.refused.is_empty() {
                    reports.push(PluginReport {
                        providers: plugin.serves.iter().cloned().collect(),
                        ..blank(PluginState::Loaded)
                    });
                }
                reports.extend(plugin.refused.iter().map(|(provider, refusal)| PluginReport {
                    providers: vec![provider.clone()],
                    reason: Some(refusal.to_string()),
                    ..blank(PluginState::Refused)
                }));
            }
        }
    }

    fn blank(&self, name: &str, state: PluginState) -> PluginReport {
        PluginReport {
            name: name.to_owned(),
            file: None,
            providers: Vec::new(),
            state,
            reason: None,
            version: None,
            plugin_api: None,
            sha256: None,
            trust: self.trust.as_str().to_owned(),
        }
    }
}

/// The one file that goes by a plugin's name.
pub(super) fn find(dir: &Path, name: &str) -> Result<PathBuf, Refusal> {
    if !is_plugin_name(name) {
        return Err(Refusal::BadName { name: name.chars().take(64).collect() });
    }
    let mut found = candidates(dir, name).into_iter();
    match (found.next(), found.next()) {
        (Some(path), None) => Ok(path),
        (Some(first), Some(second)) => Err(Refusal::Ambiguous {
            name: name.to_owned(),
            first: base_name(&first),
            second: base_name(&second),
        }),
        (None, _) => Err(Refusal::NotFound {
            name: name.to_owned(),
            folder: dir.display().to_string(),
            expected: native_file_name(name),
        }),
    }
}

/// The names in a folder, sorted; none where it cannot be read.
pub(super) fn file_names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<_> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

pub(super) fn base_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &[u8])]) -> (tempfile::TempDir, PluginFolder) {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        let cache = dir.path().join("cache");
        let folder = PluginFolder::new(dir.path(), cache, Trust::Any, PluginLock::default());
        (dir, folder)
    }

    fn refusal(folder: &PluginFolder, name: &str) -> String {
        folder.load(name).err().unwrap().to_string()
    }

    #[test]
    fn a_name_that_is_a_path_is_not_looked_for() {
        let (_dir, folder) = folder(&[]);
        assert!(refusal(&folder, "../x").contains("is not a plugin's name"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_missing_file_is_named_as_it_should_be_called() {
        let (_dir, folder) = folder(&[]);
        let reason = refusal(&folder, "outlook");
        assert!(reason.starts_with("no file for the plugin outlook in "), "{reason}");
        assert!(reason.ends_with("liboutlook.so is missing"), "{reason}");
        let report = &folder.reports()[0];
        assert_eq!((report.state, report.file.as_deref()), (PluginState::Refused, None));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn two_files_of_one_name_are_not_guessed_between() {
        let (_dir, folder) = folder(&[("libx.so", b"a"), ("x.so", b"b")]);
        assert_eq!(
            refusal(&folder, "x"),
            "libx.so and x.so are both the plugin x: remove one of them"
        );
    }

    #[test]
    fn files_that_no_provider_uses_are_listed_and_not_read() {
        let (_dir, folder) = folder(&[("liby.so", b""), ("plugins.lock", b""), ("a.txt", b"")]);
        let reports = folder.reports();
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].name, "y");
        assert_eq!(reports[0].state, PluginState::Unused);
        assert_eq!((&reports[0].sha256, &reports[0].reason), (&None, &None));
    }

    #[test]
    fn a_file_is_judged_once() {
        let (dir, folder) = folder(&[("libx.so", b"")]);
        assert!(refusal(&folder, "x").contains("empty file"));
        fs::write(dir.path().join("libx.so"), b"text").unwrap();
        assert!(refusal(&folder, "x").contains("empty file"));
    }
}
