//! `qrtill refund`: gives a payment back, or a part of it. It asks the relay's payment-link system directly; a
//! relay that runs hears of it as of one made in the dashboard.

use std::collections::BTreeSet;
use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::failure;
use super::failure::Failure;
use super::link::ask;
use super::link::of_not_answered;
use super::serve;
use crate::config;
use crate::core::money::Money;
use crate::core::payment::RefundStatus;
use crate::core::reference::Reference;
use crate::http::system::NotAnswered;
use crate::http::system::System;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Payment;
use crate::port::provider::Refund;
use crate::port::provider::Refunds;
use crate::port::provider::Trouble;

const EXAMPLES: &str = "\
Examples:
  qrtill refund pi_1                                  all that is left of a payment
  qrtill refund pi_1 2.50 EUR                         a part of it
  qrtill refund counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R  the payment of a sale
  qrtill refund pi_1 2.50 --key second                the same part once more

The same command again gives nothing back twice, as long as the system keeps idempotency keys (Stripe: a day).";

/// Give a payment back, or a part of it
///
/// Works with the payment-link system of the relay's configuration, and with the relay's key. What it does not
/// know is whether a counter has a refund of the same payment under way: the system has the last word.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The payment's id at the system, or a sale's reference
    #[arg(value_name = "PAYMENT|REFERENCE")]
    payment: String,
    /// How much, such as 12.50 or 12.50 EUR; all that is left without it
    #[arg(value_name = "AMOUNT", num_args = 0..=2)]
    amount: Vec<String>,
    /// Why, for whoever reads what is printed; the system is not told
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Another word makes another refund of the same amount
    #[arg(long, value_name = "WORD", default_value = "")]
    key: String,
    /// Give nothing back: say what is left, and that it is done by hand in the system's dashboard
    #[arg(long)]
    by_hand: bool,
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

/// What is printed.
#[derive(Serialize)]
struct Told<'a> {
    /// Absent where nothing was asked for.
    refund_id: Option<&'a str>,
    payment_id: &'a str,
    reference: Option<&'a str>,
    amount: i64,
    currency: &'static str,
    status: String,
    /// The system's reason where it failed.
    failure: Option<&'a str>,
    reason: Option<&'a str>,
    /// It was given back by an earlier call with the same payment, amount and key.
    repeated: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    // Someone else's provider in this process, as in tests, is as good.
    let _other = rustls::crypto::ring::default_provider().install_default();
    let shop = super::link::shop(&args.config, args.provider.as_deref())?;
    let system = serve::system(&shop.account)?;
    let text = serve::runtime(None)?.block_on(Box::pin(give_back(args, &system)))?;
    // Whoever reads it may have seen enough.
    let _gone = io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::SUCCESS)
}

async fn give_back(args: &Args, system: &System) -> Result<String, Failure> {
    let refunds = system.provider().capabilities().refunds;
    if let (Refunds::Manual { advice }, false) = (refunds, args.by_hand) {
        let name = system.provider().name();
        return Err(Failure::new(
            failure::UNAVAILABLE,
            format!("{name} gives nothing back by itself"),
            advice,
        ));
    }
    let payment = find(system, &args.payment).await?;
    let left = Money::new(payment.amount.minor - payment.refunded, payment.amount.currency);
    if args.by_hand {
        return Ok(by_hand(args, &payment, left, refunds));
    }
    let amount = amount(&args.amount, left)?;
    if matches!(refunds, Refunds::Api { partial: false }) && amount != payment.amount {
        let what = "this system gives back whole payments only";
        return Err(Failure::new(failure::UNAVAILABLE, what, format!("the whole is {}", payment.amount)));
    }
    let before = refunds_of(system, &payment.key.id).await?;
    let question = Ask::Refund {
        payment: payment.key.id.clone(),
        link: payment.link.clone(),
        amount: Some(amount),
        key: key(args, &payment, amount),
    };
    let answer = match system.ask(question).await {
        Ok(answer) => answer,
        Err(NotAnswered::NoAnswer(_) | NotAnswered::Trouble(Trouble::Unsure { .. })) => {
            let hint = if system.provider().capabilities().key_life().is_zero() {
                "look at the payment in the system's dashboard before you try again"
            } else {
                "the same command again does not give it back twice"
            };
            let what = "it is not known whether it was given back: no clear answer came";
            return Err(Failure::new(failure::UNAVAILABLE, what, hint));
        }
        Err(error) => return Err(of_not_answered(&error)),
    };
    let Answer::Refund(refund) = answer else { return Err(odd(&answer)) };
    Ok(told(args, &payment, &refund, before.contains(&refund.id)))
}

