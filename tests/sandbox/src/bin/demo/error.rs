use std::{io, path::PathBuf, process::ExitStatus};

/// Why the demo does not run, or ended.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("cargo could not be started: {0}")]
    Cargo(io::Error),
    #[error("cargo build failed ({0}); see above")]
    Build(ExitStatus),
    #[error("cargo built no file for {0}")]
    NotBuilt(String),
    #[error("another `cargo demo` runs in {0}: stop it first, or give another folder with --dir")]
    Busy(PathBuf),
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("no random bytes: {0}")]
    Random(getrandom::Error),
    #[error("`mortise {command}` failed ({status}):\n{said}")]
    Command { command: String, status: ExitStatus, said: String },
    #[error("the hub ended by itself ({status}); the end of {log}:\n{tail}", log = .log.display())]
    Died { status: ExitStatus, log: PathBuf, tail: String },
    #[error("the hub is not ready after {seconds} s; the end of {log}:\n{tail}", log = .log.display())]
    NotReady { seconds: u64, log: PathBuf, tail: String },
    #[error("the hub did not stop cleanly ({0})")]
    UncleanStop(ExitStatus),
    #[error("interrupted again: the hub was killed")]
    Killed,
    #[error("the hub's answer was not expected: {status} {body}")]
    Answer { status: u16, body: String },
    #[error("the tour failed ({0})")]
    Tour(ExitStatus),
    #[error("bash could not be started: {0}")]
    Bash(io::Error),
    #[error("{0}")]
    System(io::Error),
}
