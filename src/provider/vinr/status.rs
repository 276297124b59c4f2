//! VINR's words in the one vocabulary. Payments and refunds are documented in two generations of words, both
//! read here; a link's words are our reading. An unknown word is kept as it came.

use super::wire::PaymentLink;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::core::payment::PaymentStatus;
use crate::core::payment::RefundStatus;
use crate::port::provider::EventKind;
use crate::provider::rest::Unreadable;

/// What the link says of itself comes first; the counter speaks where it says nothing, and tells a link that
/// is paid from one that was switched off.
pub fn link(found: &PaymentLink, kind: LinkKind) -> Result<LinkStatus, Unreadable> {
    let (limit, full) = match kind {
        LinkKind::OneOff => (Some(1), LinkStatus::Completed),
        LinkKind::Reusable { max_payments } => (max_payments, LinkStatus::Exhausted),
    };
    let used_up = found.payments_count.zip(limit).is_some_and(|(count, limit)| count >= limit);
    match (found.status.as_deref(), found.active) {
        (Some("active"), Some(false)) | (Some("inactive"), Some(true)) => {
            Err(format!("link {} says that it is active and that it is not", found.id))
        }
        (Some("active"), Some(true) | None) | (None, Some(true)) => Ok(LinkStatus::Active),
        (Some("inactive"), Some(false) | None) | (None, Some(false)) => {
            Ok(if used_up { full } else { LinkStatus::Deactivated })
        }
        (Some("expired"), _) => Ok(LinkStatus::Expired),
        (Some("completed"), _) => Ok(full),
        (Some(word), _) => Ok(LinkStatus::Unknown(word.to_owned())),
        (None, None) => Ok(if used_up { full } else { LinkStatus::Active }),
    }
}

/// docs/payments/how-payments-work, docs/payments/refunds and docs/api-reference. `expired` is known from the
/// event `payment.expired`.
pub fn payment(word: &str) -> PaymentStatus {
    match word {
        "pending" => PaymentStatus::Open,
        "requires_authentication" | "requires_action" => PaymentStatus::RequiresAction,
        "processing" => PaymentStatus::Pending,
        "requires_capture" => PaymentStatus::Authorized,
        "completed" | "succeeded" => PaymentStatus::Succeeded,
        "failed" => PaymentStatus::Failed,
        "cancelled" | "canceled" => PaymentStatus::Canceled,
        "expired" => PaymentStatus::Expired,
        "partially_refunded" => PaymentStatus::PartiallyRefunded,
        "refunded" => PaymentStatus::Refunded,
        word => PaymentStatus::Unknown(word.to_owned()),
    }
}

/// The status together with what was given back of `amount`, both in minor units. The two must agree.
pub fn after_refunds(status: PaymentStatus, amount: i64, refunded: i64) -> Result<PaymentStatus, Unreadable> {
    let counted = match refunded {
        0 => PaymentStatus::Succeeded,
        some if some < amount => PaymentStatus::PartiallyRefunded,
        _ => PaymentStatus::Refunded,
    };
    match status {
        PaymentStatus::Succeeded => Ok(counted),
        PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded if status == counted => Ok(status),
        PaymentStatus::Unknown(word) => Ok(PaymentStatus::Unknown(word)),
        PaymentStatus::Open
        | PaymentStatus::RequiresAction
        | PaymentStatus::Pending
        | PaymentStatus::Authorized
        | PaymentStatus::Failed
        | PaymentStatus::Canceled
        | PaymentStatus::Expired
            if refunded == 0 =>
        {
            Ok(status)
        }
        PaymentStatus::Open
        | PaymentStatus::RequiresAction
        | PaymentStatus::Pending
        | PaymentStatus::Authorized
        | PaymentStatus::Failed
        | PaymentStatus::Canceled
        | PaymentStatus::Expired
        | PaymentStatus::PartiallyRefunded
        | PaymentStatus::Refunded => Err(format!("{status:?}, and {refunded} of {amount} given back")),
    }
}

/// docs/payments/refunds and docs/api-reference/refunds.
pub fn refund(word: &str) -> RefundStatus {
    match word {
        "pending" => RefundStatus::Pending,
        "succeeded" => RefundStatus::Succeeded,
        "failed" => RefundStatus::Failed,
        "cancelled" | "canceled" => RefundStatus::Canceled,
        word => RefundStatus::Unknown(word.to_owned()),
    }
}

/// What an event about a payment is: what the payment in it says, whatever the event is called.
pub fn payment_event(status: &PaymentStatus) -> EventKind {
    match status {
        PaymentStatus::Succeeded | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {
            EventKind::PaymentSucceeded
        }
        PaymentStatus::Open
        | PaymentStatus::RequiresAction
        | PaymentStatus::Pending
        | PaymentStatus::Authorized => EventKind::PaymentPending,
        PaymentStatus::Failed | PaymentStatus::Canceled => EventKind::PaymentFailed,
        PaymentStatus::Expired => EventKind::PaymentExpired,
        PaymentStatus::Unknown(_) => EventKind::Other,
    }
}

