//! The configuration of a hub, as its operator would write it.

use std::{
    ffi::OsString,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use mortise_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::{TestHubOptions, plugins, vendors};

/// A configuration file, and what stands beside it in the environment.
pub(crate) struct Written {
    pub(crate) file: PathBuf,
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// `http://127.0.0.1:PORT`, without a slash at its end.
    pub(crate) url: String,
}

/// The folder with the hub's plugins. Building them blocks, the first time for long.
pub(crate) async fn plugin_folder(options: &TestHubOptions) -> PathBuf {
    match &options.plugin_folder {
        Some(folder) => folder.clone(),
        None => tokio::task::spawn_blocking(plugins::plugin_folder).await.unwrap(),
    }
}

/// Writes the file into a folder, for a hub that listens on this port of the loopback.
pub(crate) fn write(
    sandbox: &Sandbox,
    options: &TestHubOptions,
    plugins: &Path,
    dir: &Path,
    port: u16,
) -> Written {
    let url = format!("http://127.0.0.1:{port}");
    let mut tables = json!({
        "server": {"bind": format!("127.0.0.1:{port}"), "public_url": url},
        "database": {"url": database_url(options, dir)},
        "plugins": {"dir": plugins, "trust": "any", "cache_dir": plugins::cache_folder()},
        "providers": {},
        // A test's clock stands still: what it spends would not come back.
        "rate_limit": {"key_per_second": 0, "session_per_second": 0},
    });
    let all = ["google_calendar", "outlook", "hubspot"].map(str::to_owned);
    for name in options.providers.as_deref().unwrap_or(&all) {
        tables["providers"][name] = vendors::settings(sandbox, name).into();
    }
    for (name, key, path) in &options.addresses {
        tables["providers"][name][key] = vendors::address(sandbox, name, path).into();
    }
    for (name, of) in &options.twins {
        tables["providers"][name] = vendors::settings(sandbox, of).into();
        tables["providers"][name]["plugin"] = json!(of);
    }
    let file = dir.join("mortise.toml");
    write_private(&file, &toml_text(&tables));
    let keys = options.fernet_keys.clone().unwrap_or_else(fernet::Fernet::generate_key);
    let mut environment = vec![(OsString::from("FERNET_KEY"), OsString::from(keys))];
    environment.extend(options.set.iter().cloned());
    Written { file, environment, url }
}

/// It holds secrets: the hub warns of a file that others can read.
fn write_private(file: &Path, text: &str) {
    #[cfg(unix)]
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut open = fs::OpenOptions::new();
    open.write(true).create(true).truncate(true);
    #[cfg(unix)]
    open.mode(0o600);
    open.open(file).unwrap().write_all(text.as_bytes()).unwrap();
}

pub(crate) fn database_url(options: &TestHubOptions, dir: &Path) -> String {
    let own = || format!("sqlite://{}", dir.join("mortise.db").display());
    options.database.clone().unwrap_or_else(own)
}

/// Tables of tables, text, numbers and flags as TOML.
fn toml_text(tables: &Value) -> String {
    fn table(path: &str, fields: &serde_json::Map<String, Value>, text: &mut String) {
        text.push_str(&format!("[{path}]\n"));
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_object()) {
            // A JSON text is a TOML basic string.
            text.push_str(&format!("{name} = {value}\n"));
        }
        for (name, inner) in fields {
            if let Value::Object(inner) = inner {
                table(&format!("{path}.{name}"), inner, text);
            }
        }
    }
    let mut text = String::new();
    for (name, fields) in tables.as_object().unwrap() {
        table(name, fields.as_object().unwrap(), &mut text);
    }
    text
}
