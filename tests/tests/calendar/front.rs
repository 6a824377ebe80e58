//! An address that leads to a vendor: known before the vendor is there, and able to do what the
//! loopback vendor itself never does: leave something out of its answers, or keep a request waiting
//! until a second one is there.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::header,
    response::Response,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Barrier, task::JoinHandle};

/// Serves on a port of its own until it is dropped.
pub struct Front {
    url: String,
    behind: Arc<Behind>,
    serving: JoinHandle<()>,
}

struct Behind {
    vendor: OnceLock<String>,
    http: reqwest::Client,
    oddity: Oddity,
}

#[derive(Default)]
struct Oddity {
    /// This calendar has no busy time, but an error inside the 200 answer.
    hidden: Option<String>,
    /// Kinds of requests that pass in pairs only.
    pairs: Vec<(&'static str, Barrier)>,
}

impl Front {
    pub async fn open() -> Self {
        Self::with(Oddity::default()).await
    }

    pub async fn hiding_busy_time_of(calendar: &str) -> Self {
        let hidden = Some(calendar.to_owned());
        Self::with(Oddity { hidden, ..Oddity::default() }).await
    }

    /// Of each kind of requests (`GET /events`: method and end of the path) the first waits for a
    /// second: who sends one after the other waits in vain.
    pub async fn pairing(kinds: &[&'static str]) -> Self {
        let pairs = kinds.iter().map(|&kind| (kind, Barrier::new(2))).collect();
        Self::with(Oddity { pairs, ..Oddity::default() }).await
    }

    async fn with(oddity: Oddity) -> Self {
        // The hub that comes later has the TLS library set up, but this client comes before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let redirect = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(redirect).no_proxy().build().unwrap();
        let behind = Arc::new(Behind { vendor: OnceLock::new(), http, oddity });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass).with_state(Arc::clone(&behind));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, behind, serving }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Says what is behind it; requests must not come before.
    pub fn lead_to(&self, vendor: &str) {
        self.behind.vendor.set(vendor.to_owned()).unwrap();
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(State(behind): State<Arc<Behind>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    for (kind, pair) in &behind.oddity.pairs {
        let (method, end) = kind.split_once(' ').unwrap();
        if parts.method == method && parts.uri.path().ends_with(end) {
            pair.wait().await;
        }
    }
    let url = format!("{}{}", behind.vendor.get().unwrap(), parts.uri);
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let sent = behind.http.request(parts.method, url).headers(headers).body(body);
    let Ok(answer) = sent.send().await else { return cut() };
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    let body = match &behind.oddity.hidden {
        Some(hidden) if parts.uri.path().ends_with("/freeBusy") && status.is_success() => {
            headers.remove(header::CONTENT_LENGTH);
            Body::from(without_busy_time(&answer.bytes().await.unwrap(), hidden))
        }
        // As it comes: an answer that breaks off there breaks off here.
        _ => Body::new(reqwest::Body::from(answer)),
    };
    let mut answer = Response::new(body);
    (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
    answer
}

/// An answer that breaks off at once.
fn cut() -> Response {
    let broken = async { Err::<Vec<u8>, _>(std::io::Error::from(std::io::ErrorKind::BrokenPipe)) };
    Response::new(Body::from_stream(futures::stream::once(broken)))
}

fn without_busy_time(answer: &[u8], calendar: &str) -> Vec<u8> {
    let mut answer: Value = serde_json::from_slice(answer).unwrap();
    let errors = json!([{"domain": "global", "reason": "internalError"}]);
    if let Some(entry) = answer["calendars"].get_mut(calendar) {
        *entry = json!({"busy": [], "errors": errors});
    }
    answer.to_string().into_bytes()
}
