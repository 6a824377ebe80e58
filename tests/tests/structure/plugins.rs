//! What a plugin's author needs, and what a plugin drags in.

use std::{collections::BTreeSet, env, process::Command};

use serde_json::Value;

use crate::source::root;

/// Runtimes, sockets and databases: the host's business.
const FOREIGN: &[&str] = &[
    "async-std",
    "axum",
    "h2",
    "hyper",
    "mio",
    "reqwest",
    "rusqlite",
    "rustls",
    "sea-orm",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
];

#[test]
fn a_plugin_depends_on_the_sdk_serde_and_time_zones_only() {
    for plugin in plugins() {
        let direct: BTreeSet<&str> = plugin["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| dependency["name"].as_str().unwrap())
            .collect();
        assert!(direct.contains("mortise-plugin-api"), "{}: {direct:?}", plugin["name"]);
        let known = BTreeSet::from(["chrono-tz", "mortise-plugin-api", "serde"]);
        assert!(direct.is_subset(&known), "{}: {direct:?}", plugin["name"]);
    }
}

#[test]
fn a_plugins_dependency_tree_holds_no_runtime_and_no_client() {
    for plugin in plugins() {
        let name = plugin["name"].as_str().unwrap();
        let tree = tree(name);
        assert!(tree.contains("mortise-plugin-api") && tree.contains("serde_json"), "{tree:?}");
        assert_eq!(foreign(&tree), Vec::<&str>::new(), "in the tree of {name}");
    }
}

#[test]
fn a_tree_with_a_runtime_is_found() {
    assert!(foreign(&tree("mortise")).contains(&"tokio"));
}

#[test]
fn the_vendors_of_the_first_release_are_plugins() {
    let names: BTreeSet<String> =
        plugins().iter().map(|plugin| plugin["name"].as_str().unwrap().to_owned()).collect();
    for vendor in ["google_calendar", "hubspot", "outlook"] {
        assert!(names.contains(vendor), "{names:?}");
    }
}

/// The packages below `plugins/`, as cargo describes them.
fn plugins() -> Vec<Value> {
    let output = cargo(&["metadata", "--format-version=1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&output).unwrap();
    let folder = root().join("plugins");
    let below = |package: &&Value| {
        let manifest = package["manifest_path"].as_str().unwrap();
        std::path::Path::new(manifest).starts_with(&folder)
    };
    metadata["packages"].as_array().unwrap().iter().filter(below).cloned().collect()
}

/// The names in a package's tree of normal dependencies.
fn tree(package: &str) -> BTreeSet<String> {
    cargo(&["tree", "-p", package, "-e", "normal", "--prefix", "none", "--format", "{p}"])
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

fn foreign(tree: &BTreeSet<String>) -> Vec<&'static str> {
    FOREIGN.iter().copied().filter(|name| tree.contains(*name)).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let output = cargo.args(arguments).current_dir(root()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}
