//! The commands and their help, one file each, and what every command shares: logging, errors, exit codes.

mod account;
#[cfg(any(feature = "relay", feature = "fleet"))]
mod accounts;
mod backup;
mod blank;
mod check;
mod draw;
mod edit;
mod failure;
#[cfg(feature = "fleet")]
mod fleet;
mod folder;
mod fresh;
mod journal;
mod key;
mod keys;
#[cfg(feature = "relay")]
mod link;
mod log;
mod machine;
mod notify;
mod pair;
#[cfg(feature = "relay")]
mod progress;
#[cfg(feature = "relay")]
mod refund;
#[cfg(feature = "relay")]
mod relay;
mod sales;
#[cfg(feature = "sandbox")]
mod sandbox;
mod serve;
mod setup;
#[cfg(feature = "relay")]
mod shop;
mod sounding;
mod table;
mod terminal;
mod test_card;
#[cfg(feature = "relay")]
mod webhook;

use std::io;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use self::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  qrtill sandbox                                try everything, in a browser
  qrtill key new /etc/qrtill/terminal.key       make a key pair
  qrtill check /etc/qrtill/terminal.toml        judge a configuration
  qrtill keys /etc/qrtill/terminal.toml         try the keypad, key by key
  qrtill test-card /etc/qrtill/terminal.toml    try panels, keys and sounds
  qrtill terminal                               run the counter
  qrtill sales --day 2026-11-20                 what was sold that day
  qrtill link create Tips --open EUR            a payment link, without the dashboard
  qrtill refund pi_1 2.50 EUR                   give a part of a payment back
  qrtill fleet status                           how all terminals are

Exit codes: 0 done, 1 a webhook that is not genuine, 64 usage, 65 data, 66 no such file, 69 unavailable, 73 cannot
create, 74 input or output, 75 not now, 77 no permission, 78 configuration.
QRTILL_LOG chooses the log lines, such as debug or qrtill::mqtt=trace,info.";

/// A counter terminal for payment links: a keyed amount becomes a QR code, a webhook becomes PAID.
#[derive(Parser)]
#[command(name = "qrtill", version, about, after_help = EXAMPLES)]
struct Cli {
    /// Write log lines as JSON
    #[arg(long, global = true)]
    log_json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::Args),
    Terminal(terminal::Args),
    #[cfg(feature = "relay")]
    Relay(relay::Args),
    #[cfg(feature = "relay")]
    Refund(refund::Args),
    Sales(sales::Args),
    Check(check::Args),
    Setup(setup::Args),
    Backup(backup::Args),
    Restore(backup::RestoreArgs),
    Blank(blank::Args),
    Key(key::Args),
    Keys(keys::Args),
    Pair(pair::Args),
    TestCard(test_card::Args),
    Draw(draw::Args),
    #[cfg(feature = "relay")]
    Link(Box<link::Args>),
    #[cfg(feature = "fleet")]
    Fleet(fleet::Args),
    /// Judge webhooks by hand
    #[cfg(feature = "relay")]
    Webhook(webhook::Args),
}

/// Runs the command of this process. Errors are one sentence on standard error.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return told(&error),
    };
    let ended = log::start(cli.log_json).and_then(|()| cli.command.run());
    ended.unwrap_or_else(|failure| {
        // Nobody may be reading.
        let _gone = writeln!(io::stderr(), "qrtill: {failure}");
        failure.exit_code()
    })
}

/// Prints help, version or what is wrong with the arguments.
fn told(error: &clap::Error) -> ExitCode {
    let _gone = error.print();
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked { ExitCode::SUCCESS } else { ExitCode::from(failure::USAGE) }
}

impl Command {
    fn run(self) -> Result<ExitCode, Failure> {
        match self {
            #[cfg(feature = "sandbox")]
            Self::Sandbox(args) => sandbox::run(&args),
            Self::Terminal(args) => terminal::run(&args),
            #[cfg(feature = "relay")]
            Self::Relay(args) => relay::run(&args),
            #[cfg(feature = "relay")]
            Self::Refund(args) => refund::run(&args),
            Self::Sales(args) => sales::run(&args),
            Self::Setup(args) => setup::run(&args),
            Self::Check(args) => check::run(&args),
            Self::Backup(args) => backup::run(&args),
            Self::Restore(args) => backup::restore(&args),
            Self::Blank(args) => blank::run(&args),
            Self::Key(args) => key::run(args),
            Self::Keys(args) => keys::run(&args),
            Self::Pair(args) => pair::run(&args),
            Self::TestCard(args) => test_card::run(&args),
            Self::Draw(args) => draw::run(args).map_err(|error| Failure::of_error(&error)),
            #[cfg(feature = "relay")]
            Self::Link(args) => link::run(*args),
            #[cfg(feature = "fleet")]
            Self::Fleet(args) => fleet::run(args),
            #[cfg(feature = "relay")]
            Self::Webhook(args) => webhook::run(args),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_hang_together() {
        Cli::command().debug_assert();
    }
}
