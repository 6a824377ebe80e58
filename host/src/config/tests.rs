use std::path::PathBuf;

use rstest::rstest;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;
use crate::domain::web::is_below;

const KEY: &str = "bW9ydGlzZSBmaXh0dXJlIGtleSwgMzIgYnl0ZXMgb2s=";

fn load_in(
    folder: &TempDir,
    text: &str,
    variables: &[(&str, &str)],
) -> Result<Config, ConfigErrors> {
    let path = folder.path().join("mortise.toml");
    std::fs::write(&path, text).unwrap();
    Config::load_with(Some(&path), variables.iter().map(|&(k, v)| (k.into(), v.into())))
}

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    load_in(&TempDir::new().unwrap(), text, variables)
}

/// Loads with a key, so that nothing else is amiss.
fn loaded(text: &str) -> Config {
    load(text, &[("FERNET_KEY", KEY)]).unwrap()
}

/// The mistakes, without the file's folder.
fn mistakes(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let errors = load(text, variables).unwrap_err();
    let lines = errors.to_string();
    assert_eq!(lines.lines().count(), errors.0.len(), "one a line");
    let strip = |line: &str| line.rsplit_once("/mortise.toml").map(|(_, l)| format!("F{l}"));
    lines.lines().map(|line| strip(line).unwrap_or_else(|| line.to_owned())).collect()
}

fn mistake(text: &str) -> String {
    let mut mistakes = mistakes(text, &[("FERNET_KEY", KEY)]);
    assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
    mistakes.remove(0)
}

