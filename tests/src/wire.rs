use std::io;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{Answer, TestHub};

/// One connection to a hub, byte for byte: for callers who are slow, or who stay.
pub struct Wire {
    stream: TcpStream,
    url: String,
    read: Vec<u8>,
}

impl Wire {
    pub async fn open(hub: &TestHub) -> Self {
        Self::try_open(hub).await.unwrap()
    }

    /// A hub that has stopped takes none.
    pub async fn try_open(hub: &TestHub) -> io::Result<Self> {
        let url = hub.url.clone();
        let stream = TcpStream::connect(url.trim_start_matches("http://")).await?;
        Ok(Self { stream, url, read: Vec::new() })
    }

    /// Sends text as it is.
    pub async fn write(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Sends a whole GET.
    pub async fn get(&mut self, path: &str, headers: &str) {
        self.write(&format!("GET {path} HTTP/1.1\r\nhost: hub\r\n{headers}\r\n")).await;
    }

    /// The next answer, which says how long it is.
    pub async fn answer(&mut self) -> Answer {
        let head = loop {
            if let Some(at) = self.read.windows(4).position(|end| end == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.more().await, "closed before an answer");
        };
        let text = String::from_utf8(self.read.drain(..head).collect()).unwrap();
        let mut lines = text.split("\r\n");
        let status = lines.next().unwrap()[9..12].parse().unwrap();
        let headers: HeaderMap = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| {
                (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
            })
            .collect();
        let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
        while self.read.len() < length {
            assert!(self.more().await, "closed within an answer");
        }
        let body = self.read.drain(..length).collect();
        Answer::new(status, headers, String::from_utf8(body).unwrap(), &self.url)
    }

    /// Whether bytes have come that nobody asked for yet.
    pub fn has_more(&self) -> bool {
        let mut byte = [0];
        !self.read.is_empty() || self.stream.try_read(&mut byte).is_ok()
    }

    /// Waits until the hub closes the connection.
    pub async fn closed(&mut self) {
        while self.more().await {}
        assert!(self.read.is_empty(), "{}", String::from_utf8_lossy(&self.read));
    }

    async fn more(&mut self) -> bool {
        // A connection that is reset is closed too.
        self.stream.read_buf(&mut self.read).await.is_ok_and(|read| read > 0)
    }
}
