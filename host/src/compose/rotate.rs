//! `mortise keys rotate-tokens`.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::cipher;
use crate::{
    adapters::sea_orm::Database,
    app::{RotationProgress, RotationReport, rotate_keys},
    config::{Config, TokenProtection},
};

type Failure = Box<dyn std::error::Error>;

/// So many connections are named; the number of the others is told.
const NAMED: usize = 100;

/// Encrypts everything with the first key; what to do next.
pub(super) async fn rotate_tokens(config: &Config, database: &Database) -> Result<String, Failure> {
    if matches!(config.tokens, TokenProtection::Unencrypted) {
        return Err("tokens are stored unencrypted here: there is no key to rotate to".into());
    }
    let cipher = cipher(config)?;
    let mut meter = Meter::new();
    let rotated = rotate_keys(database, &*cipher, &mut |progress| meter.show(progress)).await;
    meter.end();
    let report = rotated.map_err(|error| {
        format!("{error}; what was done stays done, and the same command goes on from there")
    })?;
    let done = format!("{} texts are kept, {} were re-encrypted", report.seen, report.reencrypted);
    if !report.unreadable.is_empty() {
        return Err(format!("{done}\n{}", left(&report)).into());
    }
    if report.still_written {
        return Err(format!(
            "{done}\na hub still encrypts with another key: restart every hub with the new key \
             first in its list, then run this again. Keep the old keys until then"
        )
        .into());
    }
    Ok(format!(
        "{done}\nall are under the first key: if every hub has it first in its list, the other keys \
         can be taken out of the configuration now"
    ))
}

fn left(report: &RotationReport) -> String {
    let mut text = String::new();
    for (column, found) in &report.unreadable {
        let _ = write!(
            text,
            "{}: {} that no configured key opens, {} damaged",
            column.name(),
            found.no_key,
            found.damaged
        );
        if !found.integrations.is_empty() {
            let ids = found.integrations.iter().take(NAMED).map(|id| id.to_string());
            let _ = write!(text, "; integrations {}", ids.collect::<Vec<_>>().join(", "));
            if let more @ 1.. = found.integrations.len().saturating_sub(NAMED) {
                let _ = write!(text, " and {more} more");
            }
        }
        text.push('\n');
    }
    text.push_str(
        "these were left as they are, the rest is under the first key. Add the missing key behind \
         the first one and run this again; for what is damaged, or whose key is lost, the user \
         connects again",
    );
    text
}

/// A bar on a terminal; elsewhere a line for each tenth.
enum Meter {
    Bar(ProgressBar),
    Lines { tenths: u64 },
}

impl Meter {
    fn new() -> Self {
        if !io::stderr().is_terminal() {
            return Self::Lines { tenths: 0 };
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        Self::Bar(bar)
    }

    fn show(&mut self, progress: RotationProgress) {
        let RotationProgress { seen, total } = progress;
        match self {
            Self::Bar(bar) => {
                bar.set_length(total.max(seen));
                bar.set_position(seen);
            }
            Self::Lines { tenths } => {
                let now = (seen.saturating_mul(10) / total.max(1)).min(10);
                if now > *tenths {
                    *tenths = now;
                    eprintln!("{seen} of {total} texts");
                }
            }
        }
    }

    fn end(self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
