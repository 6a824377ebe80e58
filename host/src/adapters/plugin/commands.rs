//! What `mortise plugin add FILE`, `list` and `remove NAME` do.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use mortise_plugin_api::Manifest;

use super::{
    file::{PluginFile, native_file_name, plugin_name},
    folder::{base_name, file_names, find},
    load::LoadedPlugin,
    lock::{LockFault, LockedPlugin, PluginLock},
    refusal::Refusal,
};

/// Where plugins are kept.
#[derive(Debug, Clone)]
pub struct PluginPaths {
    /// The plugin folder.
    pub dir: PathBuf,
    /// Private copies.
    pub cache_dir: PathBuf,
    /// `plugins.lock`.
    pub lock: PathBuf,
}

/// Why a command did nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The file name does not say what the plugin is called.
    #[error("{0} is not named like a plugin file: libNAME.so, NAME.dll or libNAME.dylib")]
    FileName(String),
    /// The file is not one that would be loaded.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// `plugins.lock` cannot be used.
    #[error(transparent)]
    Lock(#[from] LockFault),
    /// No such plugin, in the folder or in the lock.
    #[error("there is no plugin {0}, neither in the folder nor in plugins.lock")]
    Unknown(String),
    /// The folder cannot be written.
    #[error("{path}: {source}")]
    Io {
        /// What could not be written or removed.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// A plugin that was accepted. Prints as what an operator wants to know before enabling it.
#[derive(Debug, Clone)]
pub struct Added {
    /// What the lock now says.
    pub locked: LockedPlugin,
    /// Bytes.
    pub size: u64,
    /// What the plugin says of itself.
    pub manifest: Manifest,
    /// Whether another file was accepted under this name before.
    pub replaced: bool,
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { locked, size, manifest, replaced } = self;
        let verb = if *replaced { "replaced" } else { "added" };
        writeln!(f, "{verb} {} ({})", locked.name, manifest.name)?;
        writeln!(f, "  version    {} (plugin-api {})", locked.version, locked.plugin_api)?;
        writeln!(f, "  file       {} ({size} bytes)", locked.file)?;
        writeln!(f, "  sha256     {}", locked.sha256)?;
        writeln!(f, "  API        {}", manifest.api_base)?;
        let hosts = if manifest.hosts.is_empty() {
            "none besides".to_owned()
        } else {
            manifest.hosts.join(", ")
        };
        writeln!(f, "  hosts      {hosts}")?;
        writeln!(f, "  authorize  {}", manifest.oauth.authorize_url)?;
        writeln!(f, "  token      {}", manifest.oauth.token_url)?;
        for scope in &manifest.scopes {
            writeln!(f, "  scope      {}: {}", scope.name, scope.why)?;
        }
        write!(f, "enable it with a section [providers.{}] in the configuration", manifest.id)
    }
}

/// SHA-256 (hex) and size in bytes of a file that would be added; none of its code runs.
///
/// # Errors
/// See [`CommandError`].
pub fn fingerprint(file: &Path) -> Result<(String, u64), CommandError> {
    let called = base_name(file);
    plugin_name(&called).ok_or_else(|| CommandError::FileName(called.clone()))?;
    let refused = |fault| Refusal::File { file: called.clone(), fault };
    let read = PluginFile::read(file, None).map_err(refused)?;
    read.check().map_err(refused)?;
    Ok((read.sha256.clone(), read.size()))
}

/// Checks a plugin file and loads it in this process to read its manifest; then copies it into the
/// plugin folder and writes its hash to `plugins.lock`. A file that is refused changes nothing.
///
/// # Errors
/// See [`CommandError`].
pub fn add(file: &Path, paths: &PluginPaths) -> Result<Added, CommandError> {
    let called = base_name(file);
    let name = plugin_name(&called).ok_or_else(|| CommandError::FileName(called.clone()))?;
    let mut lock = PluginLock::read(&paths.lock)?;
    let read = PluginFile::read(file, None)
        .map_err(|fault| Refusal::File { file: called.clone(), fault })?;
    let plugin = LoadedPlugin::load(&read, &paths.cache_dir)?;
    let manifest = plugin.manifest().clone();

    let destination = destination(&paths.dir, name)?;
    fs::create_dir_all(&paths.dir)
        .and_then(|()| read.write_to(&destination, 0o644))
        .map_err(|source| CommandError::Io { path: destination.display().to_string(), source })?;
    let locked = LockedPlugin {
        name: name.to_owned(),
        file: base_name(&destination),
        sha256: read.sha256.clone(),
        version: manifest.version.clone(),
        plugin_api: manifest.plugin_api.clone(),
    };
    let replaced = lock.get(name).is_some_and(|before| before.sha256 != locked.sha256);
    lock.put(locked.clone());
    lock.write(&paths.lock)?;
    Ok(Added { locked, size: read.size(), manifest, replaced })
}

/// The file to write: the one that is there under the name, else one named as is usual here.
fn destination(dir: &Path, name: &str) -> Result<PathBuf, Refusal> {
    match find(dir, name) {
        Ok(path) => Ok(path),
        Err(Refusal::NotFound { .. }) => Ok(dir.join(native_file_name(name))),
        Err(other) => Err(other),
    }
}

/// How a plugin file stands to the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The file is the accepted one.
    Accepted,
    /// The file is another one.
    Differs,
    /// In the folder, not in the lock.
    NotLocked,
    /// In the lock, not in the folder.
    Missing,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Accepted => "accepted",
            Self::Differs => "differs",
            Self::NotLocked => "not locked",
            Self::Missing => "missing",
        })
    }
}

