//! The `mortise` program, built once for each process.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use serde_json::Value;

use crate::plugins;

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(build);

/// The program's file. Building it blocks, the first time for long.
pub(crate) fn program() -> &'static Path {
    &PROGRAM
}

fn build() -> PathBuf {
    let mut cargo = plugins::cargo_build();
    cargo.args(["--message-format=json-render-diagnostics", "-p", "mortise", "--bin", "mortise"]);
    let output = cargo.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "cargo build of mortise failed");
    let messages = String::from_utf8(output.stdout).unwrap();
    let executable = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        (message["target"]["name"] == "mortise").then_some(())?;
        Some(PathBuf::from(message["executable"].as_str()?))
    };
    messages.lines().find_map(executable).expect("cargo says where mortise is")
}

/// A command without the settings of whoever runs the tests: the environment goes before the
/// configuration file.
pub(crate) fn command() -> Command {
    let mut command = Command::new(program());
    for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()) {
        if name.starts_with("MORTISE_") || name == "FERNET_KEY" {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}
