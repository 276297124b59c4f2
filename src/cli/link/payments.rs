//! `qrtill link payments`: what came over a link, and how often it was used.

use std::collections::BTreeMap;
use std::io;
use std::io::IsTerminal;
use std::io::Write;

use serde::Serialize;

use super::ask;
use super::odd;
use super::shown::utc;
use crate::cli::failure::Failure;
use crate::cli::table::aligned;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::PaymentStatus;
use crate::core::reference::Reference;
use crate::http::system::System;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Payment;

/// List a link's payments, newest first
#[derive(Debug, clap::Args)]
pub struct Args {
    link: String,
    /// Only the sums of each day (UTC) or terminal
    #[arg(long, value_enum)]
    by: Option<By>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Day,
    Terminal,
}

/// A payment as programs read it.
#[derive(Serialize)]
struct Json<'a> {
    payment_id: &'a str,
    status: &'a PaymentStatus,
    amount: i64,
    currency: &'static str,
    refunded: i64,
    reference: Option<&'a str>,
    at: String,
}

/// Opened, paid and what came of it, for one day or terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Use {
    /// Customers that began to pay, as far as the system lists them.
    opened: u32,
    paid: u32,
    /// Minor units by currency, before refunds.
    received: BTreeMap<String, i64>,
    refunded: BTreeMap<String, i64>,
}

pub async fn run(wanted: &Args, json: bool, system: &System) -> Result<String, Failure> {
    let payments = all(system, &wanted.link).await?;
    match wanted.by {
        Some(by) => Ok(sums(&payments, by, json)),
        None if json => {
            let objects: Vec<_> = payments.iter().map(object).collect();
            let list = serde_json::to_string_pretty(&objects);
            Ok(list.expect("payments have text keys and no floats") + "\n")
        }
        None => Ok(table(&payments)),
    }
}

async fn all(system: &System, link: &str) -> Result<Vec<Payment>, Failure> {
    let (mut payments, mut cursor) = (Vec::new(), None);
    let watched = io::stderr().is_terminal();
    loop {
        let question = Ask::ListPayments { link: link.to_owned(), cursor };
        let Answer::Payments(page) = ask(system, question).await? else { return Err(odd()) };
        payments.extend(page.items);
        if watched && (page.next.is_some() || payments.len() > 100) {
            // Somebody waits; a list may go back for years.
            let _gone = write!(io::stderr(), "\r{} payments …\r", payments.len());
        }
        let Some(next) = page.next else { return Ok(payments) };
        cursor = Some(next);
    }
}

fn object(payment: &Payment) -> Json<'_> {
    Json {
        payment_id: &payment.key.id,
        status: &payment.status,
        amount: payment.amount.minor,
        currency: payment.amount.currency.code(),
        refunded: payment.refunded,
        reference: payment.reference.as_deref(),
        at: utc(payment.at_unix_ms),
    }
}

fn word(payment: &Payment) -> String {
    match serde_json::to_value(&payment.status) {
        Ok(serde_json::Value::String(word)) => word.replace('_', " "),
        Ok(_) | Err(_) => format!("{:?}", payment.status),
    }
}

fn table(payments: &[Payment]) -> String {
    if payments.is_empty() {
        return "no payments\n".to_owned();
    }
    let head = ["TIME (UTC)", "STATUS", "AMOUNT", "REFUNDED", "REFERENCE", "PAYMENT"].map(str::to_owned);
    let rows = payments.iter().map(|payment| {
        let refunded = match payment.refunded {
            0 => String::new(),
            minor => Money::new(minor, payment.amount.currency).decimal(),
        };
        let reference = payment.reference.clone().unwrap_or_default();
        let (at, amount) = (utc(payment.at_unix_ms), payment.amount.to_string());
        [at, word(payment), amount, refunded, reference, payment.key.id.clone()]
    });
    let right = [false, false, true, true, false, false];
    let text = aligned([head].into_iter().chain(rows).collect(), right);
    format!("{text}\n{}", sums(payments, By::Terminal, false))
}

fn sums(payments: &[Payment], by: By, json: bool) -> String {
    let mut uses: BTreeMap<String, Use> = BTreeMap::new();
    for payment in payments {
        let name = match by {
            By::Day => utc(payment.at_unix_ms)[..10].to_owned(),
            By::Terminal => terminal(payment),
        };
        let used = uses.entry(name).or_default();
        used.opened += 1;
        if payment.status.is_money() {
            let code = payment.amount.currency.code().to_owned();
            used.paid += 1;
            *used.received.entry(code.clone()).or_default() += payment.amount.minor;
            *used.refunded.entry(code).or_default() += payment.refunded;
        }
    }
    if json {
        return serde_json::to_string_pretty(&uses).expect("sums have text keys and no floats") + "\n";
    }
    let head =
        [if by == By::Day { "DAY (UTC)" } else { "TERMINAL" }, "OPENED", "PAID", "RECEIVED", "REFUNDED"];
    let rows = uses.into_iter().map(|(name, used)| {
        [name, used.opened.to_string(), used.paid.to_string(), sum(&used.received), sum(&used.refunded)]
    });
    let rows = [head.map(str::to_owned)].into_iter().chain(rows);
    aligned(rows.collect(), [false, true, true, true, true])
}

/// Whose sale it names; a payment over a counter's own link names none.
fn terminal(payment: &Payment) -> String {
    let sale = payment.reference.as_ref().and_then(|text| text.parse::<Reference>().ok());
    sale.map_or("(no sale)".to_owned(), |reference| reference.terminal().to_string())
}

fn sum(by_currency: &BTreeMap<String, i64>) -> String {
    let money =
        |(code, minor): (&String, &i64)| Some(Money::new(*minor, Currency::from_code(code)?).to_string());
    let sums: Vec<String> = by_currency.iter().filter_map(money).collect();
    sums.join(" + ")
}
