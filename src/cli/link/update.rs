//! `qrtill link update`, `activate` and `deactivate`.

use super::order;
use super::shown;
use super::wrong_use;
use crate::cli::failure::Failure;
use crate::cli::shop::Shop;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::host;
use crate::port::provider::After;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Change;

/// Change a link; what is not named stays as it is
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_parser = order::id)]
    link: String,
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Such as '12.50 EUR'
    #[arg(long, value_name = "MONEY", value_parser = order::money)]
    amount: Option<Money>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_payments: Option<u32>,
    /// A moment (2026-12-24T18:00:00+01:00), or a while from now (2h 30m)
    #[arg(long, value_name = "TIME")]
    ends: Option<String>,
    /// What customers read once they have paid
    #[arg(long, value_name = "TEXT", conflicts_with = "redirect")]
    thanks: Option<String>,
    /// Where customers are led once they have paid
    #[arg(long, value_name = "URL", value_parser = order::address)]
    redirect: Option<String>,
    #[arg(long, value_name = "KEY=VALUE", value_parser = order::pair)]
    metadata: Vec<(String, String)>,
    /// Anything else, in the system's own words; may be given many times
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = order::pair)]
    options: Vec<(String, String)>,
}

pub async fn run(wanted: Args, json: bool, shop: &Shop) -> Result<String, Failure> {
    let ends = wanted.ends.as_deref().map(|text| order::ends(text, host::unix_ms())).transpose();
    let change = Change {
        title: wanted.title,
        description: wanted.description,
        amount: wanted.amount.map(AmountKind::Fixed),
        max_payments: wanted.max_payments,
        ends_unix_ms: ends.map_err(|why| wrong_use(why, ""))?.map(|ends| ends.at_unix_ms),
        metadata: order::pairs(wanted.metadata),
        after: wanted.thanks.map(After::Thanks).or(wanted.redirect.map(After::Redirect)),
        options: order::pairs(wanted.options),
    };
    if change == Change::default() {
        return Err(wrong_use("nothing to change", "name what to change; see `qrtill link update --help`"));
    }
    let question = Ask::UpdateLink { link: wanted.link, change };
    let Answer::Link(link) = shop.ask(question).await? else { return Err(Failure::odd()) };
    Ok(shown::one(&shop.system, &link, json))
}

/// Switches the link off first: nobody opens a checkout while the open ones are being ended.
pub async fn deactivate(shop: &Shop, link: String, json: bool) -> Result<String, Failure> {
    let text = switch(shop, link.clone(), false, json).await?;
    if shop.system.provider().capabilities().open_checkouts {
        for checkout in shop.open_checkouts(&link).await? {
            shop.ask(Ask::ExpireCheckout { checkout }).await?;
        }
    }
    Ok(text)
}

pub async fn switch(shop: &Shop, link: String, active: bool, json: bool) -> Result<String, Failure> {
    let question = Ask::SetActive { link: link.clone(), active };
    let switched = if let Answer::Link(switched) = shop.ask(question).await? {
        switched
    } else {
        // Some systems say no more than that it is done.
        shop.link(&link).await?
    };
    Ok(shown::one(&shop.system, &switched, json))
}
