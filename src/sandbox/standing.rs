//! The counter's reusable link at the sandbox's bank, made through the same adapter and client as a shop's.

use anyhow::Context as _;
use anyhow::bail;

use super::house::House;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::core::reference::TerminalId;
use crate::http::system::NotAnswered;
use crate::http::system::System;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Terms;
use crate::port::provider::Trouble;
use crate::relay::decide::Standing;

/// The amount of a standing link on which customers cannot type one, in major units.
const FIXED: &str = "5";
const REFUSED: &str = "the sandbox's bank refused the counter's link";

/// The link of an earlier start, or a new one: on it customers type the amount, where the system lets them.
pub async fn standing_link(
    house: &House,
    system: &System,
    terminal: &TerminalId,
    currency: Currency,
    title: &str,
) -> anyhow::Result<Standing> {
    let amount = match system.provider().capabilities().open_amount {
        Some(_) => AmountKind::Open { currency, min: None, max: None, preset: None },
        None => AmountKind::Fixed(Money::parse(FIXED, currency)?),
    };
    let remembered = remembered_as(system.provider().name(), terminal);
    if let Some(link) = house.remembered(&remembered)
        && let Some(link) = kept(system, link, currency).await?
    {
        return Ok(Standing { link: link.id, url: link.url });
    }
    let order = Ask::CreateLink(LinkOrder {
        kind: LinkKind::Reusable { max_payments: None },
        amount,
        title: title.to_owned(),
        reference: None,
        key: format!("standing.{}", crate::host::random_name()),
        terms: Terms::default(),
    });
    let link = told(system.ask(order).await.context(REFUSED)?)?;
    house.remember(&remembered, &link.id)?;
    Ok(Standing { link: link.id, url: link.url })
}

/// The link of an earlier start, if customers can still pay over it, and in this currency.
async fn kept(system: &System, link: String, currency: Currency) -> anyhow::Result<Option<LinkState>> {
    let answer = match system.ask(Ask::GetLink { link }).await {
        Err(NotAnswered::Trouble(Trouble::Missing { .. })) => return Ok(None),
        answer => answer.context(REFUSED)?,
    };
    let link = told(answer)?;
    let payable = matches!(link.status_at(crate::host::unix_ms()), LinkStatus::Active | LinkStatus::Busy);
    let fits = match &link.amount {
        Some(AmountKind::Fixed(amount)) => amount.currency == currency,
        Some(AmountKind::Open { currency: known, .. }) => *known == currency,
        None => true,
    };
    Ok(Some(link).filter(|_| payable && fits))
}

fn told(answer: Answer) -> anyhow::Result<LinkState> {
    let Answer::Link(link) = answer else {
        bail!("the bank answered a question about a link with {answer:?}");
    };
    Ok(link)
}

/// A link belongs to one counter, and each system has one of its own: one data directory may be started with
/// another system.
fn remembered_as(system: &str, terminal: &TerminalId) -> String {
    format!("standing-link-{terminal}-{system}")
}
