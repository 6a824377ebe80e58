//! Plugins and the binary, built as this program was.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::Outcome;

/// The plugins that the hub is measured with.
pub const PLUGINS: [&str; 3] = ["google_calendar", "outlook", "hubspot"];

/// Builds packages into the target directory and in the profile of this program. Answers with
/// their dynamic libraries and binaries, by the name of the target.
///
/// # Errors
/// Where cargo fails; it says why on standard error.
pub fn build(packages: &[&str]) -> Outcome<BTreeMap<String, PathBuf>> {
    let program = env::current_exe()?;
    let is_profile = |folder: &&Path| folder.ends_with("release") || folder.ends_with("debug");
    let profile = program.ancestors().find(is_profile).ok_or("not built by cargo")?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--message-format=json"]);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        // Build scripts that watch these would run anew here, and again at the next build outside.
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    cargo.arg("--target-dir").arg(profile.parent().unwrap_or(profile));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    cargo.args(packages.iter().flat_map(|package| ["-p", *package]));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit());
    let output = cargo.output()?;
    if !output.status.success() {
        return Err(format!("cargo build {packages:?} failed").into());
    }
    let mut files = BTreeMap::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let message: Value = serde_json::from_str(line)?;
        if let Some((name, file)) = product(&message) {
            files.insert(name, file);
        }
    }
    Ok(files)
}

fn product(message: &Value) -> Option<(String, PathBuf)> {
    let name = message["target"]["name"].as_str()?.to_owned();
    let mut files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
    let library = files.find(|file| file.ends_with(env::consts::DLL_SUFFIX));
    let file = message["executable"].as_str().or(library)?;
    Some((name, file.into()))
}
