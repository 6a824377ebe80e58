//! The accept loop.

use std::{io, sync::Arc, time::Duration};

use axum::{Router, body::Body, http};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{
    AppState,
    gate::{Place, Stage},
    router::router,
    shed::{Refused, answer},
};

/// Between two tries to accept where the system refuses.
const PAUSE: Duration = Duration::from_secs(1);

/// What every connection needs.
struct Front {
    state: AppState,
    router: Router,
    header_timeout: Duration,
}

/// Serves until the gate's stage is `Stopping`, then takes no new connections; ends when it is
/// `Closing` and every answer is on its way. Dropped before, it cuts all connections.
pub async fn serve(listener: TcpListener, state: AppState, header_timeout: Duration) {
    let front = Arc::new(Front { router: router(state.clone()), state, header_timeout });
    let gate = &front.state.gate;
    let stopping = gate.reached(Stage::Stopping);
    tokio::pin!(stopping);
    let mut connections = JoinSet::new();
    loop {
        let accepted = async { (gate.connection().await, accept(&listener).await) };
        tokio::select! {
            (place, stream) = accepted => {
                connections.spawn(converse(Arc::clone(&front), stream, place));
            }
            Some(_) = connections.join_next() => {}
            () = &mut stopping => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// The next connection. Where the system has no more to give the hub waits for better times.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) if is_the_caller_s(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted; tried again in a second");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether the caller was gone before it was accepted.
fn is_the_caller_s(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn converse(front: Arc<Front>, stream: TcpStream, _place: Option<Place>) {
    // An answer is written at once; waiting for more to send only delays it.
    let _ = stream.set_nodelay(true);
    let service = {
        let front = Arc::clone(&front);
        let refused = Arc::new(Refused::default());
        service_fn(move |request: http::Request<Incoming>| {
            let (front, refused) = (Arc::clone(&front), Arc::clone(&refused));
            async move {
                let api = front.router.clone();
                Ok::<_, std::convert::Infallible>(
                    answer(api, &front.state, &refused, request.map(Body::new)).await,
                )
            }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(front.header_timeout)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = front.state.gate.reached(Stage::Closing) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
