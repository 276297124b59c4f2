//! The relay's facts as rows of its journal, and the counters it finds its place by again.

use std::collections::BTreeMap;

use super::decide::fact::Fact;
use crate::core::message::Word;
use crate::core::payment::PaymentKey;
use crate::core::reference::TerminalId;
use crate::store::Row;

const NOTICES: &str = "notices:";

#[must_use]
pub fn row(fact: Fact, at_unix_ms: i64) -> Row<Fact> {
    let mut row = Row::new(fact.clone(), fact.kind(), at_unix_ms);
    row.subject = fact.subject();
    row.payment = fact.payment().map(payment_text);
    row.live = fact.live();
    match &fact {
        // The same event may come many times, and from two endpoints at once.
        Fact::Received { news, .. } => row.once = Some(format!("event:{}", news.event)),
        Fact::Owed { terminal, word: Word::Notice(notice), .. } => {
            row.counter = Some((format!("{NOTICES}{terminal}"), notice.n));
        }
        Fact::Owed { .. }
        | Fact::Opened { .. }
        | Fact::Asked { .. }
        | Fact::Linked { .. }
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
        | Fact::Stands { .. } => {}
    }
    row
}

/// What a payment is found by again. The journal's relay has one system and one mode.
#[must_use]
pub fn payment_text(key: &PaymentKey) -> String {
    format!("{}:{}:{}", key.provider, key.account, key.id)
}

/// The highest notice number given out to each terminal.
#[must_use]
pub fn given_out(counters: &[(String, u64)]) -> BTreeMap<TerminalId, u64> {
    let of_terminal = |(name, value): &(String, u64)| {
        let terminal = name.strip_prefix(NOTICES)?.parse().ok()?;
        Some((terminal, *value))
    };
    counters.iter().filter_map(of_terminal).collect()
}
