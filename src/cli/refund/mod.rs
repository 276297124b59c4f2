//! `qrtill refund`, which is `qrtill link refund` too: gives a payment back, or a part of it. It asks one of the
//! relay's payment-link systems directly; a relay that runs hears of it as of one made in the dashboard. Where the
//! system gives nothing back, what a person did by hand goes into the terminal's journal.

pub mod by_hand;
mod find;
mod print;

use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use self::print::Told;
use super::failure;
use super::failure::Failure;
use super::journal;
use super::link::order;
use super::link::say;
use super::serve;
use super::shop::Shop;
use crate::config;
use crate::core::money::Money;
use crate::core::payment::RefundStatus;
use crate::http::system::NotAnswered;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Refund;
use crate::port::provider::Refunds;
use crate::port::provider::Trouble;

pub const EXAMPLES: &str = "\
Examples:
  qrtill refund pi_1                                  all that is left of a payment
  qrtill refund pi_1 2.50 EUR                         a part of it
  qrtill refund counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R  the payment of a sale
  qrtill refund pi_1 2.50 --key second                the same part once more
  qrtill refund pay_1 2.50 --link plink_1             where the system finds payments only by their link
  qrtill refund pi_1 2.50 --by-hand                   book what was given back in the system's dashboard

The same command again gives nothing back twice, as long as the system keeps idempotency keys (Stripe: a day).
Where a system does not say that it keeps them (storekit, VINR), a part is refused once anything of the payment
was given back; --again gives back more.";

/// Give a payment back, or a part of it
///
/// Works with a payment-link system of the relay's configuration, and with the relay's key. What it does not
/// know is whether a counter has a refund of the same payment under way: the system has the last word.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    wanted: Wanted,
    /// The relay's configuration file
    #[arg(long, value_name = "FILE", default_value = config::RELAY_FILE)]
    config: PathBuf,
    /// Which of the relay's payment-link systems; the file's first by default
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Print JSON: amounts in minor units
    #[arg(long)]
    json: bool,
}