/// All that is left is another thing each time something was given back; a part is the same part.
fn key(args: &Args, payment: &Payment, amount: Money) -> String {
    let what = if args.amount.is_empty() {
        format!("after-{}", payment.refunded)
    } else {
        format!("part-{}", amount.minor)
    };
    format!("qrtill-refund-{}-{what}-{}", payment.key.id, args.key)
}

/// More than is left is the system's to refuse: a repeat of what was given back is not more.
fn amount(words: &[String], left: Money) -> Result<Money, Failure> {
    let wrong = |what: String| Failure::new(failure::USAGE, what, "write it such as 12.50 or 12.50 EUR");
    let text = words.join(" ");
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
        return Err(wrong(format!("the payment is in {}", left.currency)));
    }
    let amount = Money::parse(number, left.currency).map_err(|error| wrong(error.to_string()))?;
    if amount.minor > 0 { Ok(amount) } else { Err(wrong("nothing is no refund".into())) }
}

async fn find(system: &System, name: &str) -> Result<Payment, Failure> {
    let Ok(reference) = name.parse::<Reference>() else {
        let answer = ask(system, Ask::GetPayment { payment: name.to_owned() }).await?;
        let Answer::Payment(payment) = answer else { return Err(odd(&answer)) };
        let paid = payment.status.is_money();
        return paid.then_some(payment).ok_or_else(|| not_paid(name));
    };
    let mut paid = Vec::new();
    for link in links_of(system, &reference).await? {
        paid.extend(payments_of(system, link, &reference).await?);
    }
    match paid.len() {
        1 => Ok(paid.remove(0)),
        0 => {
            let what = format!("the system has no payment of {reference}");
            Err(Failure::new(failure::DATA, what, "give the payment's id, which `qrtill sales` tells"))
        }
        count => {
            let ids: Vec<_> = paid.into_iter().map(|payment| payment.key.id).collect();
            let what = format!("{reference} has {count} payments");
            Err(Failure::new(failure::DATA, what, format!("name one: {}", ids.join(", "))))
        }
    }
}

/// The links that may have a sale's payment: its own, else all that take many.
async fn links_of(system: &System, reference: &Reference) -> Result<Vec<String>, Failure> {
    let (mut reusable, mut cursor) = (Vec::new(), None);
    loop {
        let answer = ask(system, Ask::ListLinks { active: None, cursor }).await?;
        let Answer::Links(page) = answer else { return Err(odd(&answer)) };
        for link in page.items {
            match link.reference.as_deref() {
                Some(named) if named == reference.as_str() => return Ok(vec![link.id]),
                Some(_) => {}
                None => reusable.push(link.id),
            }
        }
        let Some(next) = page.next else { return Ok(reusable) };
        cursor = Some(next);
    }
}

async fn payments_of(system: &System, link: String, reference: &Reference) -> Result<Vec<Payment>, Failure> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let answer = ask(system, Ask::ListPayments { link: link.clone(), cursor }).await?;
        let Answer::Payments(page) = answer else { return Err(odd(&answer)) };
        let ours = |payment: &Payment| {
            payment.status.is_money() && payment.reference.as_deref() == Some(reference.as_str())
        };
        found.extend(page.items.into_iter().filter(ours));
        let Some(next) = page.next else { return Ok(found) };
        cursor = Some(next);
    }
}

