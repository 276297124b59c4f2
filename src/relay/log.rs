//! What of the relay's facts stands in the log.

use super::decide::fact::Fact;

/// One line per fact that a person may look for, with the sale's reference. No link, ever.
pub fn log(fact: &Fact) {
    match fact {
        Fact::Opened { open, .. } => {
            tracing::info!(reference = %open.reference, amount = %open.money(), "a sale was opened");
        }
        Fact::Linked { reference, generation, .. } => tracing::info!(%reference, generation, "it has a link"),
        Fact::Refused { reference, reason } => tracing::warn!(%reference, reason, "it gets no link"),
        Fact::Closing { reference, why, .. } => tracing::info!(%reference, ?why, "it is being closed"),
        Fact::Closed { reference, outcome } => tracing::info!(%reference, ?outcome, "it was closed"),
        Fact::Paid { payment, reference, terminal } => {
            let reference = reference.as_ref().map(tracing::field::display);
            let terminal = terminal.as_ref().map(tracing::field::display);
            let (id, amount) = (&payment.key.id, payment.amount);
            tracing::info!(reference, terminal, payment = id, %amount, status = ?payment.status, "a payment");
        }
        Fact::Journal { terminal, .. } => tracing::info!(%terminal, "a terminal with a journal new to us"),
        Fact::RefundOpened { refund, .. } => {
            let reference = refund.reference.as_ref().map(tracing::field::display);
            let (id, payment, amount) = (&refund.id, &refund.payment.id, refund.money());
            tracing::warn!(reference, refund = id, payment, %amount, "money is to be given back");
        }
        Fact::RefundSaid { refund, said, reason, .. } => {
            tracing::info!(refund, ?said, reason, "news of a refund");
        }
        Fact::RefundDoubted { refund, reason, .. } => {
            tracing::warn!(refund, reason, "a refund is said to have failed after all; the system is asked");
        }
        Fact::Stands { terminal, status, .. } if status.is_payable() => {
            tracing::info!(%terminal, ?status, "the terminal's standing link can be paid");
        }
        Fact::Stands { terminal, status, .. } => {
            tracing::warn!(%terminal, ?status, "the terminal's standing link cannot be paid any more");
        }
        Fact::Watched { terminal, .. } => tracing::info!(%terminal, "its standing link is watched from now"),
        Fact::Asked { .. }
        | Fact::RefundAsked { .. }
        | Fact::Tombstone { .. }
        | Fact::Received { .. }
        | Fact::Handled { .. }
        | Fact::Owed { .. }
        | Fact::Listed { .. }
        | Fact::Receipted { .. } => tracing::debug!(fact = fact.kind(), subject = fact.subject(), "noted"),
    }
}
