//! `qrtill fleet config`: the settings that are sent to a terminal. Each change is a whole signed document of its own.

pub mod case;
mod edit;
mod look;
pub mod publish;
pub mod send;
mod set;
mod sign;

use std::path::PathBuf;
use std::process::ExitCode;

use super::Operator;
use crate::cli::failure::Failure;
use crate::core::reference::TerminalId;

/// Look at the settings of a terminal and change them
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the settings in force on a terminal, or one of them
    Get {
        #[arg(value_name = "ID")]
        terminal: TerminalId,
        /// Such as sale.ttl_s
        path: Option<String>,
    },
    /// Change settings of a terminal, and wait for its answer
    Set(set::Args),
    /// Change the settings that are sent to a terminal in your editor, and wait for its answer
    Edit(edit::Args),
    /// Sign, as the second of two people, what the first has written to a file, and send it
    Sign(sign::Args),
    /// Show where what was sent last differs from what is in force, or one sent version from another
    Diff {
        #[arg(value_name = "ID")]
        terminal: TerminalId,
        /// Versions of the history
        #[arg(num_args = 0..=2)]
        versions: Vec<u64>,
    },
    /// List what was sent to a terminal from here, and what it answered
    History {
        #[arg(value_name = "ID")]
        terminal: TerminalId,
    },
}

/// How a change is sent.
#[derive(Debug, clap::Args)]
pub struct How {
    /// Write the signed document to a file in place of sending it, for the next person to sign
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Ask nothing before something is signed that money depends on
    #[arg(short, long)]
    yes: bool,
    /// Only tell what would change, and whose signature it needs
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Seconds to wait for the terminal's answer; what it has to be back, and a minute and a half, by default
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
}

pub async fn run(args: Args, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    match args.command {
        Command::Get { terminal, path } => look::get(&terminal, path.as_deref(), json, operator).await,
        Command::Set(wanted) => set::run(&wanted, json, operator).await,
        Command::Edit(wanted) => edit::run(&wanted, json, operator).await,
        Command::Sign(wanted) => sign::run(&wanted, json, operator).await,
        Command::Diff { terminal, versions } => look::diff(&terminal, &versions, json, operator).await,
        Command::History { terminal } => look::history(&terminal, json, operator),
    }
}
