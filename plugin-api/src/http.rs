//! The requests that a plugin asks the host to perform, and their answers.

use std::fmt::Write as _;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    context::Context,
    error::{Error, ErrorKind, Result},
};

/// One HTTP request. It carries no token: the host adds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// A path below the manifest's `api_base`, or an absolute URL on one of its `hosts`.
    pub target: String,
    /// Query parameters, not yet encoded.
    pub query: Vec<(String, String)>,
    /// Headers; `Authorization` is the host's.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// Whether the host may send it again where it failed, whatever its method. A host that does
    /// not know of it sends it once.
    pub repeatable: bool,
}

/// Why a request got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportError {
    /// No whole answer within the host's time limit.
    Timeout,
    /// The vendor could not be reached.
    Connect,
    /// The connection broke before the answer was whole.
    Cut,
    /// The answer is larger than the host takes (8 MiB).
    TooLarge,
    /// The host refuses to send requests there.
    Blocked,
}

/// What came of a request: an answer, or the reason why there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpAnswer {
    /// HTTP status, 0 where there is no answer.
    pub status: u16,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// Set where there is no answer.
    pub error: Option<TransportError>,
}

/// A vendor's answer.
#[derive(Debug, Clone)]
pub struct Response(HttpAnswer);

impl Response {
    pub(crate) fn from_answer(answer: HttpAnswer) -> Result<Self> {
        let Some(error) = answer.error else { return Ok(Self(answer)) };
        Err(match error {
            TransportError::Timeout => {
                Error::new(ErrorKind::Timeout, "the vendor did not answer in time")
            }
            TransportError::Connect => {
                Error::new(ErrorKind::Unavailable, "the vendor could not be reached")
            }
            TransportError::Cut => {
                Error::new(ErrorKind::Unavailable, "the vendor's answer broke off")
            }
            TransportError::TooLarge => {
                Error::new(ErrorKind::BadAnswer, "the vendor's answer is too large")
            }
            TransportError::Blocked => Error::new(
                ErrorKind::Internal,
                "the plugin asked for an address that its manifest does not name",
            ),
        })
    }

    /// HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.0.status)
    }

    /// A header's first value; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body's bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// Seconds from `Retry-After` (RFC 9110 10.2.3, fractions allowed); a date is not read here.
    #[must_use]
    pub fn retry_after(&self) -> Option<f64> {
        let seconds: f64 = self.header("retry-after")?.trim().parse().ok()?;
        (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// `BadAnswer` with line and column where the body is not the JSON that was expected; the
    /// body itself is not repeated.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.0.body).map_err(|error| Error {
            vendor_status: Some(self.0.status),
            ..Error::new(
                ErrorKind::BadAnswer,
                format!(
                    "the vendor's answer is not what its documentation says: {}",
                    describe(&error)
                ),
            )
        })
    }
}

/// serde_json quotes offending values in its messages, and a vendor's answer may hold anything.
fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "unexpected shape",
        serde_json::error::Category::Eof => "cut short",
    };
    format!("{what} at line {} column {}", error.line(), error.column())
}

/// A request under construction; see [`Context::get`].
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder<'a> {
    cx: &'a Context,
    request: HttpRequest,
    fault: Option<Error>,
}

impl<'a> RequestBuilder<'a> {
    pub(crate) fn new(cx: &'a Context, method: &str, target: String) -> Self {
        let request = HttpRequest { method: method.to_owned(), target, ..HttpRequest::default() };
        Self { cx, request, fault: None }
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.request.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a query parameter where there is a value.
    pub fn maybe_query(self, name: &str, value: Option<impl std::fmt::Display>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.request.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Adds `If-Match` where there is an entity tag.
    pub fn if_match(self, etag: Option<&str>) -> Self {
        match etag {
            Some(etag) => self.header("if-match", etag),
            None => self,
        }
    }

    /// Sets a JSON body and its content type.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.request.body = bytes,
            Err(error) => {
                self.fault = Some(Error::new(
                    ErrorKind::Internal,
                    format!("the plugin could not write a request body: {error}"),
                ));
            }
        }
        self.header("content-type", "application/json")
    }

