use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time};

use super::{Assembled, Replaced, StartError, assemble};
use crate::{
    app::Hub,
    config::Config,
    http::{self, AppState, Stage},
};

/// How often the background work runs.
const TURN: Duration = Duration::from_secs(60);
/// How long the database may take to close after the end.
const CLOSING: Duration = Duration::from_secs(2);
/// How often tokens near their end are looked for.
const AHEAD_TURN: Duration = Duration::from_secs(30);

/// Why a hub does not serve, or stopped serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It was not put together.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It cannot listen there.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
}

/// A hub that listens.
pub struct Server {
    assembled: Assembled,
    listener: TcpListener,
    options: ServeOptions,
}

struct ServeOptions {
    header_timeout: Duration,
    grace: Duration,
    refresh_ahead: bool,
}

impl Server {
    /// Puts a hub together and listens; connections wait until [`run`](Self::run).
    ///
    /// # Errors
    /// See [`ServeError`].
    pub async fn start(config: &Config, replaced: Replaced) -> Result<Self, ServeError> {
        let assembled = assemble(config, replaced).await?;
        let address = config.server.bind;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| ServeError::Listen { address, error })?;
        for warning in config.warnings.iter().chain(assembled.state.warnings.iter()) {
            tracing::warn!("{warning}");
        }
        let options = ServeOptions {
            header_timeout: config.server.header_timeout,
            grace: config.server.shutdown_grace,
            refresh_ahead: config.token_cache.background_refresh,
        };
        Ok(Self { assembled, listener, options })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Those of the system.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The hub.
    #[must_use]
    pub fn assembled(&self) -> &Assembled {
        &self.assembled
    }

    /// Serves until `stop` comes. Then it takes nothing new, finishes what is under way as long as
    /// configured, work included whose caller is gone, and closes the database.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        let Self { assembled: Assembled { hub, state, database }, listener, options } = self;
        let (stopping, stopped) = watch::channel(false);
        let refresher = options.refresh_ahead.then(|| refresher(Arc::clone(&hub), stopped.clone()));
        let mut background = maintain(Arc::clone(&hub), state.clone(), stopped);
        let gate = Arc::clone(&state.gate);
        let serving = http::serve(listener, state, options.header_timeout);
        tokio::pin!(serving);
        tokio::select! {
            // It does not end by itself.
            () = &mut serving => {}
            () = stop => {}
        }
        tracing::info!("stopping; what is under way is finished");
        gate.advance(Stage::Stopping);
        let _ = stopping.send(true);
        let finished = async {
            gate.idle().await;
            let _ = (&mut background).await;
            if let Some(refresher) = refresher {
                let _ = refresher.await;
            }
            hub.finish_work().await;
            gate.advance(Stage::Closing);
        };
        let grace = options.grace;
        let ended = time::timeout(grace, async { tokio::join!(finished, serving) }).await;
        if ended.is_err() {
            tracing::warn!(seconds = grace.as_secs(), "gave up on what is under way");
            background.abort();
        }
        match time::timeout(CLOSING, database.close()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the database was not closed cleanly"),
            Err(_) => tracing::warn!("the database was not closed: it is still in use"),
        }
    }
}

async fn until(stopped: &mut watch::Receiver<bool>) {
    // The sender is gone only when the server is.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn maintain(hub: Arc<Hub>, state: AppState, mut stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut turns = time::interval(TURN);
        loop {
            tokio::select! {
                _ = turns.tick() => {
                    // Where nobody scrapes, every measured time would be kept for ever.
                    if let Some(metrics) = &state.metrics {
                        metrics.run_upkeep();
                    }
                    state.rate_limits.sweep();
                    if let Err(error) = hub.maintain().await {
                        tracing::warn!(%error, "background work failed; tried again in a minute");
                    }
                }
                () = until(&mut stopped) => return,
            }
        }
    })
}

fn refresher(hub: Arc<Hub>, mut stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut turns = time::interval(AHEAD_TURN);
        turns.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            let turn = async {
                turns.tick().await;
                hub.refresh_ahead().await
            };
            tokio::select! {
                outcome = turn => if let Err(error) = outcome {
                    tracing::warn!(%error, "tokens were not refreshed ahead; tried again soon");
                },
                () = until(&mut stopped) => return,
            }
        }
    })
}
