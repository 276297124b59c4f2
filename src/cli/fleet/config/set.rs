//! `qrtill fleet config set`: settings by their paths.

use std::process::ExitCode;

use super::How;
use super::case::BuildOn;
use super::case::Case;
use super::send;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::Operator;
use crate::cli::fleet::answer;
use crate::core::reference::TerminalId;

const EXAMPLES: &str = "\
Examples:
  qrtill fleet config set counter-1 light.bright=60 sale.ttl_s=90
  qrtill fleet config set counter-1 --unset light.bright            the terminal's own file again
  qrtill fleet config set counter-1 link.hosts=buy.stripe.com,pay.shop.example";

/// Change settings of a terminal, and wait for its answer
///
/// Everything else that was sent before stays. `qrtill fleet show` has all settings; each terminal says itself what it
/// takes, and what is wrong is told before anything is signed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[arg(value_name = "ID")]
    terminal: TerminalId,
    /// Such as sale.ttl_s=90; lists have commas between
    #[arg(value_name = "PATH=VALUE", value_parser = pair, required_unless_present_any = ["unset", "anew"])]
    settings: Vec<(String, String)>,
    /// Send this setting no longer: the terminal's own file says it again
    #[arg(long, value_name = "PATH")]
    unset: Vec<String>,
    /// Forget all that was sent before
    #[arg(long)]
    anew: bool,
    #[command(flatten)]
    how: How,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (path, value) = text.split_once('=').ok_or("write PATH=VALUE, such as sale.ttl_s=90")?;
    Ok((path.trim().to_owned(), value.to_owned()))
}

pub async fn run(args: &Args, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let on = if args.anew { BuildOn::Nothing } else { BuildOn::Sent };
    let (desk, case) = Case::open(operator, &args.terminal, on).await?;
    let mut settings = case.base.settings.clone();
    let mut faults = Vec::new();
    for (path, text) in &args.settings {
        match case.schema.read(path, text) {
            Ok(value) => drop(settings.insert(path.clone(), value)),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        let what = format!("nothing was signed:{}", answer::faults(&faults));
        return Err(Failure::new(failure::DATA, what, ""));
    }
    for path in &args.unset {
        if settings.remove(path).is_none() {
            let what = format!("{path} was not sent to {}, so it is the terminal's own already", case.id);
            return Err(Failure::new(failure::DATA, what, ""));
        }
    }
    send::send(operator, (desk, case), settings, &args.how, json).await
}
