//! The few requests that the demo itself makes.

use std::{io, net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time,
};

use crate::error::DemoError;

const TIME_LIMIT: Duration = Duration::from_secs(10);

/// An answer with a body of text.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    /// A text in the JSON object that was answered with 200.
    ///
    /// # Errors
    /// `Answer`.
    pub fn text_of(self, field: &str) -> Result<String, DemoError> {
        let json: Option<Value> = serde_json::from_str(&self.body).ok();
        match json.as_ref().and_then(|json| json[field].as_str()) {
            Some(text) if self.status == 200 => Ok(text.to_owned()),
            _ => Err(DemoError::Answer { status: self.status, body: self.body }),
        }
    }
}

/// Asks, with an API key and for a user where they are given.
///
/// # Errors
/// `System` where the hub cannot be reached or answers no HTTP within ten seconds.
pub async fn get(
    address: SocketAddr,
    path: &str,
    access: Option<(&str, &str)>,
) -> Result<Answer, DemoError> {
    let asked = time::timeout(TIME_LIMIT, ask(address, path, access)).await;
    asked.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(DemoError::System)
}

/// HTTP/1.0: the answer is not chunked and ends with the connection.
async fn ask(address: SocketAddr, path: &str, access: Option<(&str, &str)>) -> io::Result<Answer> {
    let access = access.map_or_else(String::new, |(key, user)| {
        format!("Authorization: Bearer {key}\r\nMortise-User: {user}\r\n")
    });
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n{access}\r\n");
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    read(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn read(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status_and_a_body() {
        let answer = read("HTTP/1.0 200 OK\r\na: b\r\n\r\n{\"url\": \"http://x\"}").unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text_of("url").unwrap(), "http://x");
        assert!(read("SSH-2.0").is_none());
    }

    #[test]
    fn another_answer_than_expected_is_shown() {
        let answer = read("HTTP/1.0 503 Unavailable\r\n\r\n{\"url\": \"x\"}").unwrap();
        let error = answer.text_of("url").unwrap_err();
        assert_eq!(error.to_string(), "the hub's answer was not expected: 503 {\"url\": \"x\"}");
    }
}
