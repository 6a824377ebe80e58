//! The smallest HTTP/1.1 client that can tell answers apart, so that it is not what is measured.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::Outcome;

/// A kept connection; one request at a time.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// An answer, in the connection's buffer.
pub struct Answer<'b> {
    /// The status code.
    pub status: u16,
    head: &'b str,
    /// The body.
    pub body: &'b [u8],
}

impl Answer<'_> {
    /// A header's value; the name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

impl Connection {
    /// # Errors
    /// Those of the system.
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024], filled: 0 })
    }

    /// Sends a whole request and waits for its whole answer.
    ///
    /// # Errors
    /// Where the connection ends, or the answer does not say how long it is.
    pub async fn exchange(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.filled = 0;
        let head = loop {
            self.read().await?;
            if let Some(at) = end_of_head(&self.buffer[..self.filled]) {
                break at;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let length: usize = match (header(text, "content-length"), text.get(9..12)) {
            (Some(length), _) => length.parse()?,
            (None, Some("204")) => 0,
            _ => return Err("no content-length".into()),
        };
        while self.filled < head + length {
            self.read().await?;
        }
        let head_text = std::str::from_utf8(&self.buffer[..head])?;
        let status = head_text.get(9..12).ok_or("no status")?.parse()?;
        Ok(Answer { status, head: head_text, body: &self.buffer[head..head + length] })
    }

    async fn read(&mut self) -> Outcome<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.filled * 2, 0);
        }
        match self.stream.read(&mut self.buffer[self.filled..]).await? {
            0 => Err("the connection was closed".into()),
            read => {
                self.filled += read;
                Ok(())
            }
        }
    }
}

/// A `GET` request as it goes over the wire.
#[must_use]
pub fn get(address: SocketAddr, target: &str, headers: &[(&str, &str)]) -> String {
    request(address, "GET", target, headers, None)
}

/// Any request as it goes over the wire.
#[must_use]
pub fn request(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> String {
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let body = body.map_or_else(
        || "\r\n".to_owned(),
        |body| {
            let (body, kind) = (body.to_string(), "application/json");
            format!("content-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        },
    );
    format!("{method} {target} HTTP/1.1\r\nhost: {address}\r\naccept: */*\r\n{headers}{body}")
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4)
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
