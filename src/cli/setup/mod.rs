//! `qrtill setup`: a few questions, and a checked configuration of them. The work is in files of their own: `ask` the
//! questions, `builds` the hardware, `write` the files, `elsewhere` what a terminal needs whose relay is elsewhere, `card`
//! one of a fleet, `shop` what a shop with everything on one machine needs besides, `trial` the first sale.

pub mod ask;
#[cfg(feature = "relay")]
mod broker;
mod builds;
mod card;
mod elsewhere;
#[cfg(feature = "relay")]
mod shop;
#[cfg(feature = "relay")]
mod trial;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use super::check;
use super::failure::Failure;
use super::folder::Folder;
use crate::config;
use crate::core::money::Currency;
use crate::core::reference::TerminalId;
use crate::core::secret::Secret;
use crate::ui::lang::Lang;

use self::ask::ask;
use self::ask::secret;
use self::ask::tell;
use self::card::Card;
use self::elsewhere::RelaySide;

const EXAMPLES: &str = "\
Examples:
  sudo qrtill setup --one-shop     terminal, relay, broker and keys on this machine
  sudo qrtill setup                a terminal whose relay is elsewhere
  sudo qrtill setup --fleet DIR    a terminal that its operator will give a name: qrtill fleet pair

Answers are read line by line, so a script can give them. An API key is typed, or read from there; it is never an
argument, which every user of the machine could read.";

/// Ask a few questions and write a checked configuration
///
/// Makes the keys too. With --one-shop it makes the broker's accounts as well, starts everything, and waits with you
/// for a first sale. Nothing that is there is overwritten: --replace moves it aside.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A shop with one counter: terminal, relay and broker on this machine, without a public address
    #[cfg(feature = "relay")]
    #[arg(long, conflicts_with = "fleet")]
    one_shop: bool,
    /// A terminal of a fleet, out of the folder `terminal` that its operator made with `qrtill fleet new`
    #[arg(long, value_name = "DIR")]
    fleet: Option<PathBuf>,
    /// Move aside the configuration that is there
    #[arg(long)]
    replace: bool,
    /// Write the files and start nothing
    #[arg(long)]
    no_start: bool,
    /// Take DIR for the root of the file system, and start nothing
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

/// What is asked of every counter.
struct Counter {
    id: TerminalId,
    shop: String,
    lang: Lang,
    currency: Currency,
    panel: builds::Table,
    keypad: builds::Table,
    pin: Option<Secret>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let card = args.fleet.as_deref().map(Card::read).transpose()?;
    let folder = Folder::new(args.root.join(config::FOLDER.trim_start_matches('/')));
    write::make_room(&folder, args.replace)?;
    if let Some(card) = card {
        return card.set_up(&folder);
    }
    #[cfg(feature = "relay")]
    if args.one_shop {
        return shop::run(&folder, &args.root, args.no_start);
    }
    let counter = Counter::ask()?;
    let relay = RelaySide::ask()?;
    let public = folder.key("terminal/terminal.key")?.public();
    relay.write(&folder)?;
    let text = write::terminal(&counter, &folder)?;
    folder.text("terminal.toml", &relay.put_into(&text))?;
    tell(&format!(
        "\nThis terminal's public key, for [[terminal]] of the relay's configuration:\n{public}\n"
    ));
    let verdict = check::judge(&folder.path("terminal.toml"))?;
    if verdict == ExitCode::SUCCESS {
        tell("Next: sudo systemctl enable --now qrtill-terminal");
    }
    Ok(verdict)
}

impl Counter {
    fn ask() -> Result<Self, Failure> {
        tell("Enter takes what stands in brackets.");
        Ok(Self {
            id: ask("name of this counter (3 to 40 of a-z, 0-9 and -)", "counter-1", |text| {
                text.parse::<TerminalId>().map_err(|error| error.to_string())
            })?,
            shop: ask("name of the shop, as customers know it", "", |text| Ok(text.to_owned()))?,
            lang: ask("language of the screen", "en", |text| {
                text.parse::<Lang>().map_err(|error| error.to_string())
            })?,
            currency: ask("currency", "EUR", |text| {
                Currency::from_code(&text.to_uppercase()).ok_or_else(|| format!("{text} is no currency"))
            })?,
            panel: ask::choose("screen", builds::PANELS)?,
            keypad: ask::choose("keypad", builds::KEYPADS)?,
            pin: ask_pin()?,
        })
    }
}

fn ask_pin() -> Result<Option<Secret>, Failure> {
    let is_pin =
        |text: &str| (4..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let pin = secret("PIN for refunds and for settling by hand, 4 to 12 digits (empty: neither)", |text| {
        if text.is_empty() || is_pin(text) { Ok(()) } else { Err("4 to 12 digits, or nothing".to_owned()) }
    })?;
    Ok(Some(pin).filter(|pin| !pin.reveal().is_empty()))
}
