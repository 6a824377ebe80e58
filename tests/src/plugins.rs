//! The three plugins, built once for each process.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio, id},
    sync::LazyLock,
};

use serde_json::Value;

const PLUGINS: [&str; 3] = ["google_calendar", "outlook", "hubspot"];

const OF_THIS_PACKAGE: [&str; 5] =
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];

static FILES: LazyLock<BTreeMap<String, PathBuf>> = LazyLock::new(build);
static FOLDER: LazyLock<PathBuf> = LazyLock::new(gather);

/// A plugin's file, as cargo made it.
pub fn plugin_file(name: &str) -> PathBuf {
    FILES.get(name).unwrap_or_else(|| panic!("there is no plugin {name}")).clone()
}

/// A folder with the three plugins, shared by all tests: do not write into it.
pub fn plugin_folder() -> PathBuf {
    FOLDER.clone()
}

/// Where checked copies are loaded from. They are named by their content, so that all tests can
/// share them.
pub(crate) fn cache_folder() -> PathBuf {
    scratch().join("plugin-cache")
}

/// `target/PROFILE`, from `target/PROFILE/program`, from `target/PROFILE/deps/test` or, for doc
/// tests, the same in another place.
fn profile() -> PathBuf {
    let program = env::current_exe().unwrap();
    let folder = program.parent().unwrap();
    let is_profile = folder.ends_with("debug") || folder.ends_with("release");
    if is_profile { folder.to_owned() } else { folder.parent().unwrap().to_owned() }
}

fn scratch() -> PathBuf {
    let folder = profile().with_file_name("tmp").join("system-tests");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn build() -> BTreeMap<String, PathBuf> {
    let mut cargo = cargo_build();
    cargo.args(["--lib", "--message-format=json", "--quiet"]);
    cargo.args(PLUGINS.iter().flat_map(|plugin| ["-p", plugin]));
    let output = cargo.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "cargo build of the plugins failed");
    let messages = String::from_utf8(output.stdout).unwrap();
    messages.lines().filter_map(library).collect()
}

/// `cargo build` into the folder and with the profile of this process.
pub(crate) fn cargo_build() -> Command {
    let profile = profile();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg("build").arg("--target-dir").arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    // Build scripts that watch what cargo told this process of its own package would run anew.
    for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()) {
        if OF_THIS_PACKAGE.iter().any(|prefix| name.starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo
}

/// Name and file of a dynamic library out of one of cargo's messages.
fn library(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let name = message["target"]["name"].as_str()?;
    let files = message["filenames"].as_array()?;
    let library = |file: &&str| file.ends_with(env::consts::DLL_SUFFIX);
    let file = files.iter().filter_map(Value::as_str).find(library)?;
    Some((name.to_owned(), PathBuf::from(file)))
}

fn gather() -> PathBuf {
    let folder = scratch().join("plugins.d");
    fs::create_dir_all(&folder).unwrap();
    for name in PLUGINS {
        place(&plugin_file(name), &folder);
    }
    folder
}

/// Another test process may read the folder at this moment: a file appears as a whole.
fn place(file: &Path, folder: &Path) {
    let name = file.file_name().unwrap();
    let (target, bytes) = (folder.join(name), fs::read(file).unwrap());
    if fs::read(&target).is_ok_and(|known| known == bytes) {
        return;
    }
    let coming = folder.with_file_name(format!("{}.{}", name.to_string_lossy(), id()));
    fs::write(&coming, bytes).unwrap();
    fs::rename(coming, target).unwrap();
}
