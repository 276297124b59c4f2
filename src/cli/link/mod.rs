//! `qrtill link`: the links of one of the relay's payment-link systems, as its dashboard has them, one file for
//! each group of commands. It asks the system directly; no relay needs to run.

mod capabilities;
mod connect;
mod create;
mod list;
pub mod order;
pub mod payments;
mod qr;
mod shown;
mod update;
mod usage;

use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::failure;
use super::failure::Failure;
use super::refund;
use super::serve;
use super::shop::Shop;
use crate::config;

const EXAMPLES: &str = "\
Examples:
  qrtill link create Tips --open EUR --min 1 --max 50    a reusable link on which customers type the amount
  qrtill link create Coffee --amount '2.50 EUR' --once   a link for one payment
  qrtill link list --status active                       what can be paid now
  qrtill link payments plink_1 --by day                  what came over a link
  qrtill link refund pi_1 2.50 EUR                       a part of a payment back
  qrtill link qr plink_1 -o counter.svg                  its code, to print
  qrtill link capabilities                               what each of the systems can do";

/// Make, change and look at payment links
///
/// Works with a payment-link system of the relay's configuration, and with the relay's key.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The relay's configuration file
    #[arg(long, value_name = "FILE", default_value = config::RELAY_FILE, global = true)]
    config: PathBuf,
    /// Which of the relay's payment-link systems; the file's first by default
    #[arg(long, value_name = "NAME", global = true)]
    provider: Option<String>,
    /// Print JSON: amounts in minor units, times in RFC 3339 and UTC
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(create::Args),
    List(list::Args),
    /// Show one link, and how often it was opened and paid
    Show {
        #[arg(value_parser = order::id)]
        link: String,
    },
    Update(update::Args),
    /// Let nobody pay over a link any more, and end the checkouts that customers have open on it
    Deactivate {
        #[arg(value_parser = order::id)]
        link: String,
    },
    /// Let customers pay over a link again
    Activate {
        #[arg(value_parser = order::id)]
        link: String,
    },
    Payments(payments::Args),
    /// Give a payment back, or a part of it; the same as `qrtill refund`
    #[command(after_help = refund::EXAMPLES)]
    Refund(refund::Wanted),
    Qr(qr::Args),
    Capabilities(capabilities::Args),
    Connect(connect::Args),
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode, Failure> {
    if let Command::Capabilities(wanted) = &args.command {
        return say(&capabilities::text(wanted, args.json)?);
    }
    if let Command::Qr(wanted) = &args.command
        && let Some(url) = wanted.address()
    {
        return qr::write(wanted, url, args.json);
    }
    if let Command::Refund(wanted) = &args.command
        && wanted.by_hand
    {
        return say(&refund::by_hand::book(wanted, args.json)?);
    }
    let shop = Shop::open(&args.config, args.provider.as_deref())?;
    serve::runtime(None)?.block_on(Box::pin(carry_out(args, &shop)))
}

async fn carry_out(args: Args, shop: &Shop) -> Result<ExitCode, Failure> {
    let Args { config, json, command, provider: _ } = args;
    let text = match command {
        Command::Create(wanted) => create::run(wanted, json, shop).await?,
        Command::List(wanted) => list::run(&wanted, json, shop).await?,
        Command::Show { link } => {
            let link = shop.link(&link).await?;
            shown::used(&shop.system, &link, usage::count(shop, &link).await?, json)
        }
        Command::Update(wanted) => update::run(wanted, json, shop).await?,
        Command::Deactivate { link } => update::deactivate(shop, link, json).await?,
        Command::Activate { link } => update::switch(shop, link, true, json).await?,
        Command::Payments(wanted) => payments::run(&wanted, json, shop).await?,
        Command::Refund(wanted) => refund::give_back(&wanted, &config, json, shop).await?,
        Command::Qr(wanted) => {
            let link = shop.link(&wanted.link).await?;
            return qr::write(&wanted, &link.url, json);
        }
        Command::Capabilities(wanted) => capabilities::text(&wanted, json)?,
        Command::Connect(wanted) => connect::run(wanted, json, shop).await?,
    };
    say(&text)
}

pub fn say(text: &str) -> Result<ExitCode, Failure> {
    let mut out = io::stdout();
    // Whoever reads it may have seen enough.
    let _gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(ExitCode::SUCCESS)
}

fn wrong_use(what: impl Into<String>, hint: &str) -> Failure {
    Failure::new(failure::USAGE, what, hint)
}
