//! `qrtill link create`.

use super::order;
use super::order::Item;
use super::shown;
use super::wrong_use;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::shop::Shop;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::host;
use crate::port::provider::After;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::CustomerField;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Need;
use crate::port::provider::Purpose;
use crate::port::provider::Terms;

/// Make a link
///
/// Reusable unless --once or --max-payments says otherwise. What the system does not have is refused; see
/// `qrtill link capabilities`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What customers read on the payment page; the shop's title by default
    title: Option<String>,
    /// A fixed amount, such as '12.50 EUR'
    #[arg(long, value_name = "MONEY", value_parser = order::money)]
    amount: Option<Money>,
    /// Customers type the amount, in this currency
    #[arg(long, value_name = "CURRENCY", value_parser = order::currency, conflicts_with = "amount")]
    open: Option<Currency>,
    /// The least and the most customers may type
    #[arg(long, value_name = "AMOUNT", requires = "open")]
    min: Option<String>,
    #[arg(long, value_name = "AMOUNT", requires = "open")]
    max: Option<String>,
    /// The amount that stands there already
    #[arg(long, value_name = "AMOUNT", requires = "open")]
    preset: Option<String>,
    /// An amount to choose; may be given many times
    #[arg(long, value_name = "AMOUNT", requires = "open")]
    suggest: Vec<String>,
    /// '2 x 4.50 Lunch @20': quantity, net price, title and tax in percent; may be given many times
    #[arg(long, value_name = "ITEM", value_parser = order::item, requires = "currency")]
    item: Vec<Item>,
    /// The currency of the items
    #[arg(long, value_name = "CURRENCY", value_parser = order::currency)]
    currency: Option<Currency>,
    /// For one payment
    #[arg(long)]
    once: bool,
    /// For so many payments
    #[arg(long, value_name = "N", conflicts_with = "once", value_parser = clap::value_parser!(u32).range(1..))]
    max_payments: Option<u32>,
    /// A moment (2026-12-24T18:00:00+01:00), or a while from now (2h 30m)
    #[arg(long, value_name = "TIME")]
    ends: Option<String>,
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// What customers read once they have paid
    #[arg(long, value_name = "TEXT", conflicts_with = "redirect")]
    thanks: Option<String>,
    /// Where customers are led once they have paid
    #[arg(long, value_name = "URL", value_parser = order::address)]
    redirect: Option<String>,
    /// What to ask customers for: email, phone=required, …
    #[arg(long = "ask", value_name = "FIELD", value_parser = order::field)]
    fields: Vec<(CustomerField, Need)>,
    #[arg(long, value_name = "KEY=VALUE", value_parser = order::pair)]
    metadata: Vec<(String, String)>,
    /// payment, product, subscription or invoice
    #[arg(long = "for", value_name = "PURPOSE", default_value = "payment", value_parser = purpose)]
    purpose: Purpose,
    /// Anything else, in the system's own words; may be given many times
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = order::pair)]
    options: Vec<(String, String)>,
    /// The same key gives the same link again, for as long as the system remembers: see `a repeated order` in
    /// `qrtill link capabilities`. One that says no time may make another link (storekit does)
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

fn purpose(text: &str) -> Result<Purpose, String> {
    serde_json::from_value(text.into())
        .map_err(|_| format!("`{text}`: write payment, product, subscription or invoice"))
}

pub async fn run(wanted: Args, json: bool, shop: &Shop) -> Result<String, Failure> {
    let order = order(wanted, shop.title.clone())?;
    let due = order.amount;
    let Answer::Link(link) = shop.ask(Ask::CreateLink(order)).await? else { return Err(Failure::odd()) };
    if matches!(due, AmountKind::Fixed(_)) && link.amount.is_some_and(|amount| amount != due) {
        shop.ask(Ask::SetActive { link: link.id.clone(), active: false }).await?;
        return Err(other_amount(&link, due));
    }
    let text = shown::one(&shop.system, &link, json);
    if json {
        return Ok(text);
    }
    let (id, url) = (&link.id, &link.url);
    Ok(format!(
        "{text}\nTo show it at a counter while nothing is sold, put this into [[terminal]] of relay.toml:\n  \
         standing_link = \"{id}\"\n  standing_url = \"{url}\"\nand this into [link] of terminal.toml:\n  \
         standing = \"{url}\"\n"
    ))
}