pub fn refund_event(status: &RefundStatus) -> EventKind {
    match status {
        RefundStatus::Succeeded => EventKind::RefundSucceeded,
        RefundStatus::Failed => EventKind::RefundFailed,
        RefundStatus::Pending
        | RefundStatus::RequiresAction
        | RefundStatus::Canceled
        | RefundStatus::Unknown(_) => EventKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(
        status: Option<&str>,
        active: Option<bool>,
        count: Option<u32>,
        kind: LinkKind,
    ) -> Option<LinkStatus> {
        let found = json!({
            "id": "plink_1", "url": "https://pay.vinr.com/l/1", "status": status, "active": active,
            "paymentsCount": count,
        });
        link(&serde_json::from_value(found).expect("a link"), kind).ok()
    }

    #[test]
    fn a_links_own_word_comes_before_its_counter() {
        use LinkStatus::*;
        let (one, many) = (LinkKind::OneOff, LinkKind::Reusable { max_payments: Some(3) });
        let endless = LinkKind::Reusable { max_payments: None };
        for (status, active, count, kind, expected) in [
            (Some("active"), None, None, one, Some(Active)),
            (Some("active"), Some(true), Some(1), one, Some(Active)),
            (Some("active"), Some(false), None, one, None),
            (Some("inactive"), Some(true), None, one, None),
            (Some("inactive"), None, Some(0), one, Some(Deactivated)),
            (Some("inactive"), None, Some(1), one, Some(Completed)),
            (Some("inactive"), Some(false), Some(3), many, Some(Exhausted)),
            (Some("inactive"), None, Some(2), many, Some(Deactivated)),
            (Some("inactive"), None, Some(900), endless, Some(Deactivated)),
            (Some("completed"), None, None, one, Some(Completed)),
            (Some("completed"), None, None, many, Some(Exhausted)),
            (Some("expired"), Some(true), None, many, Some(Expired)),
            (Some("Active"), Some(true), None, one, Some(Unknown("Active".into()))),
            (None, Some(true), None, one, Some(Active)),
            (None, Some(false), None, one, Some(Deactivated)),
            (None, None, None, one, Some(Active)),
            (None, None, Some(1), one, Some(Completed)),
            (None, None, Some(3), many, Some(Exhausted)),
        ] {
            assert_eq!(
                said(status, active, count, kind),
                expected,
                "{status:?} {active:?} {count:?} {kind:?}"
            );
        }
    }

    #[test]
    fn both_generations_of_words_are_known_and_no_other() {
        use PaymentStatus::*;
        for (word, status) in [
            ("pending", Open),
            ("requires_authentication", RequiresAction),
            ("requires_action", RequiresAction),
            ("processing", Pending),
            ("requires_capture", Authorized),
            ("completed", Succeeded),
            ("succeeded", Succeeded),
            ("failed", Failed),
            ("cancelled", Canceled),
            ("canceled", Canceled),
            ("expired", Expired),
            ("partially_refunded", PartiallyRefunded),
            ("refunded", Refunded),
            ("paid", Unknown("paid".into())),
            ("Succeeded", Unknown("Succeeded".into())),
            ("", Unknown(String::new())),
        ] {
            assert_eq!(payment(word), status, "{word}");
        }
        for (word, status) in [
            ("pending", RefundStatus::Pending),
            ("succeeded", RefundStatus::Succeeded),
            ("failed", RefundStatus::Failed),
            ("cancelled", RefundStatus::Canceled),
            ("canceled", RefundStatus::Canceled),
            ("completed", RefundStatus::Unknown("completed".into())),
        ] {
            assert_eq!(refund(word), status, "{word}");
        }
    }

    #[test]
    fn status_and_what_was_given_back_have_to_agree() {
        use PaymentStatus::*;
        for (status, refunded, expected) in [
            (Succeeded, 0, Some(Succeeded)),
            (Succeeded, 250, Some(PartiallyRefunded)),
            (Succeeded, 1250, Some(Refunded)),
            (PartiallyRefunded, 250, Some(PartiallyRefunded)),
            (PartiallyRefunded, 0, None),
            (PartiallyRefunded, 1250, None),
            (Refunded, 1250, Some(Refunded)),
            (Refunded, 250, None),
            (Failed, 0, Some(Failed)),
            (Failed, 250, None),
            (Open, 1, None),
            (Unknown("x".into()), 250, Some(Unknown("x".into()))),
        ] {
            assert_eq!(after_refunds(status.clone(), 1250, refunded).ok(), expected, "{status:?} {refunded}");
        }
    }
}
