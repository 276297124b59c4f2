//! What a shopkeeper finds in the log of a terminal.

use super::rows;
use crate::core::fact::Fact;

/// One line per fact, with the sale's reference: what a shopkeeper would want to know. No link, ever.
pub fn log(fact: &Fact) {
    let reference = fact.reference().map(tracing::field::display);
    match fact {
        Fact::Intended { amount, .. } => tracing::info!(reference, %amount, "a sale began"),
        Fact::Closing { why, .. } => tracing::info!(reference, ?why, "the sale is being closed"),
        Fact::Closed { outcome, .. } => tracing::info!(reference, ?outcome, "the sale was closed"),
        Fact::GivenUp { .. } => tracing::warn!(reference, "no last word came; the sale is unknown for now"),
        Fact::Noticed { notice, verdict, .. } => {
            let (payment, amount) = (&notice.payment.id, notice.money());
            tracing::info!(reference, payment, %amount, status = ?notice.status, ?verdict, "money came");
        }
        Fact::Standing { state } if state.status.is_payable() => {
            tracing::info!(status = ?state.status, "customers can pay by the standing link");
        }
        Fact::Standing { state } => {
            tracing::warn!(status = ?state.status, "customers cannot pay by the standing link any more");
        }
        Fact::Settled { .. } => tracing::warn!(reference, "settled by hand"),
        Fact::RefundIntended { refund, payment, amount, .. } => {
            tracing::warn!(reference, refund, payment = payment.id, %amount, "money is to be given back");
        }
        Fact::RefundAnswered { refund, said, reason, .. } => {
            tracing::info!(reference, refund, ?said, reason, "news of a refund");
        }
        Fact::RefundedByHand { refund, payment, .. } => {
            tracing::warn!(reference, refund, payment = payment.id, "given back by hand");
        }
        Fact::Refused { .. } => tracing::warn!(reference, "the relay refused the sale"),
        Fact::Linked { .. }
        | Fact::Shown { .. }
        | Fact::Declined { .. }
        | Fact::Processing { .. }
        | Fact::Announced { .. }
        | Fact::Assigned { .. } => tracing::debug!(reference, fact = rows::kind(fact), "noted"),
    }
}
