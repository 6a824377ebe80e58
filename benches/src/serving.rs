//! The binary in a process of its own.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use mortise::config::Config;

use crate::{
    Outcome,
    client::{Connection, get},
    hub::Folder,
};

/// Between two looks whether the hub is ready; part of a measured start.
const LOOK: Duration = Duration::from_micros(200);
const PATIENCE: Duration = Duration::from_secs(30);

/// `mortise serve`; killed when it is dropped.
pub struct Serving {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Serving {
    /// Starts it over a configured folder. Its log goes nowhere.
    ///
    /// # Errors
    /// Those of the system, and mistakes in the configuration.
    pub fn start(binary: &Path, folder: &Folder) -> Outcome<Self> {
        let address = Config::load_with(Some(&folder.config()), [])?.server.bind;
        let mut command = command(binary, folder);
        command.arg("serve").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { child: command.spawn()?, address })
    }

    /// Waits for the first 200 of `/readyz`.
    ///
    /// # Errors
    /// Where it does not come within half a minute.
    pub async fn ready(&self) -> Outcome<()> {
        let started = Instant::now();
        let request = get(self.address, "/readyz", &[]);
        while started.elapsed() < PATIENCE {
            if let Ok(mut connection) = Connection::open(self.address).await
                && let Ok(answer) = connection.exchange(request.as_bytes()).await
                && answer.status == 200
            {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
        Err("the hub does not become ready".into())
    }

    /// Resident memory, in megabytes.
    ///
    /// # Errors
    /// Where the process is gone, or the system has no `/proc`.
    pub fn resident(&self) -> Outcome<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// What `/metrics` says, without labels: figures of one name are added up.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn figures(&self) -> Outcome<BTreeMap<String, f64>> {
        let mut connection = Connection::open(self.address).await?;
        let answer = connection.exchange(get(self.address, "/metrics", &[]).as_bytes()).await?;
        let mut figures = BTreeMap::new();
        for line in std::str::from_utf8(answer.body)?.lines().filter(|line| !line.starts_with('#'))
        {
            let Some((name, figure)) = line.rsplit_once(' ') else { continue };
            let name = name.split('{').next().unwrap_or_default().to_owned();
            *figures.entry(name).or_insert(0.0) += figure.parse::<f64>()?;
        }
        Ok(figures)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes an API key with all rights.
///
/// # Errors
/// Where the binary refuses.
pub fn create_key(binary: &Path, folder: &Folder) -> Outcome<String> {
    let mut command = command(binary, folder);
    command.args(["keys", "create", "--name", "bench", "--rights", "tokens,proxy,admin"]);
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn command(binary: &Path, folder: &Folder) -> Command {
    let mut command = Command::new(binary);
    command.arg("--config").arg(folder.config());
    command
}
