use std::{net::SocketAddr, sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time};

use super::{Assembled, Replaced, StartError, assemble};
use crate::{app::Hub, config::Config, http};

/// How often the background work runs.
const TURN: Duration = Duration::from_secs(60);
/// How often links are looked for whose writes were cut short.
const RECOVERY: Duration = Duration::from_secs(10);

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
    /// The listener failed.
    #[error("serving failed: {0}")]
    Serving(std::io::Error),
}

/// A hub that listens.
pub struct Server {
    assembled: Assembled,
    listener: TcpListener,
    grace: Duration,
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
        Ok(Self { assembled, listener, grace: config.server.shutdown_grace })
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

    /// Serves until `stop` comes; then takes no new connections, and waits for the requests under
    /// way as long as configured.
    ///
    /// # Errors
    /// `Serving`.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
        let Self { assembled, listener, grace } = self;
        let (stopping, stopped) = watch::channel(false);
        let (hub, metrics) = (Arc::clone(&assembled.hub), assembled.state.metrics.clone());
        let recovery = recover(Arc::clone(&hub), stopped.clone());
        let background = maintain(hub, metrics, stopped.clone());
        let router = http::router(assembled.state);
        let mut stopped = stopped;
        let serving = axum::serve(listener, router)
            .with_graceful_shutdown(async move {
                until(&mut stopped).await;
            })
            .into_future();
        tokio::pin!(serving);
        let ended = tokio::select! {
            ended = &mut serving => Some(ended),
            () = stop => None,
        };
        let _ = stopping.send(true);
        let ended = match ended {
            Some(ended) => ended,
            None => {
                tracing::info!("stopping; requests under way are finished");
                time::timeout(grace, serving).await.unwrap_or_else(|_| {
                    tracing::warn!(seconds = grace.as_secs(), "gave up on requests under way");
                    Ok(())
                })
            }
        };
        let _ = background.await;
        let _ = recovery.await;
        if let Err(error) = assembled.database.close().await {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
        ended.map_err(ServeError::Serving)
    }
}

async fn until(stopped: &mut watch::Receiver<bool>) {
    // The sender is gone only when the server is.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn maintain(
    hub: Arc<Hub>,
    metrics: Option<PrometheusHandle>,
    mut stopped: watch::Receiver<bool>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut turns = time::interval(TURN);
        loop {
            tokio::select! {
                _ = turns.tick() => {
                    // Where nobody scrapes, every measured time would be kept for ever.
                    if let Some(metrics) = &metrics {
                        metrics.run_upkeep();
                    }
                    if let Err(error) = hub.maintain().await {
                        tracing::warn!(%error, "background work failed; tried again in a minute");
                    }
                }
                () = until(&mut stopped) => return,
            }
        }
    })
}

/// A turn that is cut short is one that others finish: stopping does not wait for it.
fn recover(hub: Arc<Hub>, mut stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut turns = time::interval(RECOVERY);
        turns.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            let turn = async {
                turns.tick().await;
                hub.recover().await
            };
            tokio::select! {
                done = turn => {
                    if let Err(error) = done {
                        tracing::warn!(%error, "interrupted writes were not looked for; tried again");
                    }
                }
                () = until(&mut stopped) => return,
            }
        }
    })
}
