//! What cargo makes of the hub and its plugins.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tokio::process::Command;

use crate::error::DemoError;

/// The files.
pub struct Built {
    pub host: PathBuf,
    /// In the order asked for.
    pub plugins: Vec<PathBuf>,
}

/// Builds the hub and these plugins. Cargo shows its progress and what it has to say on standard
/// error.
///
/// # Errors
/// `Cargo`, `Build`, `NotBuilt`.
pub async fn build(workspace: &Path, plugins: &[&str]) -> Result<Built, DemoError> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--message-format=json-render-diagnostics", "-p", "mortise"]);
    for plugin in plugins {
        cargo.args(["-p", plugin]);
    }
    for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()) {
        if is_of_this_package(&name) {
            cargo.env_remove(name);
        }
    }
    // Not `output()`, which takes standard error too.
    let output = cargo
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .map_err(DemoError::Cargo)?
        .wait_with_output()
        .await
        .map_err(DemoError::Cargo)?;
    if !output.status.success() {
        return Err(DemoError::Build(output.status));
    }
    found(&String::from_utf8_lossy(&output.stdout), plugins)
}

/// Whether `cargo run` told this program something about its own package. Build scripts that
/// watch such variables would run anew with each change between `cargo demo` and `cargo build`.
fn is_of_this_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Reads the files from cargo's messages, one JSON object on each line.
fn found(messages: &str, plugins: &[&str]) -> Result<Built, DemoError> {
    let artifacts: Vec<Value> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .collect();
    let of = |name: &str| -> Vec<&Value> {
        artifacts.iter().filter(|it| it["target"]["name"] == name).collect()
    };
    let host = of("mortise").iter().find_map(|it| it["executable"].as_str());
    let plugin = |name: &&str| {
        let files = of(name).into_iter().filter_map(|it| it["filenames"].as_array()).flatten();
        let mut libraries =
            files.filter_map(Value::as_str).filter(|file| file.ends_with(env::consts::DLL_SUFFIX));
        let file = libraries.next().ok_or_else(|| DemoError::NotBuilt((*name).to_owned()))?;
        Ok(PathBuf::from(file))
    };
    Ok(Built {
        host: host.ok_or_else(|| DemoError::NotBuilt("mortise".to_owned()))?.into(),
        plugins: plugins.iter().map(plugin).collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn messages() -> String {
        let library = format!("/t/lib{}{}", "outlook", env::consts::DLL_SUFFIX);
        let lines = [
            json!({"reason": "build-script-executed"}),
            json!({"reason": "compiler-artifact", "target": {"name": "mortise"},
                "filenames": ["/t/libmortise.rlib"], "executable": null}),
            json!({"reason": "compiler-artifact", "target": {"name": "mortise"},
                "filenames": ["/t/mortise"], "executable": "/t/mortise"}),
            json!({"reason": "compiler-artifact", "target": {"name": "outlook"},
                "filenames": ["/t/liboutlook.rlib", library], "executable": null}),
        ];
        lines.map(|line| line.to_string()).join("\n")
    }

    #[test]
    fn the_files_are_read_from_cargos_messages() {
        let built = found(&messages(), &["outlook"]).unwrap();
        assert_eq!(built.host, Path::new("/t/mortise"));
        let library = format!("/t/liboutlook{}", env::consts::DLL_SUFFIX);
        assert_eq!(built.plugins, [PathBuf::from(library)]);
    }

    #[test]
    fn a_plugin_that_was_not_built_is_named() {
        let error = found(&messages(), &["outlook", "hubspot"]).err().unwrap();
        assert_eq!(error.to_string(), "cargo built no file for hubspot");
    }
}
