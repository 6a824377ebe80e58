//! Which files are loaded at all: the lock, permissions, links.

use std::fs;

use mortise::{
    adapters::plugin::{LockedPlugin, PluginLock},
    domain::plugins::Trust,
};
use sha2::{Digest, Sha256};

use crate::fixtures::{Folder, fixture};

fn locked(name: &str, sha256: String) -> LockedPlugin {
    LockedPlugin {
        name: name.to_owned(),
        file: format!("lib{name}.so"),
        sha256,
        version: "1.2.3".to_owned(),
        plugin_api: "1.0.0".to_owned(),
    }
}

fn lock_with_echo() -> PluginLock {
    let mut lock = PluginLock::default();
    let bytes = fs::read(fixture("echo")).unwrap();
    lock.put(locked("echo", hex::encode(Sha256::digest(bytes))));
    lock
}

#[tokio::test]
async fn a_file_whose_hash_is_in_the_lock_is_loaded() {
    let folder = Folder::with(Trust::Locked, lock_with_echo());
    folder.echo_answers().await;
    assert_eq!(folder.report("echo").trust, "locked");
}

#[tokio::test]
async fn a_file_that_nobody_accepted_is_refused_with_the_command_that_accepts_it() {
    let folder = Folder::with(Trust::Locked, lock_with_echo());
    folder.put("mirror", &fixture("mirror"));
    let reason = folder.refusal("mirror");
    assert!(reason.ends_with("not in plugins.lock: run `mortise plugin add FILE`"), "{reason}");
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_file_that_differs_from_the_lock_is_refused() {
    let mut lock = lock_with_echo();
    lock.put(locked("mirror", "0".repeat(64)));
    let folder = Folder::with(Trust::Locked, lock);
    folder.put("mirror", &fixture("mirror"));
    let reason = folder.refusal("mirror");
    assert!(reason.contains("differs from plugins.lock: the file has sha256 "), "{reason}");
    assert!(reason.contains(&"0".repeat(64)), "{reason}");
    folder.echo_answers().await;
}

#[tokio::test]
async fn one_changed_byte_is_another_file() {
    let folder = Folder::with(Trust::Locked, lock_with_echo());
    let mut bytes = fs::read(fixture("echo")).unwrap();
    bytes[9] ^= 1; // padding of the header
    folder.write("echo", &bytes);
    let reason = folder.refusal("echo");
    assert!(reason.contains("differs from plugins.lock"), "{reason}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_anyone_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.put("mirror", &fixture("mirror"));
    fs::set_permissions(folder.path("mirror"), fs::Permissions::from_mode(0o666)).unwrap();
    let reason = folder.refusal("mirror");
    assert!(reason.contains("anyone may write to it (mode 666)"), "{reason}");
    folder.echo_answers().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_anyone_may_write_holds_no_file_to_trust_but_those_in_the_lock() {
    use std::os::unix::fs::PermissionsExt;
    for (trust, loads) in [(Trust::Any, false), (Trust::Locked, true)] {
        let folder = Folder::with(trust, lock_with_echo());
        let dir = folder.root().join("plugins.d");
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap();
        if loads {
            folder.echo_answers().await;
        } else {
            let reason = folder.refusal("echo");
            assert!(
                reason.contains("anyone may write to the plugin folder (mode 777)"),
                "{reason}"
            );
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_out_of_the_folder_is_refused_and_one_within_it_is_followed() {
    let folder = Folder::new();
    std::os::unix::fs::symlink(fixture("mirror"), folder.path("mirror")).unwrap();
    let reason = folder.refusal("mirror");
    assert!(reason.contains("a symbolic link that leaves the plugin folder"), "{reason}");
    std::os::unix::fs::symlink(folder.path("echo"), folder.path("alias")).unwrap();
    folder.provider("alias").unwrap();
    folder.echo_answers().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_leads_nowhere_is_refused() {
    let folder = Folder::new();
    std::os::unix::fs::symlink("no-such-file", folder.path("mirror")).unwrap();
    let reason = folder.refusal("mirror");
    assert!(reason.contains("cannot be read"), "{reason}");
    folder.echo_answers().await;
}