#[test]
fn the_defaults_need_a_key_and_nothing_else() {
    let config = Config::load_with(None, [("FERNET_KEY".into(), KEY.into())]).unwrap();
    assert_eq!(config.server.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url.as_str(), "http://localhost:8080/");
    assert_eq!(config.server.request_timeout.as_secs(), 60);
    assert_eq!(config.server.body_limit_bytes, 1024 * 1024);
    assert_eq!(config.server.shutdown_grace.as_secs(), 20);
    assert_eq!(config.database.url.expose_secret(), "sqlite://data/mortise.db");
    assert_eq!(config.plugins.dir, PathBuf::from("plugins.d"));
    assert_eq!(config.plugins.lock_file, PathBuf::from("plugins.lock"));
    assert_eq!(config.plugins.cache_dir, PathBuf::from("data/plugin-cache"));
    assert_eq!(config.plugins.trust, Trust::Locked);
    assert_eq!(config.sessions.ttl.as_secs(), 1800);
    assert_eq!(config.sessions.max_ttl.as_secs(), 86400);
    assert_eq!(config.oauth.attempt_ttl.as_secs(), 600);
    assert_eq!(config.outbound.timeout.as_secs(), 30);
    assert_eq!(config.auth.cache.as_secs(), 5);
    assert_eq!((config.log.format, config.log.filter.as_str()), (LogFormat::Text, "info"));
    assert!(config.metrics.enabled);
    assert!(config.providers.is_empty());
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn the_example_loads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/example.toml");
    let variables =
        [("FERNET_KEY", KEY), ("MORTISE__PROVIDERS__GOOGLE_CALENDAR__CLIENT_SECRET", "s")];
    let variables = variables.map(|(name, value)| (name.into(), value.into()));
    let config = Config::load_with(Some(&path), variables).unwrap();
    assert_eq!(
        config.providers.keys().map(ProviderId::as_str).collect::<Vec<_>>(),
        ["google_calendar"]
    );
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn the_defaults_document_every_key() {
    let text = include_str!("../../../config/default.toml");
    let written = |section: &str, key: &str| {
        let part = text.split(&format!("[{section}]")).nth(1).unwrap_or_default();
        let part = part.split("\n[").next().unwrap_or_default();
        let lines = part.lines().map(|line| line.trim_start_matches("# "));
        lines.into_iter().any(|line| line.starts_with(&format!("{key} = ")))
    };
    for (section, keys) in keys::SECTIONS {
        for key in keys {
            assert!(written(section, key), "{section}.{key}");
        }
    }
    for key in keys::PROVIDER {
        assert!(written("providers.google_calendar", key), "{key}");
    }
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let text = r#"
        [server]
        bnd = "127.0.0.1:1"
        bind = "localhost"
        request_timeout_seconds = 0
        [servre]
        [database]
        url = "oracle://scott:tiger@db/x"
        [plugins]
        trust = "signed"
        [oauth]
        return_to = ["https://app.test", "app.test/x"]
        [log]
        format = "xml"
        filter = "info,,=="
        [providers.Google]
        [providers.acme]
        client_secret = 7
        token_url = "http://acme.test/token"
    "#;
    let variables = [("MORTISE__METRICS__ENABLED", "yes"), ("MORTISE__AUTH__CASH_SECONDS", "5")];
    insta::assert_snapshot!(mistakes(text, &variables).join("\n"), @r#"
    environment variable MORTISE__AUTH__CASH_SECONDS: `auth.cash_seconds`: unknown key; did you mean `auth.cache_seconds`?
    F: `server.bnd`: unknown key; did you mean `server.bind`?
    F: `servre`: unknown key; did you mean `server`?
    F: `server.bind`: expected an IP address and a port, like "127.0.0.1:8080"; found "localhost"
    F: `server.request_timeout_seconds`: expected a whole number from 1 to 3600; found 0
    F: `database.url`: expected a URL that begins with sqlite://, postgres:// or mysql:// (mariadb://); found a text
    F: `plugins.trust`: "signed" comes with a later version; expected "locked" or "any"
    F: `tokens.fernet_key`: is missing, and tokens are not kept without encryption; expected FERNET_KEY in the environment or `tokens.fernet_key_file`, for example from `openssl rand -base64 32 | tr '+/' '-_'`
    F: `oauth.return_to`: expected URLs like "https://app.example.com/settings", without `?` and `#`; found "app.test/x" in the list
    F: `log.format`: expected "text" or "json"; found "xml"
    F: `log.filter`: expected levels like "info,mortise=debug"; found "info,,=="
    environment variable MORTISE__METRICS__ENABLED: `metrics.enabled`: expected true or false; found "yes"
    F: `providers.Google`: is no name for a provider; expected at most 64 of a-z, 0-9 and `_`, a letter first
    F: `providers.acme.client_id`: is missing; expected the id of your client at the vendor
    F: `providers.acme.client_secret`: expected a text; found a number
    F: `providers.acme.token_url`: expected an https URL, or an http URL on this machine; found "http://acme.test/token"
    "#);
}

#[rstest]
#[case("[server]\npublic_url = 'http://hub.test'", "plain http is for localhost only")]
#[case("[server]\npublic_url = 'https://hub.test/mortise'", "a path is not supported")]
#[case("[server]\npublic_url = 'https://hub.test/?a'", "no `?` or `#`")]
#[case("[server]\npublic_url = 'https://me@hub.test'", "no user or password")]
#[case("[server]\npublic_url = 'hub.test'", "found \"hub.test\"")]
#[case("[server]\npublic_url = 7", "found 7")]
#[case("[server]\nbind = ':8080'", "found \":8080\"")]
#[case("server = 1", "`server`: expected a table; found 1")]
#[case("[database]\nmax_connections = 1.5", "a whole number from 1 to 1000; found 1.5")]
#[case("[database]\nmax_connections = '5'", "found \"5\"")]
#[case("[sessions]\nttl_seconds = 86401", "at most `sessions.max_ttl_seconds`, which is 86400")]
#[case("[oauth]\nopener_origins = ['https://a.test/x']", "found \"https://a.test/x\" in the list")]
#[case("[oauth]\nreturn_to = 'https://a.test'", "expected a list of texts")]
#[case("[oauth]\nreturn_to = ['javascript:alert(1)']", "found \"javascript:alert(1)\"")]
#[case("[providers]\nacme = 1", "`providers.acme`: expected a table")]
#[case("[providers.acme]", "`providers.acme.client_id`: is missing")]
#[case("[providers.acme]\nclient_id = ''", "found an empty text")]
#[case("[providers.acme]\nclient_id = 'i'\nplugin = '../x'", "found \"../x\"")]
#[case("[providers.acme]\nclient_id = 'i'\nscopes = []", "expected at least one scope")]
#[case("[providers.acme]\nclient_id = 'i'\nsettings = 1", "expected a table; found a number")]
#[case("[providers.acme]\nclient_id = 'i'\napi_base = 'ftp://a'", "expected an https URL")]
#[case(
    "[providers.acme]\nclient_id = 'i'\nclientsecret = 's'",
    "unknown key; did you mean `providers.acme.client_secret`?"
)]
#[case("bind = '127.0.0.1:1'", "`bind`: unknown key; did you mean `server.bind`?")]
fn a_mistake_says_what_was_expected_and_found(#[case] text: &str, #[case] told: &str) {
    let mistake = mistake(text);
    assert!(mistake.starts_with("F: `") && mistake.contains(told), "{mistake}");
}

