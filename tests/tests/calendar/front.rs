//! A vendor's front that leaves something out of the answers of what is behind it: for what the
//! loopback vendor itself never does.

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
    /// Has no busy time, but an error inside the 200 answer.
    hidden: String,
}

impl Front {
    pub async fn hiding_busy_time_of(calendar: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let behind =
            Arc::new(Behind { vendor: OnceLock::new(), http, hidden: calendar.to_owned() });
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
    if parts.uri.path().ends_with("/freeBusy") && status.is_success() {
        let mut busy: Value = serde_json::from_slice(&body).unwrap();
        let calendars = busy["calendars"].as_object_mut().unwrap();
        if let Some(calendar) = calendars.get_mut(&behind.hidden) {
            let errors = json!([{"domain": "global", "reason": "internalError"}]);
            *calendar = json!({"busy": [], "errors": errors});
        }
        body = busy.to_string().into_bytes();
        headers.remove(header::CONTENT_LENGTH);
    }
    let mut answer = Response::new(Body::from(body));
    (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
    answer
}