    /// Marks a `POST` or `PATCH` that does no more when it is sent twice: a search, or a creation
    /// under a key that the vendor takes once. The host may then send it again after a failure that
    /// leaves open whether it was done. `GET`, `PUT` and `DELETE` need no mark.
    pub fn repeatable(mut self) -> Self {
        self.request.repeatable = true;
        self
    }

    /// Sends and reads a JSON answer.
    ///
    /// # Errors
    /// What [`Provider::vendor_error`](crate::Provider::vendor_error) makes of a status outside
    /// 2xx; `BadAnswer` for a body of another shape; a transport error by its kind.
    pub async fn send<T: DeserializeOwned>(self) -> Result<T> {
        self.send_expecting_success().await?.json()
    }

    /// Sends and ignores the body of a 2xx answer.
    ///
    /// # Errors
    /// As [`send`](Self::send), but for the body.
    pub async fn send_no_body(self) -> Result<()> {
        self.send_expecting_success().await.map(drop)
    }

    /// Sends what the vendor answers with 204 and nothing else, as most do a delete.
    ///
    /// # Errors
    /// As [`send`](Self::send); `BadAnswer` for every other 2xx: a page of a proxy, or an error with
    /// status 200, must not pass for a work done.
    pub async fn send_no_content(self) -> Result<()> {
        let answer = self.send_expecting_success().await?;
        if answer.status() == 204 {
            return Ok(());
        }
        let message = format!("the vendor answered with status {}, not with 204", answer.status());
        let vendor_status = Some(answer.status());
        Err(Error { vendor_status, ..Error::new(ErrorKind::BadAnswer, message) })
    }

    /// Sends and returns the answer whatever its status.
    ///
    /// # Errors
    /// Transport errors only.
    pub async fn send_raw(self) -> Result<Response> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        Response::from_answer(self.cx.perform(self.request).await)
    }

    async fn send_expecting_success(self) -> Result<Response> {
        let cx = self.cx;
        let answer = self.send_raw().await?;
        if answer.is_success() { Ok(answer) } else { Err(cx.vendor_error(&answer)) }
    }
}

/// Percent-encodes one path segment: everything but the unreserved characters of RFC 3986 2.3.
///
/// A segment of one or two dots cannot be sent, encoded or not: the host refuses it (WHATWG URL 4.5).
#[must_use]
pub fn encode_segment(segment: &str) -> String {
    let only_dots = segment.bytes().all(|byte| byte == b'.');
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            b'.' if !only_dots => encoded.push('.'),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// A path with encoded segments: `path!("/calendars/{}/events/{}", calendar, event)`.
#[macro_export]
macro_rules! path {
    ($template:literal $(, $segment:expr)* $(,)?) => {
        format!($template $(, $crate::encode_segment(::core::convert::AsRef::<str>::as_ref(&$segment)))*)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_cannot_leave_its_place_in_the_path() {
        assert_eq!(path!("/calendars/{}/events", "a/b?c#d"), "/calendars/a%2Fb%3Fc%23d/events");
        assert_eq!(encode_segment(".."), "%2E%2E");
        assert_eq!(encode_segment("a.b@c.org"), "a.b%40c.org");
        assert_eq!(encode_segment("ü"), "%C3%BC");
    }

    #[test]
    fn retry_after_takes_fractions_and_refuses_nonsense() {
        let with = |value: &str| {
            Response(HttpAnswer {
                status: 429,
                headers: vec![("retry-after".into(), value.into())],
                ..HttpAnswer::default()
            })
            .retry_after()
        };
        assert_eq!(with("2.128"), Some(2.128));
        assert_eq!(with("-1"), None);
        assert_eq!(with("inf"), None);
        assert_eq!(with("Wed, 21 Oct 2015 07:28:00 GMT"), None);
    }

    #[test]
    fn a_bad_body_is_described_without_being_quoted() {
        let answer =
            Response(HttpAnswer { status: 200, body: b"\"s3cret\"".into(), ..Default::default() });
        let error = answer.json::<u32>().unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer);
        assert!(!error.message.contains("s3cret"), "{}", error.message);
    }
}
