//! Plugin files: finding one, reading it, and the private copy that is loaded.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::binary;

/// More than any plugin needs; a limit so that a wrong file does not fill the memory.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
const SUFFIXES: [&str; 3] = [".so", ".dylib", ".dll"];

/// Why a file is not loaded. Each prints as one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// Nothing in it.
    #[error("empty file")]
    Empty,
    /// Shorter than its headers say: an upload or copy that broke off.
    #[error("cut off: the file has {has} bytes, its headers need {needs}")]
    CutOff {
        /// Bytes that are there.
        has: u64,
        /// Bytes that the headers promise.
        needs: u64,
    },
    /// Text, an archive, an executable, anything else.
    #[error("not a dynamic library")]
    NotALibrary,
    /// Headers that contradict each other.
    #[error("a damaged dynamic library: {0}")]
    Damaged(String),
    /// Another architecture, width, byte order or system.
    #[error("built for {built_for}; this host is {host}")]
    OtherMachine {
        /// The file's machine.
        built_for: String,
        /// This one.
        host: String,
    },
    /// A library, but nobody's plugin.
    #[error("exports no Mortise plugin module")]
    NoModule,
    /// A folder, a pipe, a device.
    #[error("not a regular file")]
    NotAFile,
    /// A symbolic link to a file elsewhere.
    #[error("a symbolic link that leaves the plugin folder: copy the file itself into it")]
    LinkOutside,
    /// Anyone on this machine may change it.
    #[error("anyone may write to it (mode {mode:o}): chmod o-w it, and see who did")]
    WorldWritable {
        /// Permission bits.
        mode: u32,
    },
    /// Anyone on this machine may put files into the plugin folder, and all of them are trusted.
    #[error("anyone may write to the plugin folder (mode {mode:o}): chmod o-w it")]
    FolderWritable {
        /// Permission bits.
        mode: u32,
    },
    /// Over 256 MiB.
    #[error("{0} bytes are more than a plugin has")]
    TooLarge(u64),
    /// The system would not read it.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The private copy could not be made.
    #[error("no private copy of it could be made in {folder}: {reason}")]
    NoCopy {
        /// The cache folder.
        folder: String,
        /// The system's reason.
        reason: String,
    },
}

/// A plugin file as it was read, once; what is checked, hashed, copied and loaded are these bytes.
pub struct PluginFile {
    /// Name without folder.
    pub file_name: String,
    /// SHA-256, hex.
    pub sha256: String,
    bytes: Vec<u8>,
}

impl PluginFile {
    /// Reads a file, which need not be a plugin.
    ///
    /// # Errors
    /// `NotAFile`, `WorldWritable`, `LinkOutside` where it is reached from `folder` by a link that
    /// leaves it, `TooLarge`, `Unreadable`.
    pub fn read(path: &Path, folder: Option<&Path>) -> Result<Self, FileFault> {
        let real = fs::canonicalize(path).map_err(unreadable)?;
        if let Some(folder) = folder {
            let folder = fs::canonicalize(folder).map_err(unreadable)?;
            if !real.starts_with(folder) {
                return Err(FileFault::LinkOutside);
            }
        }
        // Before opening: a pipe would wait for a writer.
        check_metadata(&fs::symlink_metadata(&real).map_err(unreadable)?)?;
        let file = fs::File::open(&real).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        check_metadata(&metadata)?;
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(FileFault::TooLarge(bytes.len() as u64));
        }
        let file_name =
            path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Ok(Self { file_name, sha256: sha256(&bytes), bytes })
    }

    /// Checks that the bytes are a whole plugin for this machine.
    ///
    /// # Errors
    /// See [`binary::check`].
    pub fn check(&self) -> Result<(), FileFault> {
        binary::check(&self.bytes)
    }

    /// Length in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Writes the bytes to `path` in one step: whoever opens it sees the old file or the new one.
    ///
    /// # Errors
    /// The system's.
    pub fn write_to(&self, path: &Path, mode: u32) -> io::Result<()> {
        write_whole(path, &self.bytes, mode)
    }

    /// The path of a private copy under the content's hash, made where it is missing or is not
    /// what its name says.
    ///
    /// # Errors
    /// `NoCopy`.
    pub fn private_copy(&self, cache_dir: &Path) -> Result<PathBuf, FileFault> {
        let no_copy =
            |reason: String| FileFault::NoCopy { folder: cache_dir.display().to_string(), reason };
        make_private(cache_dir).map_err(|error| no_copy(error.to_string()))?;
        let path = cache_dir.join(format!("{}{}", self.sha256, std::env::consts::DLL_SUFFIX));
        let kept = fs::symlink_metadata(&path)
            .is_ok_and(|found| found.is_file() && found.len() == self.size())
            && fs::read(&path).is_ok_and(|bytes| bytes == self.bytes);
        if !kept {
            self.write_to(&path, 0o500).map_err(|error| no_copy(error.to_string()))?;
        }
        // dlopen searches the system's folders for a name without a slash.
        fs::canonicalize(&path).map_err(|error| no_copy(error.to_string()))
    }
}

