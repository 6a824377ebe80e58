//! The binary by itself: how fast it is ready, and what it takes while nobody asks.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use mortise::config::Config;
use mortise_benches::{
    Outcome,
    client::{Connection, get},
    hub::Folder,
};

/// Between two looks whether the hub is ready; part of the measured time.
const LOOK: Duration = Duration::from_micros(200);
const PATIENCE: Duration = Duration::from_secs(30);

struct Serving(Child);

impl Serving {
    fn start(binary: &Path, folder: &Folder) -> Outcome<Self> {
        let mut command = Command::new(binary);
        command.arg("--config").arg(folder.config()).arg("serve");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(command.spawn()?))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// From the process's start to the first 200 of `/readyz`, each time anew on the same database.
pub async fn starts(binary: &Path, folder: &Folder, times: usize) -> Outcome<Vec<Duration>> {
    let address = Config::load_with(Some(&folder.config()), [])?.server.bind;
    let mut took = Vec::new();
    for _ in 0..times {
        let started = Instant::now();
        let serving = Serving::start(binary, folder)?;
        ready(address, started).await?;
        took.push(started.elapsed());
        drop(serving);
    }
    Ok(took)
}

/// Resident memory, in megabytes, five seconds after the hub was ready.
pub async fn idle(binary: &Path, folder: &Folder) -> Outcome<f64> {
    let address = Config::load_with(Some(&folder.config()), [])?.server.bind;
    let serving = Serving::start(binary, folder)?;
    ready(address, Instant::now()).await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let status = fs::read_to_string(format!("/proc/{}/status", serving.0.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1024.0)
}

async fn ready(address: SocketAddr, started: Instant) -> Outcome<()> {
    let request = get(address, "/readyz", &[]);
    while started.elapsed() < PATIENCE {
        if let Ok(mut connection) = Connection::open(address).await
            && let Ok(answer) = connection.exchange(request.as_bytes()).await
            && answer.status == 200
        {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    Err("the hub does not become ready".into())
}
