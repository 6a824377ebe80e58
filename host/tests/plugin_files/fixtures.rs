//! The fixture plugins, built once, and folders with some of them.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, LazyLock},
    time::Duration,
};

use mortise::{
    adapters::plugin::{PluginFolder, PluginLock, PluginProvider, ProviderOptions, Refusal},
    domain::plugins::{PluginReport, Trust},
    ports::{CallContext, Deadline, ProviderPort, Repeats},
};
use mortise_plugin_api::{Error, Value, json};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::double::ScriptedHttp;

static FIXTURES: LazyLock<BTreeMap<String, PathBuf>> =
    LazyLock::new(|| build(&["-p", "mortise-fixture-plugins", "--examples"]));
static REAL: LazyLock<BTreeMap<String, PathBuf>> =
    LazyLock::new(|| build(&["-p", "google_calendar", "-p", "outlook", "-p", "hubspot", "--lib"]));

/// A fixture's file, as cargo made it.
pub fn fixture(name: &str) -> PathBuf {
    FIXTURES.get(name).unwrap_or_else(|| panic!("there is no fixture {name}")).clone()
}

/// The file of a plugin that is shipped.
pub fn real(name: &str) -> PathBuf {
    REAL[name].clone()
}

/// Builds dynamic libraries into the target directory of this test; their files by target name.
fn build(what: &[&str]) -> BTreeMap<String, PathBuf> {
    let test = env::current_exe().unwrap();
    // target/PROFILE/deps/test
    let profile = test.ancestors().nth(2).unwrap();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--message-format=json", "--quiet"]).args(what);
    cargo.arg("--target-dir").arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit());
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "cargo build {what:?} failed");
    let messages = String::from_utf8(output.stdout).unwrap();
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter_map(|message| {
            let name = message["target"]["name"].as_str()?.to_owned();
            let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
            let mut libraries = files.filter(|file| file.ends_with(env::consts::DLL_SUFFIX));
            Some((name, PathBuf::from(libraries.next()?)))
        })
        .collect()
}

/// A plugin folder of its own, with `echo` in it to show that the others harm nobody.
pub struct Folder {
    dir: TempDir,
    pub plugins: PluginFolder,
    pub http: Arc<ScriptedHttp>,
}

impl Folder {
    /// A folder that trusts any file, before anything was loaded from it.
    pub fn new() -> Self {
        Self::with(Trust::Any, PluginLock::default())
    }

    pub fn with(trust: Trust, lock: PluginLock) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("plugins.d")).unwrap();
        let plugins =
            PluginFolder::new(dir.path().join("plugins.d"), dir.path().join("cache"), trust, lock);
        let folder = Self { dir, plugins, http: Arc::default() };
        folder.put("echo", &fixture("echo"));
        folder
    }

    /// The folder's own place on the disk.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// Where a plugin's file is put.
    pub fn path(&self, name: &str) -> PathBuf {
        let file = format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
        self.dir.path().join("plugins.d").join(file)
    }

    /// Drops a copy of a file into the folder.
    pub fn put(&self, name: &str, file: &Path) {
        fs::copy(file, self.path(name)).unwrap();
    }

    /// Drops bytes into the folder.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// A provider of the same name as its plugin, without settings.
    pub fn provider(&self, name: &str) -> Result<PluginProvider, Refusal> {
        self.configured(&options(name, json!({})))
    }

    pub fn configured(&self, options: &ProviderOptions) -> Result<PluginProvider, Refusal> {
        self.plugins.provider(options, self.http.clone())
    }

    /// Why a plugin is refused; one line, in the refusal and in the report alike.
    pub fn refusal(&self, name: &str) -> String {
        let refusal = self.provider(name).err().unwrap_or_else(|| panic!("{name} was loaded"));
        let reason = refusal.to_string();
        assert!(!reason.contains('\n') && reason.len() < 600, "{reason}");
        assert_eq!(self.report(name).reason.as_deref(), Some(reason.as_str()));
        reason
    }

    pub fn report(&self, name: &str) -> PluginReport {
        let mut reports = self.plugins.reports().into_iter().filter(|report| report.name == name);
        let report = reports.next().unwrap_or_else(|| panic!("{name} is not reported"));
        assert_eq!(reports.next(), None);
        report
    }

    /// The good plugin in this folder still answers.
    pub async fn echo_answers(&self) {
        let echo = self.provider("echo").unwrap();
        assert_eq!(ask(&echo).await.unwrap()["from"], "echo");
    }
}

pub fn options(name: &str, settings: Value) -> ProviderOptions {
    let Value::Object(settings) = settings else { panic!("settings are an object") };
    ProviderOptions {
        provider: name.to_owned(),
        plugin: name.to_owned(),
        settings,
        ..ProviderOptions::default()
    }
}

/// The token of every call here.
pub fn token() -> SecretString {
    SecretString::from("the-users-token")
}

/// A call that has time.
pub fn context(token: &SecretString) -> CallContext<'_> {
    CallContext {
        token,
        integration: None,
        deadline: Deadline::after(Duration::from_secs(60)),
        repeats: Repeats::default(),
    }
}

/// Starts an operation and reads its answer.
pub async fn call(
    provider: &PluginProvider,
    operation: &str,
    input: Value,
) -> Result<Value, Error> {
    let input = input.to_string().into_bytes();
    let output = provider.call(operation, input, &context(&token())).await?;
    Ok(serde_json::from_slice(&output).unwrap())
}

/// The operation that every fixture has.
pub async fn ask(provider: &PluginProvider) -> Result<Value, Error> {
    call(provider, "ask", json!({})).await
}