/// A link that is not over what was ordered, and is switched off by now.
fn other_amount(link: &LinkState, due: AmountKind) -> Failure {
    if let (Some(AmountKind::Fixed(came)), AmountKind::Fixed(due)) = (link.amount, due)
        && came.currency != due.currency
    {
        let (theirs, ours) = (came.currency, due.currency);
        let what = format!("link {} came back in {theirs}, not in {ours}, and was switched off", link.id);
        let hint = format!(
            "order in {theirs}; `currency = \"{theirs}\"` among the system's options of relay.toml says what the account is in"
        );
        return Failure::new(failure::DATA, what, hint);
    }
    let what = format!("link {} came back with another amount and was switched off", link.id);
    Failure::new(failure::DATA, what, "ask the payment-link system why")
}

fn order(wanted: Args, title: Option<String>) -> Result<LinkOrder, Failure> {
    let wrong = |why: String| wrong_use(why, "");
    let lines = match wanted.currency {
        Some(currency) => wanted.item.iter().map(|item| item.line(currency)).collect(),
        None => Ok(Vec::new()),
    };
    let lines = lines.map_err(wrong)?;
    let amount = amount(&wanted, &lines)?;
    let ends = wanted.ends.as_deref().map(|text| order::ends(text, host::unix_ms())).transpose();
    let minor = |text: &String| bound(text, wanted.open).map(|money| money.minor);
    let after = wanted.thanks.map(After::Thanks).or(wanted.redirect.map(After::Redirect));
    let title = wanted.title.or(title);
    let title = title.ok_or_else(|| wrong_use("a link needs a title", "write it behind `create`"))?;
    Ok(LinkOrder {
        kind: match (wanted.once, wanted.max_payments) {
            (true, _) => LinkKind::OneOff,
            (false, max_payments) => LinkKind::Reusable { max_payments },
        },
        amount,
        title,
        reference: None,
        key: wanted.key.unwrap_or_else(|| format!("link.{}", host::random_name())),
        terms: Terms {
            purpose: wanted.purpose,
            description: wanted.description,
            ends: ends.map_err(wrong)?,
            lines,
            suggestions: wanted.suggest.iter().map(minor).collect::<Result<_, _>>()?,
            metadata: order::pairs(wanted.metadata),
            customer: wanted.fields.into_iter().collect(),
            after,
            options: order::pairs(wanted.options),
        },
    })
}

fn amount(wanted: &Args, lines: &[crate::port::provider::Line]) -> Result<AmountKind, Failure> {
    if let Some(currency) = wanted.open {
        let minor = |text: &Option<String>| match text {
            Some(text) => bound(text, Some(currency)).map(|money| Some(money.minor)),
            None => Ok(None),
        };
        let (min, max, preset) = (minor(&wanted.min)?, minor(&wanted.max)?, minor(&wanted.preset)?);
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            return Err(wrong_use("--min is more than --max", ""));
        }
        return Ok(AmountKind::Open { currency, min, max, preset });
    }
    match (wanted.amount, wanted.currency) {
        (Some(amount), None) => Ok(AmountKind::Fixed(amount)),
        (stated, Some(currency)) => {
            let sum = order::gross(lines).ok_or_else(|| wrong_use("the items come to too much", ""))?;
            let sum = Money::new(sum, currency);
            match stated.filter(|stated| *stated != sum) {
                Some(stated) => {
                    Err(wrong_use(format!("the items come to {sum}, not to {stated}"), "leave --amount away"))
                }
                None => Ok(AmountKind::Fixed(sum)),
            }
        }
        (None, None) => Err(wrong_use("give --amount, --open or --item", "")),
    }
}

/// An amount in the currency of the link; writing it again does no harm.
fn bound(text: &str, currency: Option<Currency>) -> Result<Money, Failure> {
    let currency = currency.ok_or_else(|| wrong_use("name the currency with --open", ""))?;
    let money = Money::parse(text, currency)
        .or_else(|error| order::money(text).ok().filter(|money| money.currency == currency).ok_or(error));
    money.map_err(|error| wrong_use(format!("`{text}`: {error}"), ""))
}
