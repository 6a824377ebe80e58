//! `mortise plugin add`, `list` and `remove`.

use std::fs;

use mortise::{
    adapters::plugin::{
        PluginFolder, PluginLock,
        commands::{self, CommandError, PluginPaths, Standing},
    },
    domain::plugins::Trust,
};
use tempfile::TempDir;

use crate::fixtures::fixture;

fn paths() -> (TempDir, PluginPaths) {
    let dir = tempfile::tempdir().unwrap();
    let paths = PluginPaths {
        dir: dir.path().join("plugins.d"),
        cache_dir: dir.path().join("cache"),
        lock: dir.path().join("plugins.lock"),
    };
    (dir, paths)
}

fn standing(paths: &PluginPaths) -> Vec<(String, Standing)> {
    let listed = commands::list(paths).unwrap().0;
    listed.into_iter().map(|plugin| (plugin.name, plugin.standing)).collect()
}

#[test]
fn adding_a_file_shows_what_it_is_and_lets_the_host_load_it() {
    let (_dir, paths) = paths();
    let added = commands::add(&fixture("echo"), &paths).unwrap();
    let text = added.to_string();
    for expected in [
        "added echo (Fixture echo)",
        "version    1.2.3 (plugin-api 1.2.0)",
        &added.locked.sha256,
        "https://echo.example.com/v1",
        "files.example.com",
        "events: To read and delete your events.",
        "[providers.echo]",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let lock = PluginLock::read(&paths.lock).unwrap();
    assert_eq!(lock.get("echo"), Some(&added.locked));
    let folder = PluginFolder::new(&paths.dir, &paths.cache_dir, Trust::Locked, lock);
    assert_eq!(folder.load("echo").unwrap().manifest().id, "echo");
}

#[test]
fn adding_a_bad_file_changes_nothing() {
    let (dir, paths) = paths();
    let bad = dir.path().join("libcut.so");
    fs::write(&bad, &fs::read(fixture("echo")).unwrap()[..10_000]).unwrap();
    let error = commands::add(&bad, &paths).unwrap_err().to_string();
    assert!(error.contains("cut off"), "{error}");
    let error = commands::add(&fixture("panics_in_manifest"), &paths).unwrap_err().to_string();
    assert!(error.contains("plugin panicked"), "{error}");
    assert!(!paths.lock.exists());
    assert!(!paths.dir.exists());
    let unnamed = commands::add(&dir.path().join("README.md"), &paths).unwrap_err();
    assert!(matches!(unnamed, CommandError::FileName(_)));
}

#[test]
fn adding_a_file_that_already_lies_in_the_folder_accepts_it_there() {
    let (_dir, paths) = paths();
    fs::create_dir(&paths.dir).unwrap();
    let dropped = paths.dir.join("echo.so");
    fs::copy(fixture("echo"), &dropped).unwrap();
    assert_eq!(standing(&paths), [("echo".to_owned(), Standing::NotLocked)]);
    let added = commands::add(&dropped, &paths).unwrap();
    assert_eq!(added.locked.file, "echo.so");
    assert_eq!(standing(&paths), [("echo".to_owned(), Standing::Accepted)]);
}

#[test]
fn adding_another_file_of_the_same_name_replaces_the_first() {
    let (dir, paths) = paths();
    assert!(!commands::add(&fixture("echo"), &paths).unwrap().replaced);
    assert!(!commands::add(&fixture("echo"), &paths).unwrap().replaced);
    let next = dir.path().join("libecho.so");
    fs::copy(fixture("mirror"), &next).unwrap();
    let added = commands::add(&next, &paths).unwrap();
    assert!(added.replaced);
    assert!(added.to_string().starts_with("replaced echo"));
    assert_eq!(PluginLock::read(&paths.lock).unwrap().plugins().len(), 1);
}

#[test]
fn the_list_tells_what_would_not_be_loaded() {
    let (_dir, paths) = paths();
    assert_eq!(commands::list(&paths).unwrap().to_string(), "no plugins");
    for name in ["echo", "mirror", "probe"] {
        commands::add(&fixture(name), &paths).unwrap();
    }
    let file = |name: &str| {
        let prefix = std::env::consts::DLL_PREFIX;
        paths.dir.join(format!("{prefix}{name}{}", std::env::consts::DLL_SUFFIX))
    };
    fs::write(file("mirror"), b"changed").unwrap();
    fs::remove_file(file("probe")).unwrap();
    fs::copy(fixture("foreign_host"), file("foreign_host")).unwrap();
    assert_eq!(
        standing(&paths),
        [
            ("echo".to_owned(), Standing::Accepted),
            ("foreign_host".to_owned(), Standing::NotLocked),
            ("mirror".to_owned(), Standing::Differs),
            ("probe".to_owned(), Standing::Missing),
        ]
    );
    let table = commands::list(&paths).unwrap().to_string();
    assert_eq!(table.lines().count(), 5);
    assert!(table.starts_with("name          version     state"), "{table}");
}

#[test]
fn removing_a_plugin_takes_its_file_and_its_lock_entry() {
    let (_dir, paths) = paths();
    commands::add(&fixture("echo"), &paths).unwrap();
    commands::remove("echo", &paths).unwrap();
    assert_eq!(standing(&paths), []);
    assert_eq!(PluginLock::read(&paths.lock).unwrap(), PluginLock::default());
    let error = commands::remove("echo", &paths).unwrap_err();
    assert!(matches!(error, CommandError::Unknown(_)));
}
