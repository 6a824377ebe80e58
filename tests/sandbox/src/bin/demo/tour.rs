//! The tour: curl commands for bash that show what the hub does, and the script that checks them.

mod steps;

use std::{
    fmt::{self, Write as _},
    path::Path,
};

use chrono::NaiveDate;
use tokio::process::Command;

use crate::error::DemoError;

/// What the commands depend on.
pub struct Tour<'a> {
    /// `http://localhost:PORT`
    pub hub: &'a str,
    /// `http://127.0.0.1:PORT`
    pub google: &'a str,
    pub microsoft: &'a str,
    pub hubspot: &'a str,
    /// The API key alone is in this file.
    pub key_file: &'a Path,
    /// When the events are.
    pub day: NaiveDate,
}

/// A command, or a few, and what is to be seen afterwards.
struct Step {
    /// One line without quotes: an interactive shell may take a pasted comment for a command.
    title: &'static str,
    command: String,
    /// Each of these is in the output.
    expected: Vec<String>,
}

impl Step {
    fn new(title: &'static str, command: impl Into<String>, expected: &[&str]) -> Self {
        let expected = expected.iter().map(|text| (*text).to_owned()).collect();
        Self { title, command: command.into(), expected }
    }
}

/// Prints as commands to be pasted.
impl fmt::Display for Tour<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in (1..).zip(self.steps()) {
            writeln!(f, "\n# {number}. {}\n{}", step.title, step.command)?;
        }
        Ok(())
    }
}

const PROLOGUE: &str = "\
#!/usr/bin/env bash
# Written by `cargo demo`, which must be running. Shows each command with its answer, and stops at
# the first answer that is not the expected one.
set -euo pipefail

output=$(mktemp)
trap 'rm -f \"$output\" \"${JAR:-}\"' EXIT

# step TITLE EXPECTED...: runs the commands on standard input in this shell.
step() {
    local title=$1 commands expected
    shift
    commands=$(cat)
    printf '\\n# %s\\n%s\\n\\n' \"$title\" \"$commands\"
    eval \"$commands\" >\"$output\" 2>&1 || { cat \"$output\"; fail \"the command failed\"; }
    cat \"$output\"
    for expected in \"$@\"; do
        grep -qF -- \"$expected\" \"$output\" || fail \"expected in the answer: $expected\"
    done
}

fail() {
    printf '\\ntour: %s\\n' \"$1\" >&2
    exit 1
}
";

impl Tour<'_> {
    /// The tour as a bash script that exits 1 at the first answer that is not as expected.
    pub fn script(&self) -> String {
        let mut script = PROLOGUE.to_owned();
        for (number, step) in (1..).zip(self.steps()) {
            let _ = write!(script, "\nstep {}", quoted(&format!("{number}. {}", step.title)));
            for expected in &step.expected {
                let _ = write!(script, " {}", quoted(expected));
            }
            let _ = writeln!(script, " <<'COMMANDS'\n{}\nCOMMANDS", step.command);
        }
        script.push_str("\nprintf '\\nThe tour is over; every answer was as expected.\\n'\n");
        script
    }
}

/// Runs the script; its output goes where this program's goes.
///
/// # Errors
/// `Tour` where an answer was not as expected; `Bash`.
pub async fn run(script: &Path) -> Result<(), DemoError> {
    let mut bash = Command::new("bash");
    let status = bash.arg(script).kill_on_drop(true).status().await.map_err(DemoError::Bash)?;
    if status.success() { Ok(()) } else { Err(DemoError::Tour(status)) }
}

/// One word for a POSIX shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn tour(key_file: &Path) -> Tour<'_> {
        Tour {
            hub: "http://localhost:8080",
            google: "http://127.0.0.1:8081",
            microsoft: "http://127.0.0.1:8082",
            hubspot: "http://127.0.0.1:8083",
            key_file,
            day: NaiveDate::from_ymd_opt(2026, 12, 31).unwrap(),
        }
    }

    #[test]
    fn bash_can_read_the_script_whatever_the_folder_is_called() {
        let file = Path::new("/home/o'hara/a $(b) \"c\"/api.key");
        let script = tour(file).script();
        let checked = Command::new("bash").args(["-n", "-c", &script]).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        assert!(script.contains(r#"KEY=$(cat '/home/o'\''hara/a $(b) "c"/api.key')"#), "{script}");
    }

    #[test]
    fn every_command_can_be_pasted() {
        for step in tour(Path::new("/k")).steps() {
            assert!(!step.title.contains(['\'', '"', '`', '\n']), "{}", step.title);
            assert!(!step.expected.is_empty(), "nothing is checked: {}", step.title);
            for line in step.command.lines() {
                assert!(!line.contains('!'), "an interactive bash expands history: {line}");
                assert!(!line.ends_with(' ') && !line.contains('\t'), "{line:?}");
            }
        }
    }

    #[test]
    fn the_window_that_is_listed_is_the_day_of_the_events() {
        let text = tour(Path::new("/k")).to_string();
        assert!(text.contains("start=2026-12-31T00:00:00Z&end=2027-01-01T00:00:00Z"), "{text}");
        assert!(text.contains("\"date_time\": \"2026-12-31T10:00:00\""), "{text}");
    }

    #[test]
    fn a_script_stops_with_1_at_the_first_answer_that_is_not_expected() {
        let run = |steps: &str| {
            let script = format!("{PROLOGUE}{steps}\necho over");
            let output = Command::new("bash").args(["-c", &script]).output().unwrap();
            (output.status.code(), String::from_utf8(output.stdout).unwrap())
        };
        let (code, said) = run("step a 'HTTP 200' <<'C'\nX=200\necho HTTP $X\nC\necho $X");
        assert_eq!(code, Some(0));
        assert!(said.ends_with("\nHTTP 200\n200\nover\n"), "{said}");
        for steps in ["step a 201 <<'C'\necho 200\nC", "step a '' <<'C'\nfalse\nC"] {
            let (code, said) = run(steps);
            assert_eq!(code, Some(1), "{steps}");
            assert!(!said.contains("over"), "{said}");
        }
    }
}