#[test]
fn a_file_that_is_no_toml_is_told_by_its_line_and_not_quoted() {
    let mistake = mistake("[server]\n\nbind = hunter2 x\n");
    assert!(mistake.starts_with("F: line 3 is no TOML: "), "{mistake}");
    assert!(!mistake.contains("hunter2"), "{mistake}");
}

#[test]
fn a_missing_file_is_told() {
    let errors = Config::load_with(Some(Path::new("nowhere/m.toml")), []).unwrap_err();
    assert!(errors.to_string().starts_with("nowhere/m.toml: cannot be read: "), "{errors}");
}

#[test]
fn the_environment_goes_over_the_file() {
    let text = "[server]\nbind = '127.0.0.1:1'\n[oauth]\nreturn_to = ['https://file.test']";
    let config = load(
        text,
        &[
            ("FERNET_KEY", KEY),
            ("MORTISE__SERVER__BIND", "[::1]:99"),
            ("MORTISE__SERVER__PUBLIC_URL", ""),
            ("MORTISE__DATABASE__MAX_CONNECTIONS", "3"),
            ("MORTISE__METRICS__ENABLED", "false"),
            ("MORTISE__OAUTH__RETURN_TO", "https://a.test/x, https://b.test"),
            ("MORTISE__PROVIDERS__ACME__CLIENT_ID", "0123"),
            ("MORTISE__PROVIDERS__ACME__CLIENT_SECRET", "1e5"),
            ("MORTISE__PROVIDERS__ACME__SCOPES", "['a b', \"c\"]"),
            ("MORTISE__PROVIDERS__ACME__SETTINGS__LIMIT", "5"),
            ("MORTISE__PROVIDERS__ACME__SETTINGS__NAME", "a b\nc = 2"),
            ("MORTISE_CONFIG", "ignored"),
        ],
    )
    .unwrap();
    assert_eq!(config.server.bind.to_string(), "[::1]:99");
    assert_eq!(config.server.public_url.as_str(), "http://localhost:8080/");
    assert_eq!(config.database.max_connections, 3);
    assert!(!config.metrics.enabled);
    let pages: Vec<&str> = config.oauth.return_to.iter().map(Url::as_str).collect();
    assert_eq!(pages, ["https://a.test/x", "https://b.test/"]);
    let acme = &config.providers[&ProviderId::new("acme").unwrap()];
    assert_eq!((acme.plugin.as_str(), acme.client_id.as_str()), ("acme", "0123"));
    assert_eq!(acme.client_secret.as_ref().unwrap().expose_secret(), "1e5");
    assert_eq!(acme.scopes.as_deref(), Some(["a b".to_owned(), "c".to_owned()].as_slice()));
    assert_eq!(acme.settings["limit"], 5);
    assert_eq!(acme.settings["name"], "a b\nc = 2");
}

#[rstest]
#[case("MORTISE__SERVER__BND", "x", "did you mean `server.bind`?")]
#[case("MORTISE__SERVER__BIND", "x", "`server.bind`: expected an IP address")]
#[case("MORTISE__SERVER", "x", "names no key")]
#[case("MORTISE__SERVER____BIND", "x", "names no key")]
#[case("MORTISE__OAUTH__RETURN_TO", "[1]", "expected a list of texts")]
#[case("MORTISE__TOKENS__FERNET_KEY", KEY, "sets what another variable sets already")]
fn a_mistake_in_the_environment_names_the_variable(
    #[case] name: &str,
    #[case] value: &str,
    #[case] told: &str,
) {
    let mistakes = mistakes("", &[("FERNET_KEY", KEY), (name, value)]);
    assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
    assert!(mistakes[0].starts_with(&format!("environment variable {name}: ")), "{mistakes:?}");
    assert!(mistakes[0].contains(told), "{mistakes:?}");
}

