//! `qrtill link capabilities`: what each system can do, as a table made from the data that the program obeys.

use serde_json::Map;
use serde_json::Value;

use crate::cli::failure::Failure;
use crate::cli::table::aligned;
use crate::cli::webhook;
use crate::core::money::Currency;
use crate::port::provider::Capabilities;
use crate::port::provider::Carrier;
use crate::port::provider::Confirm;
use crate::port::provider::Expiry;
use crate::port::provider::Refunds;
use crate::port::provider::Strategy;
use crate::provider::Entry;
use crate::provider::PROVIDERS;

/// What each payment-link system can do
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this system, with the words that --option takes
    system: Option<String>,
    /// As a table for a Markdown page
    #[arg(long)]
    markdown: bool,
}

pub fn text(wanted: &Args, json: bool) -> Result<String, Failure> {
    let entries: Vec<&Entry> = match &wanted.system {
        Some(name) => vec![webhook::find(name)?],
        None => PROVIDERS.iter().collect(),
    };
    if json {
        let systems: Map<String, Value> =
            entries.iter().map(|entry| (entry.name.to_owned(), object(entry.capabilities))).collect();
        return Ok(serde_json::to_string_pretty(&systems).expect("words and numbers") + "\n");
    }
    Ok(if wanted.markdown { markdown(&entries) } else { plain(&entries) + &options(wanted, &entries) })
}

type Row = (&'static str, fn(&Capabilities) -> String);

const ROWS: &[Row] = &[
    ("a link for each sale", |can| yes(can.strategies.contains(&Strategy::OneOff))),
    ("sales over the reusable link", |can| yes(can.strategies.contains(&Strategy::Reference))),
    ("amount typed by the customer", open_amount),
    ("items", |can| match can.lines {
        Some(lines) if lines.vat => "with VAT".to_owned(),
        Some(_) => "yes".to_owned(),
        None => "no".to_owned(),
    }),
    ("other links", |can| listed(can.purposes.iter().map(word))),
    ("limit of payments", |can| yes(can.max_payments)),
    ("ends by time", |can| {
        match can.expiry {
            Expiry::Ordered => "as ordered",
            Expiry::Chosen => "when it chooses",
            Expiry::Never => "no",
        }
        .to_owned()
    }),
    ("reference travels as", |can| {
        match can.reference {
            Carrier::Metadata => "metadata",
            Carrier::Field => "a field",
            Carrier::ItemText => "the item's text",
        }
        .to_owned()
    }),
    ("asks customers for", |can| listed(can.customer_fields.iter().map(word))),
    ("after the payment", |can| {
        match (can.thanks, can.redirect) {
            (true, true) => "words or redirect",
            (true, false) => "words",
            (false, true) => "redirect",
            (false, false) => "its own page",
        }
        .to_owned()
    }),
    ("change a link", |can| yes(can.update)),
    ("switch off, on", |can| format!("{}, {}", yes(can.deactivate), yes(can.reactivate))),
    ("list payments", |can| {
        match (can.list_payments, can.list_unpaid) {
            (true, true) => "yes",
            (true, false) => "paid ones",
            (false, _) => "no",
        }
        .to_owned()
    }),
    ("refunds", |can| {
        match can.refunds {
            Refunds::Api { partial: true } => "whole, partial",
            Refunds::Api { partial: false } => "whole",
            Refunds::Manual { .. } => "by hand",
        }
        .to_owned()
    }),
    ("news is believed", |can| {
        match can.confirm {
            Confirm::Always => "once asked",
            Confirm::Optional => "by its signature",
        }
        .to_owned()
    }),
    ("webhook answered within", |can| format!("{} s", can.acknowledge_within.as_secs())),
    ("a repeated order", |can| match can.idempotency {
        Some(known) => match known.life {
            Some(life) if life.as_secs() >= 7200 => format!("one link for {} h", life.as_secs() / 3600),
            Some(life) => format!("one link for {} min", life.as_secs() / 60),
            None => "is looked for first".to_owned(),
        },
        None => "is looked for first".to_owned(),
    }),
];

fn yes(can: bool) -> String {
    if can { "yes" } else { "no" }.to_owned()
}

fn listed(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

/// The name a value has in JSON and on the command line.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).expect("a word");
    value.as_str().unwrap_or_default().to_owned()
}

fn open_amount(can: &Capabilities) -> String {
    let Some(open) = can.open_amount else { return "no".to_owned() };
    let parts = [(open.bounds, "bounds"), (open.preset, "preset"), (open.suggestions, "suggestions")];
    let words: Vec<_> = parts.iter().filter(|(can, _)| *can).map(|(_, word)| *word).collect();
    if words.is_empty() { "yes".to_owned() } else { format!("yes: {}", words.join(", ")) }
}

fn plain(entries: &[&Entry]) -> String {
    // One system a block: five columns of sentences are wider than a window.
    let block = |entry: &&Entry| {
        let head = [entry.name.to_uppercase(), String::new()];
        let rows = ROWS.iter().map(|(name, of)| [format!("  {name}"), of(entry.capabilities)]);
        let advice = match entry.capabilities.refunds {
            Refunds::Manual { advice } => format!("  refunds by hand: {advice}\n"),
            Refunds::Api { .. } => String::new(),
        };
        aligned([head].into_iter().chain(rows).collect(), [false, false]) + &advice
    };
    entries.iter().map(block).collect::<Vec<_>>().join("\n")
}

fn options(wanted: &Args, entries: &[&Entry]) -> String {
    let (Some(_), [entry]) = (&wanted.system, entries) else { return String::new() };
    let known = entry.capabilities.options;
    if known.is_empty() {
        return String::new();
    }
    let rows = known.iter().map(|(name, what)| [format!("  {name}"), (*what).to_owned()]);
    format!("\n--option takes\n{}", aligned(rows.collect(), [false, false]))
}

fn markdown(entries: &[&Entry]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let names = entries.iter().map(|entry| entry.name.to_owned());
    let mut text = line([String::new()].into_iter().chain(names).collect());
    text += &line(vec!["---".to_owned(); entries.len() + 1]);
    for (name, of) in ROWS {
        let cells = entries.iter().map(|entry| of(entry.capabilities));
        text += &line([(*name).to_owned()].into_iter().chain(cells).collect());
    }
    text
}

fn object(can: &Capabilities) -> Value {
    let mut object: Map<String, Value> =
        ROWS.iter().map(|(name, of)| (name.replace([' ', ','], "_"), of(can).into())).collect();
    let euro = Currency::from_code("EUR").expect("a currency");
    object.insert("minimum_eur".to_owned(), (can.minimum)(euro).into());
    object.insert("maximum_eur".to_owned(), (can.maximum)(euro).into());
    let options = can.options.iter().map(|(name, what)| ((*name).to_owned(), Value::from(*what)));
    object.insert("options".to_owned(), Value::Object(options.collect()));
    object.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README's table is this command's output.
    #[test]
    fn the_readme_says_what_the_code_can_do() {
        let readme = include_str!("../../../README.md");
        let all = Args { system: None, markdown: true };
        let table = text(&all, false).expect("all of them");
        assert!(readme.contains(&table), "put this into README.md:\n{table}");
    }

    #[test]
    fn every_system_says_all_of_it() {
        for entry in PROVIDERS {
            let one = Args { system: Some(entry.name.to_owned()), markdown: false };
            let text = text(&one, false).expect("known");
            assert!(ROWS.iter().all(|(name, _)| text.contains(name)), "{text}");
        }
    }
}
