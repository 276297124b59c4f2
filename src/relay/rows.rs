//! The relay's facts as rows of its journal, and the counters it finds its place by again.

use std::collections::BTreeMap;

use super::decide::fact::Fact;
use crate::core::message::Word;
use crate::core::payment::PaymentKey;
use crate::core::reference::TerminalId;
use crate::store::Row;

/// Counters of the notices given out under the journal's name begin so: `notices:<terminal>`.
pub const NUMBERS: &str = "notices:";

/// The row of a fact.
#[must_use]
pub fn row(fact: Fact, at_unix_ms: i64) -> Row<Fact> {
    let mut row = Row::new(fact.clone(), fact.kind(), at_unix_ms);
    row.subject = fact.subject();
    row.also = fact.payment().map(payment_text);
    row.live = fact.live();
    match &fact {
        // The same event may come many times, and from two endpoints at once.
        Fact::Received { .. } => row.once = fact.subject(),
        // Many sales ride on one standing link; none of them is found by it.
        Fact::Linked { system, link, rides: false, .. } => row.also = Some(link_text(system, link)),
        Fact::Owed { terminal, word: Word::Notice(notice), .. } => {
            row.counter = Some((format!("{NUMBERS}{terminal}"), notice.n));
        }
        Fact::Owed { .. }
        | Fact::Opened { .. }
        | Fact::Asked { .. }
        | Fact::Linked { rides: true, .. }
        | Fact::Refused { .. }
        | Fact::Tombstone { .. }
        | Fact::Closing { .. }
        | Fact::Closed { .. }
        | Fact::Handled { .. }
        | Fact::Paid { .. }
        | Fact::Receipted { .. }
        | Fact::Journal { .. }
        | Fact::RefundOpened { .. }
        | Fact::RefundAsked { .. }
        | Fact::RefundSaid { .. }
        | Fact::RefundDoubted { .. }
        | Fact::Watched { .. }
        | Fact::Listed { .. }
        | Fact::Stands { .. } => {}
    }
    row
}

/// What a link's sale is found by again.
#[must_use]
pub fn link_text(system: &str, link: &str) -> String {
    format!("link:{system}:{link}")
}

/// What a payment is found by again. The journal's relay has one mode.
#[must_use]
pub fn payment_text(key: &PaymentKey) -> String {
    format!("{}:{}{}", key.provider, key.account, payment_ending(&key.id))
}

/// How `payment_text` ends for every payment of this id, whatever its system and account.
#[must_use]
pub fn payment_ending(id: &str) -> String {
    format!(":{id}")
}

/// The highest notice number given out to each terminal.
#[must_use]
pub fn given_out(counters: &[(String, u64)]) -> BTreeMap<TerminalId, u64> {
    let of_terminal = |(name, value): &(String, u64)| {
        let terminal = name.strip_prefix(NUMBERS)?.parse().ok()?;
        Some((terminal, *value))
    };
    counters.iter().filter_map(of_terminal).collect()
}