#[test]
fn a_malformed_key_is_told_by_its_position_and_not_shown() {
    let keys = format!("{KEY},hunter2");
    let mistakes = mistakes("", &[("FERNET_KEY", &keys)]);
    assert_eq!(mistakes.len(), 1);
    let start = "environment variable FERNET_KEY: `tokens.fernet_key`: key 2 of 2 is no Fernet key";
    assert!(mistakes[0].starts_with(start), "{mistakes:?}");
    assert!(!mistakes[0].contains("hunter2"));
}

#[test]
fn without_a_key_tokens_are_kept_only_where_that_is_allowed_and_only_on_loopback() {
    let refused = mistakes("", &[("FERNET_KEY", "")]);
    assert!(refused[0].contains("expected FERNET_KEY in the environment"), "{refused:?}");

    let config = load("tokens.allow_unencrypted = true", &[]).unwrap();
    assert!(matches!(config.tokens, TokenProtection::Unencrypted));
    assert_eq!(config.warnings.len(), 1);

    let public = "server.bind = '0.0.0.0:8080'\ntokens.allow_unencrypted = true";
    let refused = mistakes(public, &[]);
    assert!(refused[0].contains("works on a loopback address only"), "{refused:?}");
    let config = loaded(public);
    assert!(matches!(config.tokens, TokenProtection::Fernet(keys) if keys.len() == 1));
}

#[cfg(unix)]
#[test]
fn secret_files_are_read_beside_the_config_and_warned_of_where_all_can_read_them() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    write("fernet.key", &format!("{KEY}\n{KEY}\n"), 0o600);
    write("acme.secret", "s3cret\r\n", 0o644);
    let text = "[tokens]\nfernet_key_file = 'fernet.key'\n\
                [providers.acme]\nclient_id = 'i'\nclient_secret_file = 'acme.secret'";
    let config = load_in(&folder, text, &[]).unwrap();
    assert!(matches!(&config.tokens, TokenProtection::Fernet(keys) if keys.len() == 2));
    let acme = &config.providers[&ProviderId::new("acme").unwrap()];
    assert_eq!(acme.client_secret.as_ref().unwrap().expose_secret(), "s3cret");
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
    assert!(config.warnings[0].contains("acme.secret: holds a secret"), "{:?}", config.warnings);

    // What the environment says goes before the file's file.
    let over = [("MORTISE__PROVIDERS__ACME__CLIENT_SECRET", "other")];
    let config = load_in(&folder, text, &over).unwrap();
    let acme = &config.providers[&ProviderId::new("acme").unwrap()];
    assert_eq!(acme.client_secret.as_ref().unwrap().expose_secret(), "other");

    let twice = format!("{text}\nclient_secret = 'x'");
    let errors = load_in(&folder, &twice, &[]).unwrap_err();
    assert!(errors.to_string().contains("only one of it and"), "{errors}");

    write("acme.secret", "\n", 0o600);
    let errors = load_in(&folder, text, &[]).unwrap_err();
    assert!(errors.to_string().contains("acme.secret: is empty"), "{errors}");

    std::fs::remove_file(folder.path().join("acme.secret")).unwrap();
    let errors = load_in(&folder, text, &[]).unwrap_err();
    assert!(errors.to_string().contains("acme.secret: cannot be read"), "{errors}");
}

#[test]
fn paths_are_relative_to_the_folder_of_the_file() {
    let folder = TempDir::new().unwrap();
    let at = |path: &str| folder.path().join(path);
    let load = |text: &str| load_in(&folder, text, &[("FERNET_KEY", KEY)]).unwrap();

    let config = load("");
    let url = format!("sqlite://{}", at("data/mortise.db").display());
    assert_eq!(config.database.url.expose_secret(), url);
    assert_eq!(config.plugins.dir, at("plugins.d"));
    assert_eq!(config.plugins.lock_file, at("plugins.lock"));
    assert_eq!(config.plugins.cache_dir, at("data/plugin-cache"));

    let config = load(
        "database.url = 'sqlite:///var/m.db?mode=rwc'\n\
         plugins = { dir = '/opt/p', lock_file = 'l', cache_dir = '/c' }",
    );
    assert_eq!(config.database.url.expose_secret(), "sqlite:///var/m.db?mode=rwc");
    assert_eq!(config.plugins.dir, PathBuf::from("/opt/p"));
    assert_eq!(config.plugins.lock_file, at("l"));
    assert_eq!(config.plugins.cache_dir, PathBuf::from("/c"));

    for url in ["sqlite::memory:", "postgres://u:p@db/m"] {
        let config = load(&format!("database.url = '{url}'"));
        assert_eq!(config.database.url.expose_secret(), url);
        assert_eq!(config.plugins.cache_dir, at("data/plugin-cache"));
    }
}

