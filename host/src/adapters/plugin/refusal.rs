//! Why a plugin does not serve.

use mortise_plugin_api::abi::host::LoadError;

use super::{file::FileFault, lock::LockFault};

/// Why a plugin, or one provider of it, does not serve. Each prints as one line and names the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Could be a path.
    #[error("{name:?} is not a plugin's name: letters, digits, _ and - only")]
    BadName {
        /// As it was given.
        name: String,
    },
    /// No file goes by the name.
    #[error("no file for the plugin {name} in {folder}: {expected} is missing")]
    NotFound {
        /// The plugin.
        name: String,
        /// Where it was looked for.
        folder: String,
        /// What its file would be called.
        expected: String,
    },
    /// Two files go by the name.
    #[error("{first} and {second} are both the plugin {name}: remove one of them")]
    Ambiguous {
        /// The plugin.
        name: String,
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
    /// The file itself.
    #[error("{file}: {fault}")]
    File {
        /// File name.
        file: String,
        /// What is wrong with it.
        fault: FileFault,
    },
    /// The operator has not accepted it.
    #[error("{file}: {fault}")]
    Lock {
        /// File name.
        file: String,
        /// Why.
        fault: LockFault,
    },
    /// It was loaded and does not fit.
    #[error("{file}: {error}")]
    Boundary {
        /// File name.
        file: String,
        /// Why; holds the layouts' differences, many lines.
        error: LoadError,
    },
    /// Its code failed in `manifest` or `instantiate`.
    #[error("{file}: {reason}")]
    Plugin {
        /// File name.
        file: String,
        /// The plugin's own words.
        reason: String,
    },
    /// What it says of itself cannot be used.
    #[error("{file}: its manifest cannot be used: {reason}")]
    Manifest {
        /// File name.
        file: String,
        /// The first thing that is wrong.
        reason: String,
    },
    /// The provider's section in the configuration does not suit it.
    #[error("{file}: the settings of {provider} cannot be used: {reason}")]
    Settings {
        /// File name.
        file: String,
        /// The provider.
        provider: String,
        /// What is wrong.
        reason: String,
    },
    /// This program cannot load any.
    #[error(
        "this build of mortise is linked statically (musl) and cannot load plugin files: use the \
         dynamically linked build"
    )]
    StaticHost,
}

impl Refusal {
    /// What does not fit in one line: the differences of an incompatible boundary.
    #[must_use]
    pub fn dump(&self) -> Option<&str> {
        match self {
            Self::Boundary { error: LoadError::Layout { dump }, .. } => Some(dump),
            _ => None,
        }
    }
}

/// Text of a plugin's or the system's as one line of bounded length.
#[must_use]
pub(super) fn one_line(text: &str) -> String {
    const LONGEST: usize = 400;
    let mut line = String::with_capacity(text.len().min(LONGEST));
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(LONGEST));
        if line.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
            line.truncate(end);
            line.push_str("...");
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_says_fits_one_line() {
        assert_eq!(one_line("a\n  b\r\n\u{1b}[31mc"), "a b [31mc");
        assert_eq!(one_line(&"ü".repeat(1000)).len(), 403);
    }
}
