//! The provider's section of the configuration meets the plugin.

use mortise::{domain::plugins::PluginState, ports::ProviderPort};
use mortise_plugin_api::json;

use crate::fixtures::{Folder, options};

#[test]
fn a_setting_takes_its_place_in_the_addresses() {
    let folder = Folder::new();
    let echo = folder.configured(&options("echo", json!({"tenant": "contoso & co"}))).unwrap();
    assert_eq!(
        echo.manifest().oauth.authorize_url,
        "https://login.example.com/contoso%20%26%20co/authorize"
    );
    let plain = folder.provider("echo").unwrap();
    assert_eq!(plain.manifest().oauth.authorize_url, "https://login.example.com/common/authorize");
}

#[tokio::test]
async fn settings_that_the_plugin_refuses_refuse_that_provider_alone() {
    let folder = Folder::new();
    let mut silent = options("silent", json!({"greeting": ""}));
    silent.plugin = "echo".to_owned();
    let refusal = folder.configured(&silent).err().unwrap().to_string();
    assert!(
        refusal.ends_with(
            "the settings of silent cannot be used: settings.greeting: must not be empty"
        ),
        "{refusal}"
    );
    folder.echo_answers().await;
    let reports = folder.plugins.reports();
    let states: Vec<_> = reports.iter().map(|r| (r.state, r.providers.clone())).collect();
    assert_eq!(
        states,
        [
            (PluginState::Loaded, vec!["echo".to_owned()]),
            (PluginState::Refused, vec!["silent".to_owned()])
        ]
    );
}

#[test]
fn a_setting_of_another_type_is_named() {
    let folder = Folder::new();
    let refusal = folder.configured(&options("echo", json!({"greeting": 5}))).err().unwrap();
    assert!(refusal.to_string().contains("settings.greeting: "), "{refusal}");
}

#[test]
fn an_address_that_is_not_secure_is_refused() {
    let folder = Folder::new();
    let mut options = options("echo", json!({}));
    options.urls.api_base = Some("http://api.example.com/".parse().unwrap());
    let refusal = folder.configured(&options).err().unwrap().to_string();
    assert!(refusal.contains("api_base: must be https"), "{refusal}");
}
