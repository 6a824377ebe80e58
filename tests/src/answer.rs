use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// `null` where the body is not JSON.
    pub body: Value,
    /// The hub's address, which differs from run to run.
    base: String,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response, base: &str) -> Self {
        Self::try_read(response, base).await.unwrap()
    }

    pub(crate) async fn try_read(
        response: reqwest::Response,
        base: &str,
    ) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        Ok(Self::new(status, headers, String::from_utf8_lossy(&bytes).into_owned(), base))
    }

    pub(crate) fn new(status: u16, headers: HeaderMap, text: String, base: &str) -> Self {
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, text, body, base: base.to_owned() }
    }

    /// The first value of a header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// This answer, once its status is the expected one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Status and body of a problem, with what differs from run to run replaced.
    ///
    /// Checks what every problem keeps to: its media type, its `type`, that `status` is the
    /// answer's own, and that the request id of body and header is one.
    #[track_caller]
    pub fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        assert_eq!(self.body["status"], self.status);
        assert_eq!(self.body["request_id"], self.header("x-request-id"));
        let code = self.body["code"].as_str().expect("a problem has a code");
        assert_eq!(self.body["type"], format!("urn:problem-type:mortise:{code}"));
        for text in ["title", "detail"] {
            assert!(self.body[text].as_str().is_some_and(|text| !text.is_empty()), "{}", self.text);
        }
        self.redacted()
    }

    /// Status and code of a problem.
    #[track_caller]
    pub fn refusal(&self) -> (u16, &str) {
        self.problem();
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    /// The fields that a problem names, in its order.
    #[track_caller]
    pub fn fields(&self) -> Vec<&str> {
        self.problem();
        let errors = self.body["errors"].as_array().map_or(&[][..], Vec::as_slice);
        errors.iter().filter_map(|error| error["field"].as_str()).collect()
    }

    /// The body, with request ids, moments and the hub's address replaced.
    pub fn redacted(&self) -> Value {
        let mut body = self.body.clone();
        self.redact(&mut body);
        if body.get("request_id").is_some() {
            body["request_id"] = json!("[request id]");
        }
        body
    }

    fn redact(&self, value: &mut Value) {
        match value {
            Value::String(text) if is_moment(text) => *text = "[moment]".to_owned(),
            Value::String(text) => *text = text.replace(&self.base, "http://hub"),
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.redact(field)),
            _ => {}
        }
    }
}

fn is_moment(text: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(text).is_ok()
}
