//! Qonto's words for links and payments, mapped onto ours. A word that is not in its documentation is kept
//! as it came, and is never money.

use crate::core::payment::LinkStatus;
use crate::core::payment::PaymentStatus;

/// Whether a reusable link ever shows `paid` is not known; in no case does a payment end it (our reading).
pub fn link(word: &str, reusable: bool) -> LinkStatus {
    match word {
        "open" => LinkStatus::Active,
        "processing" => LinkStatus::Busy,
        "paid" if reusable => LinkStatus::Active,
        "paid" => LinkStatus::Completed,
        "expired" => LinkStatus::Expired,
        "canceled" => LinkStatus::Deactivated,
        word => LinkStatus::Unknown(word.to_owned()),
    }
}

/// The seven words are Mollie's.
pub fn payment(word: &str) -> PaymentStatus {
    match word {
        "open" => PaymentStatus::Open,
        "pending" => PaymentStatus::Pending,
        "authorized" => PaymentStatus::Authorized,
        "paid" => PaymentStatus::Succeeded,
        "canceled" => PaymentStatus::Canceled,
        "expired" => PaymentStatus::Expired,
        "failed" => PaymentStatus::Failed,
        word => PaymentStatus::Unknown(word.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_documentation_has_one_of_ours() {
        for (word, one_off, reusable) in [
            ("open", LinkStatus::Active, LinkStatus::Active),
            ("processing", LinkStatus::Busy, LinkStatus::Busy),
            ("paid", LinkStatus::Completed, LinkStatus::Active),
            ("expired", LinkStatus::Expired, LinkStatus::Expired),
            ("canceled", LinkStatus::Deactivated, LinkStatus::Deactivated),
        ] {
            assert_eq!((link(word, false), link(word, true)), (one_off, reusable), "{word}");
        }
        for (word, ours) in [
            ("open", PaymentStatus::Open),
            ("pending", PaymentStatus::Pending),
            ("authorized", PaymentStatus::Authorized),
            ("paid", PaymentStatus::Succeeded),
            ("canceled", PaymentStatus::Canceled),
            ("expired", PaymentStatus::Expired),
            ("failed", PaymentStatus::Failed),
        ] {
            assert_eq!(payment(word), ours, "{word}");
        }
    }

    #[test]
    fn an_unknown_word_is_kept_and_takes_and_is_no_money() {
        for word in ["", "Paid", "PAID", "settled", "refunded", "cancelled"] {
            assert_eq!(payment(word), PaymentStatus::Unknown(word.to_owned()));
            assert!(!payment(word).is_money());
            assert_eq!(link(word, false), LinkStatus::Unknown(word.to_owned()));
            assert!(!link(word, true).is_payable());
        }
    }
}
