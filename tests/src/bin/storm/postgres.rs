use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

/// Between the restarts, in milliseconds.
const UP: std::ops::Range<u64> = 3_000..6_000;
const DOWN: u64 = 700;

/// A PostgreSQL server of its own, in a temporary folder.
pub struct Cluster {
    url: String,
    bin: PathBuf,
    folder: TempDir,
    is_root: bool,
}

impl Cluster {
    /// Makes the folder and starts the server; it answers when this returns.
    ///
    /// # Panics
    /// Where PostgreSQL is not installed or does not start.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("storm-postgres-").tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let id = Command::new("id").arg("-u").output().unwrap();
        let is_root = id.stdout.trim_ascii() == b"0";
        let cluster = Self { url, bin: installed(), folder, is_root };
        if is_root {
            // The server refuses to run as root.
            let mut chown = Command::new("chown");
            chown.arg("postgres").arg(cluster.folder.path());
            assert!(chown.status().unwrap().success());
        }
        let data = cluster.data();
        let arguments = format!("-D {data} -U postgres -A trust -E UTF8 --no-sync");
        finish(cluster.command("initdb", &arguments));
        let settings = format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n\
             max_connections = 100\nshared_buffers = 32MB\n"
        );
        let file = cluster.folder.path().join("data/postgresql.auto.conf");
        fs::write(file, settings).unwrap();
        finish(cluster.up());
        cluster
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Restarts the server every few seconds, by turns in order and at once, until the work is
    /// done; how often.
    pub async fn while_restarting(&self, work: impl Future<Output = ()>) -> u32 {
        tokio::pin!(work);
        let mut restarts = 0;
        loop {
            let span = UP.end - UP.start;
            let up = Duration::from_millis(UP.start + u64::from(restarts) * 1_117 % span);
            tokio::select! {
                () = &mut work => return restarts,
                () = tokio::time::sleep(up) => {}
            }
            let mode = ["fast", "immediate"][restarts as usize % 2];
            let restart = async {
                aside(self.down(mode)).await;
                tokio::time::sleep(Duration::from_millis(DOWN)).await;
                aside(self.up()).await;
            };
            // The work goes on meanwhile, and ends only with the server up.
            let (mut restart, mut done) = (std::pin::pin!(restart), false);
            loop {
                tokio::select! {
                    () = &mut work, if !done => done = true,
                    () = &mut restart => break,
                }
            }
            restarts += 1;
            if done {
                return restarts;
            }
        }
    }

    fn up(&self) -> Command {
        let (data, log) = (self.data(), self.folder.path().join("server.log"));
        self.command("pg_ctl", &format!("-D {data} -l {} -w -t 60 start", log.display()))
    }

    fn down(&self, mode: &str) -> Command {
        self.command("pg_ctl", &format!("-D {} -m {mode} -w -t 60 stop", self.data()))
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn command(&self, program: &str, arguments: &str) -> Command {
        let line = format!("{}/{program} {arguments}", self.bin.display());
        let mut command = match self.is_root {
            true => {
                let mut su = Command::new("su");
                su.args(["postgres", "-c", &line]);
                su
            }
            false => {
                let mut sh = Command::new("sh");
                sh.args(["-c", &line]);
                sh
            }
        };
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

/// Runs a command to its end.
fn finish(mut command: Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

/// As that, while other work goes on.
async fn aside(command: Command) {
    tokio::task::spawn_blocking(|| finish(command)).await.unwrap();
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if Path::new(&self.data()).join("postmaster.pid").exists() {
            finish(self.down("immediate"));
        }
    }
}

/// The folder with the server's programs: Debian's newest, or the one of the first on the path.
fn installed() -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("pg_ctl").exists())
        .collect();
    found.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = || env::split_paths(&path).find(|bin| bin.join("pg_ctl").exists());
    found.pop().or_else(on_path).expect("PostgreSQL's initdb and pg_ctl are installed")
}