/// One plugin in the folder or the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The plugin's name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Its version, as accepted.
    pub version: Option<String>,
    /// SHA-256 of the file; of the lock where it is missing.
    pub sha256: Option<String>,
    /// How the two agree.
    pub standing: Standing,
}

/// A list that prints as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginList(pub Vec<Listed>);

impl fmt::Display for PluginList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no plugins");
        }
        let name = self.0.iter().map(|plugin| plugin.name.len()).max().unwrap_or(0).max(4);
        let file = self.0.iter().map(|plugin| plugin.file.len()).max().unwrap_or(0).max(4);
        write!(f, "{:name$}  {:10}  {:10}  {:file$}  sha256", "name", "version", "state", "file")?;
        for plugin in &self.0 {
            let version = plugin.version.as_deref().unwrap_or("-");
            let sha256 = plugin.sha256.as_deref().unwrap_or("-");
            write!(
                f,
                "\n{:name$}  {version:10}  {:10}  {:file$}  {sha256}",
                plugin.name, plugin.standing, plugin.file
            )?;
        }
        Ok(())
    }
}

/// Lists the plugins in the folder and in the lock, sorted by name. Loads nothing.
///
/// # Errors
/// `Lock`.
pub fn list(paths: &PluginPaths) -> Result<PluginList, CommandError> {
    let lock = PluginLock::read(&paths.lock)?;
    let mut listed = Vec::new();
    for file in file_names(&paths.dir) {
        let Some(name) = plugin_name(&file) else { continue };
        let sha256 =
            PluginFile::read(&paths.dir.join(&file), Some(&paths.dir)).ok().map(|read| read.sha256);
        let locked = lock.get(name);
        let standing = match (locked, &sha256) {
            (None, _) => Standing::NotLocked,
            (Some(locked), Some(sha256)) if locked.sha256 == *sha256 => Standing::Accepted,
            (Some(_), _) => Standing::Differs,
        };
        listed.push(Listed {
            name: name.to_owned(),
            file: file.clone(),
            version: locked
                .filter(|_| standing == Standing::Accepted)
                .map(|locked| locked.version.clone()),
            sha256,
            standing,
        });
    }
    for locked in lock.plugins() {
        if !listed.iter().any(|plugin| plugin.name == locked.name) {
            listed.push(Listed {
                name: locked.name.clone(),
                file: locked.file.clone(),
                version: Some(locked.version.clone()),
                sha256: Some(locked.sha256.clone()),
                standing: Standing::Missing,
            });
        }
    }
    listed.sort_by(|a, b| (&a.name, &a.file).cmp(&(&b.name, &b.file)));
    Ok(PluginList(listed))
}

/// Takes a plugin out of the lock and deletes its files from the folder. A host that runs keeps
/// what it has loaded.
///
/// # Errors
/// `Unknown`, `Lock`, `Io`.
pub fn remove(name: &str, paths: &PluginPaths) -> Result<(), CommandError> {
    let mut lock = PluginLock::read(&paths.lock)?;
    let locked = lock.remove(name);
    let files: Vec<_> = file_names(&paths.dir)
        .into_iter()
        .filter(|file| plugin_name(file) == Some(name))
        .map(|file| paths.dir.join(file))
        .collect();
    if !locked && files.is_empty() {
        return Err(CommandError::Unknown(name.to_owned()));
    }
    // The lock first: a file that stays behind is then not loaded.
    if locked {
        lock.write(&paths.lock)?;
    }
    for path in files {
        fs::remove_file(&path)
            .map_err(|source| CommandError::Io { path: path.display().to_string(), source })?;
    }
    Ok(())
}
