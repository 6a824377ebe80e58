//! The `mortise` binary.

use std::process::ExitCode;

use clap::Parser as _;
use mortise::{cli::Cli, compose};

fn main() -> ExitCode {
    compose::run(&Cli::parse())
}
