//! A PostgreSQL of the test's own, which it may stop.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A server on loopback with a data folder of its own. It ends with this.
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// Nothing where PostgreSQL's programs are not installed, unless
    /// `MORTISE_TEST_REQUIRE_DATABASES` is 1.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let required = env::var("MORTISE_TEST_REQUIRE_DATABASES").is_ok_and(|set| set == "1");
            assert!(!required, "there is no initdb in /usr/lib/postgresql/*/bin");
            eprintln!("skipped: there is no initdb in /usr/lib/postgresql/*/bin");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Self { folder, programs, port };
        if is_root() {
            // The server does not run as root.
            let owner = Command::new("chown").arg("postgres").arg(cluster.folder.path()).status();
            assert!(owner.unwrap().success());
        }
        let mut init = cluster.program("initdb");
        cluster.run(init.args(["-A", "trust", "-U", "mortise", "-E", "UTF8", "-N"]));
        cluster.launch();
        Some(cluster)
    }

    pub fn url(&self) -> String {
        format!("postgres://mortise@127.0.0.1:{}/postgres", self.port)
    }

    pub fn launch(&self) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off",
            self.port
        );
        let mut start = self.program("pg_ctl");
        self.run(
            start.args(["-w", "-o", &options, "-l"]).arg(self.data().join("log")).arg("start"),
        );
    }

    /// As after a crash: connections are cut, and nothing is finished.
    pub fn stop(&self) {
        self.run(self.program("pg_ctl").args(["-w", "-m", "immediate", "stop"]));
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.arg("-D").arg(self.data()).current_dir("/");
        command
    }

    /// Its output goes to a file: a server that was started would keep a pipe open.
    fn run(&self, command: &mut Command) {
        let said = self.folder.path().with_extension("said");
        let file = fs::File::create(&said).unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let status = command.status().unwrap();
        let text = fs::read_to_string(&said).unwrap_or_default();
        let _ = fs::remove_file(&said);
        assert!(status.success(), "{command:?}: {text}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        let _ = stop.args(["-m", "immediate", "stop"]).output();
    }
}

fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.flatten().map(|version| version.path().join("bin"));
    folders.filter(|folder| folder.join("initdb").exists()).max()
}

/// The owner of one's own process.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(Path::new("/proc/self")).is_ok_and(|own| own.uid() == 0)
}
