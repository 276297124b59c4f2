//! A terminal's facts as rows of the journal, and back.

use crate::core::book::Book;
use crate::core::fact::Fact;
use crate::core::payment::Mode;
use crate::core::payment::PaymentKey;
use crate::core::refund::Refund;
use crate::store::Reader;
use crate::store::Row;
use crate::store::StoreError;

/// No reference looks like this.
const STANDING: &str = "standing";

/// The row of a fact that `book` has already taken in.
#[must_use]
pub fn row(fact: Fact, book: &Book, at_unix_ms: i64) -> Row<Fact> {
    if let Fact::Standing { .. } = &fact {
        // The newest one is needed at the next start, whatever else there is.
        let subject = Some(STANDING.to_owned());
        return Row { subject, live: Some(true), ..Row::new(fact.clone(), kind(&fact), at_unix_ms) };
    }
    let also = fact.payment().map(payment_text);
    let (subject, live) = match (fact.reference(), fact.refund()) {
        (Some(reference), _) => (Some(reference.to_string()), Some(book.is_needed(reference))),
        // A refund of money that came over the standing link has no sale to be found by.
        (None, Some(id)) => {
            (Some(format!("refund:{id}")), Some(book.refund(id).is_some_and(Refund::is_open)))
        }
        (None, None) => (None, None),
    };
    Row { subject, also, live, ..Row::new(fact.clone(), kind(&fact), at_unix_ms) }
}

/// What a payment is found by again.
#[must_use]
pub fn payment_text(key: &PaymentKey) -> String {
    let mode = match key.mode {
        Mode::Live => "live",
        Mode::Test => "test",
    };
    format!("{}:{}:{mode}{}", key.provider, key.account, payment_ending(&key.id))
}

/// How `payment_text` ends for every payment of this id, whatever its system and account.
#[must_use]
pub fn payment_ending(id: &str) -> String {
    format!(":{id}")
}

/// Everything in the journal about a payment and its sale, oldest first.
pub fn about_payment(reader: &Reader<Fact>, key: &PaymentKey) -> Result<Vec<Fact>, StoreError> {
    let payment = payment_text(key);
    let about = reader.about(None, Some(&payment))?;
    let sale = about.iter().find_map(Fact::reference).map(ToString::to_string);
    reader.about(sale.as_deref(), Some(&payment))
}

/// The name of a fact's kind in the journal.
#[must_use]
pub fn kind(fact: &Fact) -> &'static str {
    match fact {
        Fact::Intended { .. } => "intended",
        Fact::Linked { .. } => "linked",
        Fact::Shown { .. } => "shown",
        Fact::Refused { .. } => "refused",
        Fact::Declined { .. } => "declined",
        Fact::Processing { .. } => "processing",
        Fact::Closing { .. } => "closing",
        Fact::GivenUp { .. } => "given_up",
        Fact::Closed { .. } => "closed",
        Fact::Noticed { .. } => "noticed",
        Fact::Announced { .. } => "announced",
        Fact::Assigned { .. } => "assigned",
        Fact::Settled { .. } => "settled",
        Fact::RefundIntended { .. } => "refund_intended",
        Fact::RefundAnswered { .. } => "refund_answered",
        Fact::RefundedByHand { .. } => "refunded_by_hand",
        Fact::Standing { .. } => "standing",
    }
}
