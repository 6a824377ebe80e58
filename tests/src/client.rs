use std::sync::LazyLock;

use reqwest::{Method, header};
use serde_json::Value;

use crate::Answer;

/// No proxy, no redirects followed, no cookies.
pub(crate) fn http() -> reqwest::Client {
    static CRYPTO: LazyLock<()> = LazyLock::new(|| {
        // The hub installs one too; whoever comes first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    LazyLock::force(&CRYPTO);
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    client.no_proxy().build().unwrap()
}

/// Somebody who calls the hub, with the same headers each time.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    headers: Vec<(String, String)>,
}

impl Client {
    pub(crate) fn new(http: reqwest::Client, base: &str) -> Self {
        Self { http, base: base.to_owned(), headers: Vec::new() }
    }

    /// The same, with a further header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, with this key or session token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    /// A POST without a body.
    pub async fn post_nothing(&self, path: &str) -> Answer {
        self.send("POST", path, None).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    /// Any method, with or without a JSON body.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.try_send(method, path, body).await.unwrap()
    }

    /// As [`send`](Self::send), where there may be nobody who answers.
    ///
    /// # Errors
    /// Where the connection is refused, or ends before the whole of the answer.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, reqwest::Error> {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => {
                request.header(header::CONTENT_TYPE, "application/json").body(body.to_string())
            }
            None => request,
        };
        Answer::try_read(request.send().await?, &self.base).await
    }

    /// Any method, with any text for a body.
    pub async fn send_text(&self, method: &str, path: &str, kind: &str, body: &str) -> Answer {
        let request = self.request(method, path).header(header::CONTENT_TYPE, kind);
        self.run(request.body(body.to_owned())).await
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("{}{path}", self.base));
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    async fn run(&self, request: reqwest::RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap(), &self.base).await
    }
}
