//! Which plugin answers: several at once, other versions of the boundary, files that change.

use std::fs;

use mortise::{domain::plugins::PluginState, ports::ProviderPort};
use mortise_plugin_api::json;

use crate::{
    double::Play,
    fixtures::{Folder, ask, call, fixture, options, real},
};

#[tokio::test]
async fn two_plugins_at_once_keep_their_own_identity() {
    let folder = Folder::new();
    folder.put("mirror", &fixture("mirror"));
    let echo = folder.provider("echo").unwrap();
    let mirror = folder.provider("mirror").unwrap();
    assert_eq!(echo.manifest().id, "echo");
    assert_eq!(mirror.manifest().id, "mirror");
    folder.http.then(Play::Answer(200, json!("so it is")));
    assert_eq!(ask(&mirror).await.unwrap(), json!({"from": "mirror", "said": "so it is"}));
    assert_eq!(ask(&echo).await.unwrap()["from"], "echo");
    let report = folder.report("mirror");
    assert_eq!(report.state, PluginState::Loaded);
    assert_eq!(report.providers, ["mirror"]);
    assert_eq!(report.version.as_deref(), Some("1.2.3"));
    assert_eq!(report.trust, "any");
    assert_eq!(report.sha256.map(|sha256| sha256.len()), Some(64));
}

#[tokio::test]
async fn the_plugins_that_are_shipped_load_side_by_side() {
    let folder = Folder::new();
    for name in ["google_calendar", "outlook", "hubspot"] {
        folder.put(name, &real(name));
        let provider = folder.provider(name).unwrap();
        assert_eq!(provider.manifest().id, name);
    }
    let google = folder.provider("google_calendar").unwrap();
    assert!(google.manifest().has_operation("calendar.create_event"));
    let outlook = folder.provider("outlook").unwrap();
    let token_url = &outlook.manifest().oauth.token_url;
    assert!(token_url.ends_with("/common/oauth2/v2.0/token"), "{token_url}");
    folder.echo_answers().await;
}

#[tokio::test]
async fn one_plugin_serves_two_providers_with_settings_of_their_own() {
    let folder = Folder::new();
    let mut other = options("echo_two", json!({"greeting": "hola"}));
    other.plugin = "echo".to_owned();
    let first = folder.provider("echo").unwrap();
    let second = folder.configured(&other).unwrap();
    assert_eq!(ask(&first).await.unwrap()["greeting"], "hello");
    assert_eq!(ask(&second).await.unwrap()["greeting"], "hola");
    assert_eq!(folder.report("echo").providers, ["echo", "echo_two"]);
}

#[tokio::test]
async fn overwriting_the_file_after_it_was_loaded_harms_nobody() {
    let folder = Folder::new();
    folder.put("mirror", &fixture("mirror"));
    let mirror = folder.provider("mirror").unwrap();
    // In place, as `cp` does it: the inode that would be mapped changes under the process.
    let length = fs::metadata(folder.path("mirror")).unwrap().len();
    fs::write(folder.path("mirror"), vec![0xCC; usize::try_from(length).unwrap()]).unwrap();
    fs::write(folder.path("echo"), b"").unwrap();
    folder.http.then(Play::Answer(200, json!("still here")));
    assert_eq!(ask(&mirror).await.unwrap()["said"], "still here");
    let missing = call(&mirror, "no.such", json!({})).await.unwrap_err();
    assert_eq!(missing.kind, mortise_plugin_api::ErrorKind::NotSupported);
}

#[tokio::test]
async fn a_changed_struct_at_the_boundary_is_refused_in_one_line() {
    let folder = Folder::new();
    folder.put("changed_abi", &fixture("changed_abi"));
    let reason = folder.refusal("changed_abi");
    assert!(reason.contains("built for an incompatible plugin boundary"), "{reason}");
    assert!(reason.contains("changed_abi"), "{reason}");
    let refusal = folder.provider("changed_abi").err().unwrap();
    let dump = refusal.dump().unwrap();
    assert!(dump.lines().count() > 5 && dump.contains("Described"), "{dump}");
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_plugin_for_the_next_major_version_is_refused_with_both_versions() {
    let folder = Folder::new();
    folder.put("next_major", &fixture("next_major"));
    let reason = folder.refusal("next_major");
    assert!(reason.contains("next_major"), "{reason}");
    assert!(reason.contains("built for plugin-api 2.1.0; this host supports 1.x"), "{reason}");
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_manifest_that_is_not_json_is_refused() {
    let folder = Folder::new();
    folder.put("manifest_not_json", &fixture("manifest_not_json"));
    let reason = folder.refusal("manifest_not_json");
    assert!(reason.contains("its manifest cannot be used: it is not the JSON"), "{reason}");
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_manifest_without_id_is_refused() {
    let folder = Folder::new();
    folder.put("manifest_without_id", &fixture("manifest_without_id"));
    let reason = folder.refusal("manifest_without_id");
    assert!(reason.contains("its manifest cannot be used: id \"\" must be"), "{reason}");
    folder.echo_answers().await;
}

#[test]
fn a_file_that_no_provider_uses_is_listed_and_not_loaded() {
    let folder = Folder::new();
    folder.put("panics_in_manifest", &fixture("panics_in_manifest"));
    let report = folder.report("panics_in_manifest");
    assert_eq!(report.state, PluginState::Unused);
    assert_eq!(report.reason, None);
}
