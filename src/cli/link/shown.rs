//! Links as people and programs read them.

use serde::Serialize;

use super::usage::Counts;
use crate::cli::table::aligned;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::host;
use crate::http::system::System;
use crate::port::provider::LinkState;

/// A link as programs read it: minor units, times in RFC 3339 and UTC.
#[derive(Serialize)]
struct Json<'a> {
    id: &'a str,
    url: &'a str,
    status: String,
    kind: &'static str,
    max_payments: Option<u32>,
    title: Option<&'a str>,
    /// Absent where customers type it.
    amount: Option<i64>,
    currency: Option<&'static str>,
    min: Option<i64>,
    max: Option<i64>,
    preset: Option<i64>,
    /// Counted for `show` alone.
    opened: Option<u32>,
    paid: Option<u32>,
    reference: Option<&'a str>,
    ends_at: Option<String>,
}

impl<'a> Json<'a> {
    fn of(link: &'a LinkState, counts: Counts, now_unix_ms: i64) -> Self {
        let (kind, max_payments) = match link.kind {
            LinkKind::OneOff => ("one_off", None),
            LinkKind::Reusable { max_payments } => ("reusable", max_payments),
        };
        let (amount, currency, min, max, preset) = match link.amount {
            Some(AmountKind::Fixed(money)) => {
                (Some(money.minor), Some(money.currency.code()), None, None, None)
            }
            Some(AmountKind::Open { currency, min, max, preset }) => {
                (None, Some(currency.code()), min, max, preset)
            }
            None => (None, None, None, None, None),
        };
        Self {
            id: &link.id,
            url: &link.url,
            status: status(&link.status_at(now_unix_ms)),
            kind,
            max_payments,
            title: link.title.as_deref(),
            amount,
            currency,
            min,
            max,
            preset,
            opened: counts.opened,
            paid: counts.paid,
            reference: link.reference.as_deref(),
            ends_at: link.ends_unix_ms.map(utc),
        }
    }
}

#[must_use]
pub fn utc(unix_ms: i64) -> String {
    // As many digits everywhere: times stand below each other.
    format!("{:.3}", jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default())
}

/// The system's own word, where it is none of ours.
#[must_use]
pub fn status(status: &LinkStatus) -> String {
    match status {
        LinkStatus::Active => "active".to_owned(),
        LinkStatus::Busy => "busy".to_owned(),
        LinkStatus::Completed => "completed".to_owned(),
        LinkStatus::Exhausted => "exhausted".to_owned(),
        LinkStatus::Expired => "expired".to_owned(),
        LinkStatus::Deactivated => "deactivated".to_owned(),
        LinkStatus::Unknown(word) => format!("unknown ({})", word.escape_debug()),
    }
}

fn amount(link: &LinkState) -> String {
    match link.amount {
        Some(AmountKind::Fixed(money)) => money.to_string(),
        Some(AmountKind::Open { currency, min, max, preset }) => {
            let bound = |word: &str, minor: Option<i64>| {
                minor.map(|minor| format!(" {word} {}", Money::new(minor, currency).decimal()))
            };
            let parts = [bound("from", min), bound("to", max), bound("preset", preset)];
            format!("open {currency}{}", parts.into_iter().flatten().collect::<String>())
        }
        None => "-".to_owned(),
    }
}

fn kind(link: &LinkState) -> String {
    match link.kind {
        LinkKind::OneOff => "one-off".to_owned(),
        LinkKind::Reusable { max_payments: None } => "reusable".to_owned(),
        LinkKind::Reusable { max_payments: Some(most) } => format!("reusable, {most} times"),
    }
}

fn paid(link: &LinkState) -> String {
    link.payments.map_or("-".to_owned(), |times| times.to_string())
}

/// What the link itself says of how often it was used.
fn own(link: &LinkState) -> Counts {
    Counts { opened: None, paid: link.payments }
}

/// One link, a line for each thing that is known of it.
#[must_use]
pub fn one(system: &System, link: &LinkState, json: bool) -> String {
    if json { object(link, own(link)) } else { aligned(rows(system, link, own(link)), [false, false]) }
}

/// One link, and how often it was used.
#[must_use]
pub fn used(system: &System, link: &LinkState, counts: Counts, json: bool) -> String {
    if json {
        return object(link, counts);
    }
    let mut rows = rows(system, link, counts);
    rows.retain(|[name, _]| name != "paid");
    rows.push(["opened".to_owned(), times(system, counts.opened)]);
    rows.push(["paid".to_owned(), times(system, counts.paid)]);
    aligned(rows, [false, false])
}

fn object(link: &LinkState, counts: Counts) -> String {
    let object = serde_json::to_string_pretty(&Json::of(link, counts, host::unix_ms()));
    object.expect("links have text keys and no floats") + "\n"
}

fn times(system: &System, counted: Option<u32>) -> String {
    let untold = || format!("not told by {}", system.provider().name());
    counted.map_or_else(untold, |times| times.to_string())
}

fn rows(system: &System, link: &LinkState, counts: Counts) -> Vec<[String; 2]> {
    let now_unix_ms = host::unix_ms();
    let mut rows = vec![
        ["link", link.id.as_str()].map(str::to_owned),
        ["system", system.provider().name()].map(str::to_owned),
        ["url".to_owned(), link.url.clone()],
        ["status".to_owned(), status(&link.status_at(now_unix_ms))],
        ["kind".to_owned(), kind(link)],
        ["amount".to_owned(), amount(link)],
    ];
    let more = [
        ("paid", counts.paid.map(|times| times.to_string())),
        ("title", link.title.clone()),
        ("reference", link.reference.clone()),
        ("ends", link.ends_unix_ms.map(utc)),
    ];
    rows.extend(more.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?])));
    rows
}

/// Links in a table; `next` is the page that follows.
#[must_use]
pub fn all(system: &System, links: &[LinkState], next: Option<u16>, now_unix_ms: i64, json: bool) -> String {
    if json {
        let objects: Vec<_> = links.iter().map(|link| Json::of(link, own(link), now_unix_ms)).collect();
        let list = serde_json::to_string_pretty(&objects);
        return list.expect("links have text keys and no floats") + "\n";
    }
    if links.is_empty() {
        return "no such links\n".to_owned();
    }
    let head = ["LINK", "STATUS", "KIND", "AMOUNT", "PAID", "TITLE"].map(str::to_owned);
    let rows = links.iter().map(|link| {
        let title = link.title.clone().or_else(|| link.reference.clone()).unwrap_or_default();
        [link.id.clone(), status(&link.status_at(now_unix_ms)), kind(link), amount(link), paid(link), title]
    });
    let mut text =
        aligned([head].into_iter().chain(rows).collect(), [false, false, false, true, true, false]);
    if links.iter().any(|link| link.payments.is_none()) {
        let name = system.provider().name();
        text += &format!("PAID of - is not told by {name} in its list; `qrtill link show LINK` counts it\n");
    }
    if let Some(next) = next {
        text += &format!("there are more: --page {next}\n");
    }
    text
}
