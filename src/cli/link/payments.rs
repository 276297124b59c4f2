//! `qrtill link payments`: what came over a link, one by one or in sums.

use serde::Serialize;

use super::order;
use super::shown::utc;
use super::usage;
use super::usage::By;
use crate::cli::failure::Failure;
use crate::cli::shop::Shop;
use crate::cli::table::aligned;
use crate::core::money::Money;
use crate::core::payment::PaymentStatus;
use crate::port::provider::Payment;

/// List a link's payments, newest first
///
/// With --by, only the sums: what was opened and paid, received and given back. Days are UTC. The terminal is the
/// one in a payment's reference; `counter` is money without a reference, `foreign` has one that is no sale's.
/// A checkout counts as opened when the system lists it as a payment, which may be only once it was tried or ended.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_parser = order::id)]
    link: String,
    /// Only the sums of each day (UTC) or terminal
    #[arg(long, value_enum)]
    by: Option<By>,
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

pub async fn run(wanted: &Args, json: bool, shop: &Shop) -> Result<String, Failure> {
    let mut payments = shop.payments(&wanted.link).await?;
    if payments.iter().any(|payment| payment.reference.is_none()) {
        // Some systems repeat the sale's reference with its link only.
        let reference = shop.link(&wanted.link).await?.reference;
        for payment in payments.iter_mut().filter(|payment| payment.reference.is_none()) {
            payment.reference.clone_from(&reference);
        }
    }
    match wanted.by {
        Some(by) => Ok(usage::told(&shop.system, &payments, by, json)),
        None if json => {
            let objects: Vec<_> = payments.iter().map(object).collect();
            let list = serde_json::to_string_pretty(&objects);
            Ok(list.expect("payments have text keys and no floats") + "\n")
        }
        None if payments.is_empty() => Ok("no payments\n".to_owned()),
        None => {
            let sums = usage::told(&shop.system, &payments, By::Terminal, false);
            Ok(format!("{}\n{sums}", table(&payments)))
        }
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

/// As people read it.
#[must_use]
pub fn word(status: &PaymentStatus) -> String {
    match serde_json::to_value(status) {
        Ok(serde_json::Value::String(word)) => word.replace('_', " "),
        Ok(_) | Err(_) => format!("{status:?}"),
    }
}

fn table(payments: &[Payment]) -> String {
    let head = ["TIME (UTC)", "STATUS", "AMOUNT", "REFUNDED", "REFERENCE", "PAYMENT"].map(str::to_owned);
    let rows = payments.iter().map(|payment| {
        let refunded = match payment.refunded {
            0 => String::new(),
            minor => Money::new(minor, payment.amount.currency).decimal(),
        };
        let reference = payment.reference.clone().unwrap_or_default();
        let (at, amount) = (utc(payment.at_unix_ms), payment.amount.to_string());
        [at, word(&payment.status), amount, refunded, reference, payment.key.id.clone()]
    });
    let right = [false, false, true, true, false, false];
    aligned([head].into_iter().chain(rows).collect(), right)
}
