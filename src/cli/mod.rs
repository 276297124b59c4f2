//! The commands and their help, one file each.

use std::process::ExitCode;

use clap::Parser;

mod draw;
#[cfg(feature = "relay")]
mod webhook;

#[derive(Parser)]
#[command(name = "qrtill", version, about)]
enum Command {
    Draw(draw::Args),
}

/// Runs the command of this process.
pub fn run() -> anyhow::Result<ExitCode> {
    match Command::parse() {
        Command::Draw(args) => draw::run(args),
    }
}