/// Writes a file beside `path` and renames it there.
pub(super) fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = mode;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// A file name's plugin name: without `lib` and ending. `None` for other files.
#[must_use]
pub fn plugin_name(file_name: &str) -> Option<&str> {
    let stem = SUFFIXES.iter().find_map(|suffix| file_name.strip_suffix(suffix))?;
    let name = stem.strip_prefix("lib").unwrap_or(stem);
    is_plugin_name(name).then_some(name)
}

/// The name that a plugin's file gets in the folder: `libNAME.so` on Linux.
#[must_use]
pub fn native_file_name(name: &str) -> String {
    format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// Letters, digits, `_` and `-`, at most 64: never a path.
#[must_use]
pub fn is_plugin_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The files in a folder that go by a plugin's name: those with this system's ending where there
/// is one, else those with another's (so that the reason can say what they are).
#[must_use]
pub fn candidates(dir: &Path, name: &str) -> Vec<PathBuf> {
    let with = |suffix: &str| {
        ["lib", ""]
            .into_iter()
            .map(|prefix| dir.join(format!("{prefix}{name}{suffix}")))
            .filter(|path| fs::symlink_metadata(path).is_ok())
            .collect::<Vec<_>>()
    };
    let native = with(std::env::consts::DLL_SUFFIX);
    if native.is_empty() { SUFFIXES.into_iter().flat_map(with).collect() } else { native }
}

/// SHA-256, hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn unreadable(error: io::Error) -> FileFault {
    FileFault::Unreadable(error.to_string())
}

fn check_metadata(metadata: &fs::Metadata) -> Result<(), FileFault> {
    if !metadata.is_file() {
        return Err(FileFault::NotAFile);
    }
    if metadata.len() > MAX_BYTES {
        return Err(FileFault::TooLarge(metadata.len()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o002 != 0 {
            return Err(FileFault::WorldWritable { mode });
        }
    }
    Ok(())
}

/// Checks that not everyone can put files into a folder.
pub(super) fn check_folder(folder: &Path) -> Result<(), FileFault> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder).map_err(unreadable)?.permissions().mode() & 0o7777;
        if mode & 0o002 != 0 {
            return Err(FileFault::FolderWritable { mode });
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Makes the folder, mode 0700, or checks that one that is there is nobody else's to write. It is
/// not changed: it may be a wrong one, `/tmp`.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let found = fs::metadata(folder)?;
        // A file that this process makes has its user: the plain way to ask who that is.
        let own = tempfile::tempfile_in(folder)?.metadata()?.uid();
        if found.uid() != own {
            return Err(io::Error::other("the folder belongs to another user"));
        }
        if found.permissions().mode() & 0o022 != 0 {
            return Err(io::Error::other("others may write to the folder: chmod go-w it"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_name_is_never_a_path() {
        for bad in ["", "..", "../x", "a/b", "a\\b", "a.b", "_x", "-x", "ü", &"x".repeat(65)] {
            assert!(!is_plugin_name(bad), "{bad}");
        }
        assert!(is_plugin_name("google_calendar"));
        assert!(is_plugin_name("exchange-2019"));
    }

    #[test]
    fn a_file_name_gives_the_name_with_or_without_lib() {
        assert_eq!(plugin_name("libgoogle_calendar.so"), Some("google_calendar"));
        assert_eq!(plugin_name("outlook.dll"), Some("outlook"));
        assert_eq!(plugin_name("libhubspot.dylib"), Some("hubspot"));
        assert_eq!(plugin_name("plugins.lock"), None);
        assert_eq!(plugin_name("libx.so.1"), None);
    }

    #[test]
    fn a_private_copy_that_was_changed_is_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("cache");
        fs::write(dir.path().join("x.so"), b"the bytes").unwrap();
        let file = PluginFile::read(&dir.path().join("x.so"), None).unwrap();
        let copy = file.private_copy(&cache).unwrap();
        fs::remove_file(&copy).unwrap();
        fs::write(&copy, b"the byte5").unwrap();
        assert_eq!(file.private_copy(&cache).unwrap(), copy);
        assert_eq!(fs::read(&copy).unwrap(), b"the bytes");
    }

    #[cfg(unix)]
    #[test]
    fn private_copies_are_nobody_elses() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("x.so"), b"the bytes").unwrap();
        let file = PluginFile::read(&dir.path().join("x.so"), None).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let cache = dir.path().join("deep/cache");
        let copy = file.private_copy(&cache).unwrap();
        assert_eq!((mode(&cache), mode(&copy)), (0o700, 0o500));
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
        let fault = file.private_copy(&cache).unwrap_err().to_string();
        assert!(fault.ends_with("others may write to the folder: chmod go-w it"), "{fault}");
        assert_eq!(mode(&cache), 0o777);
    }

    #[test]
    fn a_folder_is_not_read_as_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let fault = PluginFile::read(dir.path(), None).err();
        assert_eq!(fault, Some(FileFault::NotAFile));
    }
}