/// The ids of refunds there are already; none where the system does not list them.
async fn refunds_of(system: &System, payment: &str) -> Result<BTreeSet<String>, Failure> {
    let (mut ids, mut cursor) = (BTreeSet::new(), None);
    loop {
        let answer = match system.ask(Ask::ListRefunds { payment: payment.to_owned(), cursor }).await {
            Ok(answer) => answer,
            Err(NotAnswered::Unsupported(_)) => return Ok(ids),
            Err(error) => return Err(of_not_answered(&error)),
        };
        let Answer::Refunds(page) = answer else { return Err(odd(&answer)) };
        ids.extend(page.items.into_iter().map(|refund| refund.id));
        let Some(next) = page.next else { return Ok(ids) };
        cursor = Some(next);
    }
}

fn not_paid(name: &str) -> Failure {
    Failure::new(failure::DATA, format!("{name} is not paid"), "")
}

fn odd(answer: &Answer) -> Failure {
    Failure::new(failure::DATA, format!("the payment-link system answered something else: {answer:?}"), "")
}

fn by_hand(args: &Args, payment: &Payment, left: Money, refunds: Refunds) -> String {
    if args.json {
        let told = Told {
            refund_id: None,
            payment_id: &payment.key.id,
            reference: payment.reference.as_deref(),
            amount: left.minor,
            currency: left.currency.code(),
            status: "by_hand".into(),
            failure: None,
            reason: args.reason.as_deref(),
            repeated: false,
        };
        return line(&told);
    }
    let advice = match refunds {
        Refunds::Manual { advice } => advice,
        Refunds::Api { .. } => "do it in the system's dashboard",
    };
    let given = Money::new(payment.refunded, left.currency);
    format!("{}: {given} given back, {left} left; {advice}\n", payment.key.id)
}

fn told(args: &Args, payment: &Payment, refund: &Refund, repeated: bool) -> String {
    let status = match &refund.status {
        RefundStatus::Pending => "pending",
        RefundStatus::RequiresAction => "requires_action",
        RefundStatus::Succeeded => "succeeded",
        RefundStatus::Failed => "failed",
        RefundStatus::Canceled => "canceled",
        RefundStatus::Unknown(word) => word.as_str(),
    };
    if args.json {
        return line(&Told {
            refund_id: Some(&refund.id),
            payment_id: &payment.key.id,
            reference: payment.reference.as_deref(),
            amount: refund.amount.minor,
            currency: refund.amount.currency.code(),
            status: status.to_owned(),
            failure: refund.reason.as_deref(),
            reason: args.reason.as_deref(),
            repeated,
        });
    }
    let mut text = format!("{} of {}: {}", refund.amount, payment.key.id, in_words(&refund.status));
    if let Some(failure) = &refund.reason {
        text += &format!(" ({failure})");
    }
    text += &format!("\nrefund {}", refund.id);
    if let Some(reason) = &args.reason {
        text += &format!(", {reason}");
    }
    if repeated {
        text += "\nit was given back before, and nothing more was now; --key WORD makes another refund";
    }
    text + "\n"
}

fn in_words(status: &RefundStatus) -> &str {
    match status {
        RefundStatus::Pending => "on its way, the bank is at work on it",
        RefundStatus::RequiresAction => "waits for somebody to act in the dashboard",
        RefundStatus::Succeeded => "given back",
        RefundStatus::Failed => "failed, nothing was given back",
        RefundStatus::Canceled => "cancelled, nothing was given back",
        RefundStatus::Unknown(word) => word,
    }
}

fn line(told: &Told<'_>) -> String {
    serde_json::to_string(told).expect("text keys and no floats") + "\n"
}
