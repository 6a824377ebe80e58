//! Rounds that measure one thing after the other, so that what disturbs one disturbs all.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use mortise_benches::{Outcome, client::Connection, samples::Samples};
use tokio::task::JoinSet;

use crate::servers::Target;

/// Connections at a time.
pub const CLIENTS: [usize; 2] = [1, 32];
const WARM_UP: Duration = Duration::from_millis(500);

/// What was measured of one target, for each number of clients.
pub struct Measured {
    pub target: Target,
    pub samples: [Samples; CLIENTS.len()],
}

/// Measures all targets in each round.
pub async fn run(targets: &[Target], rounds: usize, span: Duration) -> Outcome<Vec<Measured>> {
    let with = |target: &Target| Measured { target: target.clone(), samples: Default::default() };
    let mut measured: Vec<Measured> = targets.iter().map(with).collect();
    for (at, clients) in CLIENTS.into_iter().enumerate() {
        for target in targets {
            load(target, clients, WARM_UP).await?;
        }
        for _ in 0..rounds {
            for measured in &mut measured {
                let started = Instant::now();
                let latencies = load(&measured.target, clients, span).await?;
                measured.samples[at].add(latencies, started.elapsed());
            }
        }
    }
    Ok(measured)
}

/// Keeps so many clients busy for a while; each sends its next request when it has its answer.
async fn load(target: &Target, clients: usize, span: Duration) -> Outcome<Vec<Duration>> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Connection::open(target.address).await?);
    }
    let request: Arc<[u8]> = target.request.as_bytes().into();
    let end = Instant::now() + span;
    let mut running = JoinSet::new();
    for connection in connections {
        running.spawn(one_client(connection, Arc::clone(&request), end));
    }
    let mut latencies = Vec::new();
    while let Some(client) = running.join_next().await {
        latencies.extend(client?.map_err(|error| format!("{}: {error}", target.name))?);
    }
    Ok(latencies)
}

async fn one_client(
    mut connection: Connection,
    request: Arc<[u8]>,
    end: Instant,
) -> Outcome<Vec<Duration>> {
    let mut latencies = Vec::with_capacity(64 * 1024);
    let mut sent = Instant::now();
    while sent < end {
        let answer = connection.exchange(&request).await?;
        if answer.status != 200 {
            let body = String::from_utf8_lossy(answer.body);
            return Err(format!("answered {}: {body}", answer.status).into());
        }
        let now = Instant::now();
        latencies.push(now - sent);
        sent = now;
    }
    Ok(latencies)
}
