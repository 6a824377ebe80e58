//! Everything that this process logs, at trace level.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, OnceLock},
};

use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

/// What was logged so far.
#[derive(Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Captures the whole process from here on: spans with their fields as they open and close,
/// events, and what libraries write through `log`. For test binaries of their own.
///
/// # Panics
/// Where the process logs elsewhere already.
pub fn capture() -> Captured {
    static CAPTURED: OnceLock<Captured> = OnceLock::new();
    let begin = || {
        let captured = Captured::default();
        tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(captured.clone())
            .init();
        captured
    };
    CAPTURED.get_or_init(begin).clone()
}