#[test]
fn a_folder_with_a_name_that_a_url_cannot_hold_is_no_trouble() {
    let folder = TempDir::with_prefix("100%?%3F").unwrap();
    let config = load_in(&folder, "", &[("FERNET_KEY", KEY)]).unwrap();
    let url = config.database.url.expose_secret();
    assert!(url.contains("/100%25%3F%253F") && !url.contains('?'), "{url}");
    assert_eq!(config.plugins.cache_dir, folder.path().join("data/plugin-cache"));
}

#[test]
fn a_provider_can_replace_every_address() {
    let config = loaded(
        "[providers.acme]\nclient_id = 'i'\nclient_secret = 's'\nplugin = 'google_calendar'\n\
         authorize_url = 'http://127.0.0.1:9000/auth'\ntoken_url = 'http://localhost:9000/token'\n\
         revoke_url = 'https://acme.test/revoke'\napi_base = 'http://[::1]:9000/api'\n\
         issuer = 'https://acme.test'\nscopes = ['a']\nsettings = { deep = { list = [1, 'x'] } }",
    );
    let acme = &config.providers[&ProviderId::new("acme").unwrap()];
    assert_eq!(acme.plugin, "google_calendar");
    assert_eq!(acme.authorize_url.as_ref().unwrap().as_str(), "http://127.0.0.1:9000/auth");
    assert_eq!(acme.token_url.as_ref().unwrap().as_str(), "http://localhost:9000/token");
    assert_eq!(acme.revoke_url.as_ref().unwrap().as_str(), "https://acme.test/revoke");
    assert_eq!(acme.api_base.as_ref().unwrap().as_str(), "http://[::1]:9000/api");
    assert_eq!(acme.issuer.as_deref(), Some("https://acme.test"));
    assert_eq!(acme.scopes.as_deref(), Some(["a".to_owned()].as_slice()));
    assert_eq!(acme.settings["deep"], serde_json::json!({"list": [1, "x"]}));
}

#[rstest]
#[case("https://app.test/settings", true)]
#[case("https://app.test/settings/calendar?done=1#x", true)]
#[case("https://other.test/a/b", true)]
#[case("https://app.test/settingsx", false)]
#[case("https://app.test/settings/../admin", false)]
#[case("https://app.test:444/settings", false)]
#[case("http://app.test/settings", false)]
#[case("https://app.test.evil.test/settings", false)]
#[case("https://app.test@evil.test/settings", false)]
#[case("https://evil@app.test/settings", false)]
#[case("javascript:alert(1)", false)]
fn a_browser_is_sent_below_an_allowed_page_only(#[case] url: &str, #[case] allowed: bool) {
    let config = loaded("oauth.return_to = ['https://app.test/settings', 'https://other.test']");
    assert_eq!(is_below(&Url::parse(url).unwrap(), &config.oauth.return_to), allowed);
}

#[test]
fn no_secret_is_in_debug_or_in_a_mistake() {
    let text = "[database]\nurl = 'postgres://u:hunter2@db/m'\n\
                [providers.acme]\nclient_id = 'i'\nclient_secret = 'hunter2'\n\
                settings = { key = 'hunter2' }";
    assert!(!format!("{:?}", loaded(text)).contains("hunter2"));
    let bad = "[database]\nurl = 'pg://u:hunter2@db/m'\n[tokens]\nfernet_key = 'hunter2'\n\
               [providers.acme]\nclient_id = 'i'\nclient_secret = ['hunter2']\n\
               settings = 'hunter2'\ntoken_url = 'https://u:hunter2@acme.test'";
    let mistakes = mistakes(bad, &[]);
    assert_eq!(mistakes.len(), 5, "{mistakes:#?}");
    assert!(!mistakes.join("").contains("hunter2"), "{mistakes:#?}");
}
