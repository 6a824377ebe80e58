//! The hub as its operator runs it: a process that can be killed.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{self, Child, Command, ExitStatus},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

use mortise_sandbox::{Consent, Sandbox};
use tempfile::TempDir;

use crate::{
    Browser, Client, Rows, TestHubOptions, client,
    configuration::{self, Written},
    program, vendors,
};

/// How long a hub may take to be ready, on a machine that does much else.
const START: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(10);

/// A `mortise serve` on loopback with a folder of its own. It is killed when this is dropped.
///
/// ```no_run
/// use mortise_tests::{ADA, Consent, HostProcess, Sandbox, TestDatabase, TestHub};
///
/// # async fn test() {
/// let sandbox = Sandbox::start(Default::default()).unwrap();
/// let Some(database) = TestDatabase::postgres().await else { return };
/// let options = TestHub::options().database(database.url()).set("log.filter", "debug");
/// let mut first = HostProcess::start(&sandbox, options).await;
/// let second = first.beside(&sandbox).await;
/// first.connect(&sandbox, "ada", "google-calendar", &Consent::of(ADA)).await;
/// first.kill();
/// second.as_user("ada").get("/api/integrations/google-calendar/status").await.expect(200);
/// first.restart().await;
/// # }
/// ```
pub struct HostProcess {
    /// `http://127.0.0.1:PORT`, without a slash at its end; the same after a restart.
    pub url: String,
    /// An API key with all rights.
    pub key: String,
    pub database_url: String,
    /// What tokens are encrypted with.
    pub fernet_keys: String,
    options: TestHubOptions,
    written: Written,
    http: reqwest::Client,
    child: Option<Child>,
    folder: TempDir,
}

