//! An address that leads to a vendor: known before the vendor is there, and able to leave something
//! out of its answers, for what the loopback vendor itself never does.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::header,
    response::Response,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// Serves on a port of its own until it is dropped.
pub struct Front {
    url: String,
    behind: Arc<Behind>,
    serving: JoinHandle<()>,
}

struct Behind {
    vendor: OnceLock<String>,
    http: reqwest::Client,
    /// This calendar has no busy time, but an error inside the 200 answer.
    hidden: Option<String>,
}

impl Front {
    pub async fn open() -> Self {
        Self::hiding(None).await
    }

    pub async fn hiding_busy_time_of(calendar: &str) -> Self {
        Self::hiding(Some(calendar.to_owned())).await
    }

    async fn hiding(hidden: Option<String>) -> Self {
        // The hub that comes later has the TLS library set up, but this client comes before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let redirect = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(redirect).no_proxy().build().unwrap();
        let behind = Arc::new(Behind { vendor: OnceLock::new(), http, hidden });
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
    let url = format!("{}{}", behind.vendor.get().unwrap(), parts.uri);
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let sent = behind.http.request(parts.method, url).headers(headers).body(body);
    let answer = sent.send().await.unwrap();
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let mut body = answer.bytes().await.unwrap().to_vec();
    if let Some(hidden) = &behind.hidden
        && parts.uri.path().ends_with("/freeBusy")
        && status.is_success()
    {
        body = without_busy_time(&body, hidden);
        headers.remove(header::CONTENT_LENGTH);
    }
    let mut answer = Response::new(Body::from(body));
    (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
    answer
}

fn without_busy_time(answer: &[u8], calendar: &str) -> Vec<u8> {
    let mut answer: Value = serde_json::from_slice(answer).unwrap();
    let errors = json!([{"domain": "global", "reason": "internalError"}]);
    if let Some(entry) = answer["calendars"].get_mut(calendar) {
        *entry = json!({"busy": [], "errors": errors});
    }
    answer.to_string().into_bytes()
}