// A comment of its own would become the help of both commands.
#[derive(Debug, clap::Args)]
pub struct Wanted {
    /// The payment's id at the system, or a sale's reference
    #[arg(value_name = "PAYMENT|REFERENCE")]
    payment: String,
    /// How much, such as 12.50 or 12.50 EUR; all that is left without it
    #[arg(value_name = "AMOUNT", num_args = 0..=2)]
    amount: Vec<String>,
    /// Why, for the system's records: one of its own words, or a text. Refused where it takes none
    #[arg(long, value_name = "TEXT", conflicts_with = "by_hand")]
    reason: Option<String>,
    /// Another word makes another refund of the same amount
    #[arg(long, value_name = "WORD", default_value = "")]
    key: String,
    /// Give back more of a payment of which something was given back already; each time it is another refund
    #[arg(long, conflicts_with = "by_hand")]
    again: bool,
    /// The link that the payment came over, where the system finds payments only by it
    #[arg(long, value_name = "LINK", value_parser = order::id, conflicts_with = "by_hand")]
    link: Option<String>,
    /// Give nothing back: book in the terminal's journal what a person gave back in the system's dashboard. Only
    /// where the system gives nothing back itself, and while the terminal is stopped
    #[arg(long)]
    pub by_hand: bool,
    /// The relay's data folder, whose journal knows a sale's payment; with --by-hand the terminal's. By default the
    /// configured one
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Wanted {
    /// What makes this refund itself. All that is left is another thing each time something was given back; a
    /// part is the same part.
    fn id(&self, kind: &str, payment: &str, given_back: i64, amount: Money) -> String {
        let what = if self.amount.is_empty() || self.again {
            format!("after-{given_back}{}", if self.amount.is_empty() { "" } else { "-more" })
        } else {
            format!("part-{}", amount.minor)
        };
        format!("qrtill-{kind}-{payment}-{what}-{}", self.key)
    }

    /// Whoever forgets the payment writes the amount in its place.
    fn named(&self) -> Result<&str, Failure> {
        let name = self.payment.as_str();
        let amount = name.len() <= 9 && name.contains(['.', ',']);
        if amount && name.bytes().all(|byte| byte.is_ascii_digit() || b".,".contains(&byte)) {
            let hint = format!("name the payment first: `qrtill refund PAYMENT {name}`");
            return Err(Failure::new(failure::USAGE, format!("`{name}` is no payment's id"), hint));
        }
        Ok(name)
    }

    /// Without keys the system takes a repeat for another refund of the same amount. All that is left needs no
    /// guard: after it there is nothing.
    fn not_twice(&self, paid: Money, given_back: i64) -> Result<(), Failure> {
        if self.again || self.amount.is_empty() || given_back == 0 {
            return Ok(());
        }
        let given_back = Money::new(given_back, paid.currency);
        let what = format!(
            "{given_back} of {paid} was given back already, and this system may take a repeat for another refund"
        );
        Err(Failure::new(failure::DATA, what, "add --again to give back more"))
    }

    /// More than is left is not refused here: a repeat of what was given back is not more.
    fn amount(&self, left: Money) -> Result<Money, Failure> {
        let wrong = |what: String| Failure::new(failure::USAGE, what, "");
        let text = self.amount.join(" ");
        let (number, code) = match text.split_once(char::is_whitespace) {
            Some((number, code)) => (number, Some(code.trim())),
            None => (text.as_str(), None),
        };
        if number.is_empty() {
            if left.minor > 0 {
                return Ok(left);
            }
            return Err(Failure::new(failure::DATA, "nothing is left to give back", ""));
        }
        if code.is_some_and(|code| !code.eq_ignore_ascii_case(left.currency.code())) {
            return Err(wrong(format!(
                "the payment is in {}, not in {}",
                left.currency,
                code.unwrap_or_default()
            )));
        }
        let amount =
            Money::parse(number, left.currency).map_err(|error| wrong(format!("`{number}`: {error}")))?;
        if amount.minor > 0 { Ok(amount) } else { Err(wrong("nothing is no refund".into())) }
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let wanted = &args.wanted;
    wanted.named()?;
    if wanted.by_hand {
        return say(&by_hand::book(wanted, args.json)?);
    }
    let shop = Shop::open(&args.config, args.provider.as_deref())?;
    let work = give_back(wanted, &args.config, args.json, &shop);
    say(&serve::runtime(None)?.block_on(Box::pin(work))?)
}

/// Gives it back, and what is to be printed of that. `config` is the relay's file.
pub async fn give_back(wanted: &Wanted, config: &Path, json: bool, shop: &Shop) -> Result<String, Failure> {
    wanted.named()?;
    let system = &shop.system;
    let refunds = system.provider().capabilities().refunds;
    if let Refunds::Manual { advice } = refunds {
        let what = format!("{} gives nothing back by itself", system.provider().name());
        let hint = format!(
            "{advice}, then book it at the terminal's keypad, or with `qrtill refund {} --by-hand` there",
            wanted.payment
        );
        return Err(Failure::new(failure::UNAVAILABLE, what, hint));
    }
    let journal = find::Journal::open(journal::of_relay(wanted.data.as_deref(), config)?);
    let payment = find::payment(shop, &wanted.payment, wanted.link.as_deref(), &journal).await?;
    let left = Money::new(payment.amount.minor - payment.refunded, payment.amount.currency);
    let amount = wanted.amount(left)?;
    if matches!(refunds, Refunds::Api { partial: false }) && amount != payment.amount {
        let what = "this system gives back whole payments only";
        return Err(Failure::new(failure::UNAVAILABLE, what, format!("the whole is {}", payment.amount)));
    }
    let before = shop.refunds(&payment.key.id).await?;
    let keeps_keys = !system.provider().capabilities().key_life().is_zero();
    if !keeps_keys {
        wanted.not_twice(payment.amount, payment.refunded.max(under_way(&before)))?;
    }
    let question = Ask::Refund {
        payment: payment.key.id.clone(),
        link: payment.link.clone(),
        amount: Some(amount),
        reason: wanted.reason.clone(),
        key: wanted.id("refund", &payment.key.id, payment.refunded, amount),
    };
    let answer = match system.ask(question).await {
        Ok(answer) => answer,
        Err(NotAnswered::NoAnswer(_) | NotAnswered::Trouble(Trouble::Unsure { .. })) => {
            let hint = if keeps_keys && !wanted.again {
                "the same command again does not give it back twice"
            } else {
                "look at the payment in the system's dashboard before you try again"
            };
            let what = "it is not known whether it was given back: no clear answer came";
            return Err(Failure::new(failure::UNAVAILABLE, what, hint));
        }
        Err(error) => return Err(shop.not_answered(&error)),
    };
    let Answer::Refund(refund) = answer else { return Err(Failure::odd()) };
    let repeated = before.iter().any(|known| known.id == refund.id);
    Ok(print::told(&Told::of(&payment, &refund, wanted.reason.as_deref(), repeated), json))
}

/// What was given back or is on its way, in minor units.
fn under_way(refunds: &[Refund]) -> i64 {
    let counts = |refund: &&Refund| !matches!(refund.status, RefundStatus::Failed | RefundStatus::Canceled);
    refunds.iter().filter(counts).map(|refund| refund.amount.minor).sum()
}
