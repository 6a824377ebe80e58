//! The hub as a child process.

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    time,
};

use crate::{error::DemoError, http};

/// The `mortise` program with its configuration.
pub struct Mortise {
    pub program: PathBuf,
    pub config: PathBuf,
}

impl Mortise {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // The environment goes before the file: one that is set for another hub must not reach
        // this one.
        for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()) {
            if name.starts_with("MORTISE_") || name == "FERNET_KEY" {
                command.env_remove(name);
            }
        }
        command.arg("--config").arg(&self.config).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a command and gives what it printed.
    ///
    /// # Errors
    /// `Command` with what it said, `File` where it could not be started.
    pub async fn run<const N: usize>(&self, arguments: [&OsStr; N]) -> Result<String, DemoError> {
        let output = self.command().args(arguments).output().await;
        let output =
            output.map_err(|source| DemoError::File { path: self.program.clone(), source })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let command = arguments.map(|argument| argument.to_string_lossy()).join(" ");
        let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        Err(DemoError::Command { command, status: output.status, said })
    }
}

/// How long the hub may take to start, on a slow machine with a cold disk.
const START: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);
const LAST_LINES: usize = 20;

/// A running `mortise serve`. It is killed when this is dropped.
pub struct Host {
    child: Child,
    log: PathBuf,
}

impl Host {
    /// Starts it; what it logs goes into the file, which is emptied first.
    ///
    /// # Errors
    /// `File`.
    pub fn start(mortise: &Mortise, log: &Path) -> Result<Self, DemoError> {
        let in_log = |source| DemoError::File { path: log.to_owned(), source };
        let output = File::create(log).map_err(in_log)?;
        let errors = output.try_clone().map_err(in_log)?;
        let mut command = mortise.command();
        command.arg("serve").stdout(output).stderr(errors);
        // A Ctrl-C in the terminal reaches the demo alone, which then stops the hub in order.
        #[cfg(unix)]
        command.process_group(0);
        let child = command
            .spawn()
            .map_err(|source| DemoError::File { path: mortise.program.clone(), source })?;
        Ok(Self { child, log: log.to_owned() })
    }

    /// Waits until `/readyz` answers 200.
    ///
    /// # Errors
    /// `Died`, `NotReady`.
    pub async fn ready(&mut self, address: SocketAddr) -> Result<(), DemoError> {
        let poll = async {
            while !matches!(http::get(address, "/readyz", None).await, Ok(it) if it.status == 200) {
                time::sleep(POLL).await;
            }
        };
        let seconds = START.as_secs();
        tokio::select! {
            () = poll => Ok(()),
            ended = self.child.wait() => Err(self.died(ended.map_err(DemoError::System)?)),
            () = time::sleep(START) => {
                Err(DemoError::NotReady { seconds, log: self.log.clone(), tail: self.tail() })
            }
        }
    }

    /// Waits until it ends by itself, which it should not.
    pub async fn ended(&mut self) -> DemoError {
        match self.child.wait().await {
            Ok(status) => self.died(status),
            Err(error) => DemoError::System(error),
        }
    }

    /// Asks it to stop and waits until it has. One that has ended already is fine.
    ///
    /// # Errors
    /// `UncleanStop` with its exit status.
    pub async fn stop(&mut self) -> Result<(), DemoError> {
        if self.child.try_wait().map_err(DemoError::System)?.is_some() {
            return Ok(());
        }
        self.ask_to_stop().map_err(DemoError::System)?;
        match self.child.wait().await.map_err(DemoError::System)? {
            status if status.success() => Ok(()),
            status => Err(DemoError::UncleanStop(status)),
        }
    }

    #[cfg(unix)]
    fn ask_to_stop(&self) -> std::io::Result<()> {
        use rustix::process::{Pid, Signal, kill_process};
        let pid = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        pid.map_or(Ok(()), |pid| Ok(kill_process(pid, Signal::TERM)?))
    }

    #[cfg(not(unix))]
    fn ask_to_stop(&mut self) -> std::io::Result<()> {
        self.child.start_kill()
    }

    fn died(&self, status: ExitStatus) -> DemoError {
        DemoError::Died { status, log: self.log.clone(), tail: self.tail() }
    }

    fn tail(&self) -> String {
        last_lines(&fs::read_to_string(&self.log).unwrap_or_default())
    }
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_all_of_a_short_log_and_the_end_of_a_long_one() {
        assert_eq!(last_lines(""), "");
        assert_eq!(last_lines("a\nb\n"), "a\nb");
        let long: String = (1..=30).map(|n| format!("{n}\n")).collect();
        let last = last_lines(&long);
        assert!(last.starts_with("11\n") && last.ends_with("\n30"), "{last}");
    }
}
