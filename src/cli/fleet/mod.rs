//! `qrtill fleet`: every terminal from one place, over the broker, one file for each command.

mod answer;
mod command;
mod config;
mod open;
mod rollout;
mod sales;
mod show;
mod status;

use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use super::failure::Failure;
use super::serve;
use crate::config::FLEET_FILE;
use crate::core::reference::TerminalId;

pub use self::open::Operator;
pub use self::open::of_not_taken;

const EXAMPLES: &str = "\
Examples:
  qrtill fleet status --watch                               all terminals, as they are now
  qrtill fleet show counter-1                               what is in force there, and who says so
  qrtill fleet config set counter-1 light.bright=60         change a setting, and wait for the terminal's word
  qrtill fleet config edit counter-1                        change several, in an editor
  qrtill fleet config set counter-1 shop='New Bakery' -o change.signed
  qrtill fleet config sign change.signed                    the second of two people signs, and it is sent
  qrtill fleet plan shops                                   what a folder of settings would change, everywhere
  qrtill fleet apply shops old-town                         to every terminal of a site
  qrtill fleet rollout shops                                to all, in waves
  qrtill fleet command counter-1 message 'Back at two'      words on its screen; also identify, pause, restart, …
  qrtill fleet sales --day 2026-11-20                       what was sold, by terminal and in all
  qrtill fleet screenshot counter-1 -o counter.png          what is on its panels

Exit codes beside the usual: 65 the terminal rejects it, 69 it was tried and the one before is back, 75 not in force yet,
or somebody else was faster: look, and try again. `plan` ends with 2 where something would change, `sales` with 75 where
not every terminal has answered.";

/// See and set up all terminals from one place
///
/// Reads what the broker keeps of every terminal, and sends them signed documents of settings. The operator's
/// configuration is `fleet.toml` where the command is started; whose keys may sign is `qrtill key set`'s.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The operator's configuration file
    #[arg(long, value_name = "FILE", default_value = FLEET_FILE, global = true)]
    config: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Status(status::Args),
    /// Show what is in force on one terminal and where it comes from, and what became of the last change
    Show {
        #[arg(value_name = "ID")]
        terminal: TerminalId,
    },
    Config(config::Args),
    Plan(rollout::PlanArgs),
    Apply(rollout::ApplyArgs),
    Rollout(rollout::RolloutArgs),
    #[command(name = "command")]
    Order(command::Args),
    Screenshot(command::Screenshot),
    Logs(command::Logs),
    Sales(sales::Args),
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode, Failure> {
    let operator = Operator::read(&args.config)?;
    // One thread for the connection, so that a question to a person does not stop it.
    serve::runtime(Some(1))?.block_on(Box::pin(carry_out(args, &operator)))
}

async fn carry_out(args: Args, operator: &Operator) -> Result<ExitCode, Failure> {
    match args.command {
        Command::Status(wanted) => status::run(&wanted, args.json, operator).await,
        Command::Show { terminal } => show::run(&terminal, args.json, operator).await,
        Command::Config(wanted) => config::run(wanted, args.json, operator).await,
        Command::Plan(wanted) => rollout::plan(&wanted, args.json, operator).await,
        Command::Apply(wanted) => rollout::apply(&wanted, args.json, operator).await,
        Command::Rollout(wanted) => rollout::rollout(&wanted, args.json, operator).await,
        Command::Order(wanted) => command::run(wanted, args.json, operator).await,
        Command::Screenshot(wanted) => command::screenshot(&wanted, args.json, operator).await,
        Command::Sales(wanted) => sales::run(&wanted, args.json, operator).await,
        Command::Logs(wanted) => command::logs(&wanted, args.json, operator).await,
    }
}

fn say(text: &str) -> Result<ExitCode, Failure> {
    let mut out = io::stdout();
    // Whoever reads it may have seen enough.
    let _gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(ExitCode::SUCCESS)
}

/// For a person who waits, beside what a program reads.
fn note(text: &str) {
    let _gone = writeln!(io::stderr(), "{text}");
}

/// A time as people write it.
fn span(text: &str) -> Result<Duration, &'static str> {
    let span = text.parse::<jiff::SignedDuration>().ok();
    span.and_then(|span| Duration::try_from(span).ok()).ok_or("write a time such as 30s, 5m or 1h")
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
