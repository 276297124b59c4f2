//! What giving money back makes of a payment.

use crate::core::payment::PaymentStatus;

/// The status of a payment together with what was given back of it, both in minor units. Only a success can be
/// given back.
#[must_use]
pub fn status(status: PaymentStatus, amount: i64, refunded: i64) -> PaymentStatus {
    if status != PaymentStatus::Succeeded || refunded == 0 {
        status
    } else if refunded >= amount {
        PaymentStatus::Refunded
    } else {
        PaymentStatus::PartiallyRefunded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_success_is_given_back_in_part_or_whole() {
        for (before, amount, refunded, after) in [
            (PaymentStatus::Succeeded, 1250, 0, PaymentStatus::Succeeded),
            (PaymentStatus::Succeeded, 1250, 1, PaymentStatus::PartiallyRefunded),
            (PaymentStatus::Succeeded, 1250, 1249, PaymentStatus::PartiallyRefunded),
            (PaymentStatus::Succeeded, 1250, 1250, PaymentStatus::Refunded),
            (PaymentStatus::Succeeded, 0, 0, PaymentStatus::Succeeded),
            (PaymentStatus::Failed, 1250, 1250, PaymentStatus::Failed),
        ] {
            assert_eq!(status(before.clone(), amount, refunded), after, "{before:?} {refunded} of {amount}");
        }
    }
}
