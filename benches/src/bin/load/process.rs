//! The binary by itself: how fast it is ready, and what it takes while nobody asks.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use mortise_benches::{Outcome, hub::Folder, serving::Serving};

/// From the process's start to the first 200 of `/readyz`, each time anew on the same database.
pub async fn starts(binary: &Path, folder: &Folder, times: usize) -> Outcome<Vec<Duration>> {
    let mut took = Vec::new();
    for _ in 0..times {
        let started = Instant::now();
        let serving = Serving::start(binary, folder)?;
        serving.ready().await?;
        took.push(started.elapsed());
    }
    Ok(took)
}

/// Resident memory, in megabytes, five seconds after the hub was ready.
pub async fn idle(binary: &Path, folder: &Folder) -> Outcome<f64> {
    let serving = Serving::start(binary, folder)?;
    serving.ready().await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    serving.resident()
}
