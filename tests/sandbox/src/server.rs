use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::{Router, middleware};
use tokio::runtime;
use tokio::sync::oneshot;

use crate::backend::Backend;
use crate::google::{self, CalendarStore};
use crate::hubspot::{self, HubSpotApi};
use crate::microsoft::{self, GraphApi};
use crate::oauth::AuthorizationServer;
use crate::vendor::Vendor;
use crate::{control, misbehave};

/// Where the vendors listen. Port 0 takes any free one.
#[derive(Clone, Debug, Default)]
pub struct SandboxConfig {
    pub google_port: u16,
    pub microsoft_port: u16,
    pub hubspot_port: u16,
    /// Registered for the client of every vendor.
    pub redirect_uris: Vec<String>,
    /// Decides which requests are struck by faults with a chance, at each vendor by itself.
    pub seed: u64,
}

/// The running vendors. They have a thread and a runtime of their own, so that they serve also
/// while the caller blocks. Dropping it ends them and frees their ports.
pub struct Sandbox {
    google: Vendor<CalendarStore>,
    microsoft: Vendor<GraphApi>,
    hubspot: Vendor<HubSpotApi>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Binds the ports on 127.0.0.1 and serves. The vendors answer when this returns.
    ///
    /// # Errors
    /// Where a port is taken, or the system gives no thread.
    pub fn start(config: SandboxConfig) -> io::Result<Self> {
        let mut sites = Vec::new();
        let (google_at, seed) = (config.google_port, config.seed);
        let (microsoft_at, hubspot_at) = (config.microsoft_port, config.hubspot_port);
        let google = open(&mut sites, (google_at, seed), google::vendor(), google::routes())?;
        let microsoft =
            open(&mut sites, (microsoft_at, seed), microsoft::vendor(), microsoft::routes())?;
        let hubspot = open(&mut sites, (hubspot_at, seed), hubspot::vendor(), hubspot::routes())?;

        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || runtime.block_on(serve(sites, stopped)))?;

        let sandbox = Self { google, microsoft, hubspot, stop: Some(stop), thread: Some(thread) };
        for uri in &config.redirect_uris {
            sandbox.google.allow_redirect_uri(uri);
            sandbox.microsoft.allow_redirect_uri(uri);
            sandbox.hubspot.allow_redirect_uri(uri);
        }
        Ok(sandbox)
    }

    pub fn google(&self) -> &Vendor<CalendarStore> {
        &self.google
    }

    pub fn microsoft(&self) -> &Vendor<GraphApi> {
        &self.microsoft
    }

    pub fn hubspot(&self) -> &Vendor<HubSpotApi> {
        &self.hubspot
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened.
            let _ = thread.join();
        }
    }
}

type Site = (TcpListener, Router);

fn open<A: Send + Sync + 'static>(
    sites: &mut Vec<Site>,
    (port, seed): (u16, u64),
    (oauth, api): (AuthorizationServer, A),
    routes: Router<Arc<Backend<A>>>,
) -> io::Result<Vendor<A>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    let backend = Arc::new(Backend::new(oauth, api, seed));
    let layer = middleware::from_fn_with_state(Arc::clone(&backend), misbehave::layer);
    let router = routes.merge(control::routes()).layer(layer).with_state(Arc::clone(&backend));
    sites.push((listener, router));
    Ok(Vendor::new(url, backend))
}

/// Serves until the sandbox is dropped; open connections end with the runtime.
async fn serve(sites: Vec<Site>, stopped: oneshot::Receiver<()>) {
    for (listener, router) in sites {
        tokio::spawn(async move {
            match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => {
                    if let Err(error) = axum::serve(listener, router).await {
                        eprintln!("sandbox: {error}");
                    }
                }
                Err(error) => eprintln!("sandbox: {error}"),
            }
        });
    }
    // The sender is only ever dropped.
    let _ = stopped.await;
}
