//! The counter's reusable link at the sandbox's bank, made through the same adapter and client as a shop's.

use anyhow::Context as _;
use anyhow::bail;

use super::bank::model::Face;
use super::house::House;
use crate::core::money::Currency;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::http::client::Client;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Provider;
use crate::relay::decide::Standing;

/// The link of an earlier start, or a new one on which customers type the amount.
pub async fn standing_link(
    house: &House,
    provider: &dyn Provider,
    client: &Client,
    currency: Currency,
    title: &str,
) -> anyhow::Result<Standing> {
    let remembered = remembered_as(provider.name());
    let ask = match house.remembered(&remembered) {
        Some(link) => Ask::GetLink { link },
        None => Ask::CreateLink(LinkOrder {
            kind: LinkKind::Reusable { max_payments: None },
            amount: AmountKind::Open { currency, min: None, max: None, preset: None },
            title: title.to_owned(),
            reference: None,
            key: format!("standing.{}", crate::host::random_name()),
        }),
    };
    let link = carry(provider, client, ask).await?;
    house.remember(&remembered, &link.id)?;
    Ok(Standing { link: link.id, url: link.url })
}

/// Each system has a link of its own: one data directory may be started with another system.
fn remembered_as(system: &str) -> String {
    if Face::named(system) == Some(Face::FIRST) {
        return "standing-link".to_owned();
    }
    format!("standing-link-{system}")
}

async fn carry(provider: &dyn Provider, client: &Client, mut ask: Ask) -> anyhow::Result<LinkState> {
    loop {
        let request = provider.request(&ask)?;
        let response = client.send(&request, &provider.credentials()).await?;
        let answer =
            provider.read(&ask, &response).context("the sandbox's bank refused the counter's link")?;
        if let Answer::Link(link) = answer {
            return Ok(link);
        }
        let Answer::Then(next) = answer else {
            bail!("the bank answered a question about a link with {answer:?}");
        };
        ask = *next;
    }
}
