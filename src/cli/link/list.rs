//! `qrtill link list`.

use std::ops::ControlFlow;

use super::shown;
use crate::cli::failure::Failure;
use crate::cli::shop::Shop;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::host;
use crate::port::provider::LinkState;

/// List links, in the system's order
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those that can be paid now, or that cannot for this reason
    #[arg(long, value_enum)]
    status: Option<Status>,
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// So many links on a page
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    per_page: u16,
    /// Which page, from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    page: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Status {
    Active,
    Completed,
    Exhausted,
    Expired,
    Deactivated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    OneOff,
    Reusable,
}

impl Args {
    fn takes(&self, link: &LinkState, now_unix_ms: i64) -> bool {
        let status = self.status.is_none_or(|wanted| match link.status_at(now_unix_ms) {
            LinkStatus::Active | LinkStatus::Busy => wanted == Status::Active,
            LinkStatus::Completed => wanted == Status::Completed,
            LinkStatus::Exhausted => wanted == Status::Exhausted,
            LinkStatus::Expired => wanted == Status::Expired,
            LinkStatus::Deactivated => wanted == Status::Deactivated,
            LinkStatus::Unknown(_) => false,
        });
        let kind = self.kind.is_none_or(|wanted| match link.kind {
            LinkKind::OneOff => wanted == Kind::OneOff,
            LinkKind::Reusable { .. } => wanted == Kind::Reusable,
        });
        status && kind
    }

    /// The system's own filter, where it helps: it may call a link active that time has ended.
    fn active(&self) -> Option<bool> {
        (self.status == Some(Status::Active)).then_some(true)
    }
}

/// Pages are counted among the links that fit, whatever the pages of the system are.
pub async fn run(wanted: &Args, json: bool, shop: &Shop) -> Result<String, Failure> {
    let now_unix_ms = host::unix_ms();
    let (skip, take) = (usize::from(wanted.page - 1) * usize::from(wanted.per_page), wanted.per_page.into());
    let (mut found, mut seen) = (Vec::new(), 0);
    let look = |link: LinkState| {
        if wanted.takes(&link, now_unix_ms) {
            if seen >= skip {
                found.push(link);
            }
            seen += 1;
        }
        if found.len() > take { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    shop.each_link(wanted.active(), look).await?;
    // One more than asked for shows that there is more.
    let more = found.len() > take;
    found.truncate(take);
    Ok(shown::all(&shop.system, &found, more.then_some(wanted.page + 1), now_unix_ms, json))
}