/// What a command said.
#[derive(Debug)]
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl HostProcess {
    /// Writes a configuration into a folder of its own, migrates the database, makes an API key
    /// and starts to serve; ready when this returns. The options are those of a
    /// [`TestHub`](crate::TestHub), whose SQLite file lies in the folder where they name no
    /// database. Its clock is the system's.
    ///
    /// # Panics
    /// Where a command fails, or the hub is not ready within a minute.
    pub async fn start(sandbox: &Sandbox, options: TestHubOptions) -> Self {
        let mut host = Self::prepared(sandbox, options).await;
        host.expect_run(&["migrate"]).await;
        let rights = ["--rights", "tokens,proxy,admin"];
        let create = [&["keys", "create", "--name", "test"][..], &rights[..]].concat();
        host.key = host.expect_run(&create).await.trim().to_owned();
        host.restart().await;
        host
    }

    /// A further process with the same options, database, API key and encryption keys, and with a
    /// port and folder of its own.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub async fn beside(&self, sandbox: &Sandbox) -> Self {
        let options = self.options.clone();
        let mut host = Self::prepared(sandbox, options).await;
        host.key.clone_from(&self.key);
        host.restart().await;
        host
    }

    async fn prepared(sandbox: &Sandbox, options: TestHubOptions) -> Self {
        tokio::task::spawn_blocking(program::program).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let own_database = || configuration::database_url(&options, folder.path());
        let database_url = options.database.clone().unwrap_or_else(own_database);
        let fernet_keys = options.fernet_keys.clone();
        let fernet_keys = fernet_keys.unwrap_or_else(fernet::Fernet::generate_key);
        let options = options.database(&database_url).fernet_keys(&fernet_keys);
        let plugins = configuration::plugin_folder(&options).await;
        let written = configuration::write(sandbox, &options, &plugins, folder.path(), port);
        vendors::allow_redirects(sandbox, &written.url);
        for (name, of) in &options.twins {
            vendors::allow_redirect(sandbox, &written.url, name, of);
        }
        Self {
            url: written.url.clone(),
            key: String::new(),
            database_url,
            fernet_keys,
            options,
            written,
            http: client::http(),
            child: None,
            folder,
        }
    }

    /// The command line of this hub, to be run or to be killed while it runs.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program::command();
        command.arg("--config").arg(&self.written.file).args(arguments);
        command.envs(self.written.environment.iter().cloned());
        command.current_dir(self.folder.path());
        command
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { status: output.status, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// What a command that succeeds printed.
    ///
    /// # Panics
    /// Where it does not succeed.
    pub async fn expect_run(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments).await;
        assert!(ran.status.success(), "mortise {}: {}", arguments.join(" "), ran.stderr);
        ran.stdout
    }

    /// Starts to serve on the same port and folder, after [`kill`](Self::kill) where it still
    /// does. What it logs is added to what was logged before.
    pub fn launch(&mut self) {
        self.kill();
        let log = File::options().create(true).append(true).open(self.log_file()).unwrap();
        let mut serve = self.command(&["serve"]);
        serve.stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(serve.spawn().unwrap());
    }

    /// As [`launch`](Self::launch), and ready when this returns.
    ///
    /// # Panics
    /// As [`ready`](Self::ready).
    pub async fn restart(&mut self) {
        self.launch();
        self.ready().await;
    }

    /// Waits until `/readyz` answers 200.
    ///
    /// # Panics
    /// Where the process ends instead, or a minute passes.
    pub async fn ready(&mut self) {
        let start = Instant::now();
        while !self.is_ready().await {
            assert!(self.is_running(), "the hub ended:\n{}", self.log());
            assert!(start.elapsed() < START, "the hub is not ready:\n{}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn is_ready(&self) -> bool {
        let answer = self.anonymous().try_send("GET", "/readyz", None).await;
        answer.is_ok_and(|answer| answer.status == 200)
    }

    /// Whether the process is there.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// Its number in the system, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// SIGKILL: gone at once, with nothing finished. One that does not run stays so.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGTERM, and waits for the end however long it takes; how it ended.
    ///
    /// # Panics
    /// Where it does not run.
    pub async fn stop(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("a hub that runs");
        terminate(&mut child);
        tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap()
    }

    /// SIGTERM; the process may go on for a while.
    ///
    /// # Panics
    /// Where it was not started.
    pub fn ask_to_stop(&mut self) {
        terminate(self.child.as_mut().expect("a hub that runs"));
    }

    /// All that it logged so far, over all its starts.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder().join("mortise.log")
    }

    /// Configuration, log and, where it has no other database, the SQLite file. It ends with this.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database beside the hub.
    pub async fn rows(&self) -> Rows {
        Rows::open(&self.database_url).await
    }

    /// The API key, for a user.
    pub fn as_user(&self, user: &str) -> Client {
        self.backend().header("mortise-user", user)
    }

    /// The API key, for nobody.
    pub fn backend(&self) -> Client {
        self.anonymous().bearer(&self.key)
    }

    /// Nobody.
    pub fn anonymous(&self) -> Client {
        Client::new(self.http.clone(), &self.url)
    }

    /// The whole of a connect in a new browser.
    pub async fn connect(&self, sandbox: &Sandbox, user: &str, slug: &str, consent: &Consent) {
        let path = format!("/api/integrations/{slug}/connect");
        let link = self.as_user(user).get(&path).await.expect(200);
        let browser = Browser::new(self.http.clone(), &self.url);
        let vendor = browser.open(link.body["url"].as_str().unwrap()).await.expect(303);
        let callback = vendors::consent(sandbox, slug, vendor.header("location"), consent);
        browser.open(&callback).await.expect(200);
    }
}

impl Drop for HostProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(unix)]
fn terminate(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
}

#[cfg(not(unix))]
fn terminate(child: &mut Child) {
    child.kill().unwrap();
}

/// A port below those that the system gives to connections: while a hub is down, nobody else
/// takes its port.
fn free_port() -> u16 {
    const FIRST: u16 = 12_000;
    const COUNT: u16 = 20_000;
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let start = process::id().wrapping_mul(97);
    loop {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        let offset = start.wrapping_add(tried.into()) % u32::from(COUNT);
        let port = FIRST + u16::try_from(offset).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
