//! storekit's words for links, payments and refunds, mapped onto ours. Its guide writes them as a person
//! reads them (`Partially refunded`); that they are snake_case on the wire is our reading, so both are known.
//! A word that is neither is kept as it came, and is never money.

use super::wire::PaymentLink;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::core::payment::PaymentStatus;
use crate::core::payment::RefundStatus;
use crate::port::provider::EventKind;
use crate::provider::rest::Unreadable;

pub fn link_kind(link: &PaymentLink) -> Result<LinkKind, Unreadable> {
    match link.kind.as_str() {
        "one_off" => Ok(LinkKind::OneOff),
        "reusable" => Ok(LinkKind::Reusable { max_payments: link.max_payments }),
        word => Err(format!("link {} is `{word}`, neither one_off nor reusable", link.id)),
    }
}

/// `Inactive` is said of links that were switched off, and of a one-off link that was paid. That a link at
/// its limit is so called too is inferred: the guide does not say it.
pub fn link(link: &PaymentLink, kind: LinkKind) -> LinkStatus {
    match (link.status.as_str(), kind) {
        ("active" | "Active", _) => LinkStatus::Active,
        ("expired" | "Expired", _) => LinkStatus::Expired,
        ("inactive" | "Inactive", LinkKind::OneOff) if link.payments_count.is_some_and(|count| count > 0) => {
            LinkStatus::Completed
        }
        ("inactive" | "Inactive", LinkKind::Reusable { max_payments: Some(most) })
            if link.payments_count.is_some_and(|count| count >= most) =>
        {
            LinkStatus::Exhausted
        }
        ("inactive" | "Inactive", _) => LinkStatus::Deactivated,
        (word, _) => LinkStatus::Unknown(word.to_owned()),
    }
}

pub fn payment(word: &str) -> PaymentStatus {
    match word {
        "paid" => PaymentStatus::Succeeded,
        "partially_refunded" | "Partially refunded" => PaymentStatus::PartiallyRefunded,
        "fully_refunded" | "Fully refunded" => PaymentStatus::Refunded,
        word => PaymentStatus::Unknown(word.to_owned()),
    }
}

/// The last words of the events' names.
pub fn refund(word: &str) -> RefundStatus {
    match word {
        "created" => RefundStatus::Pending,
        "succeeded" => RefundStatus::Succeeded,
        "failed" => RefundStatus::Failed,
        word => RefundStatus::Unknown(word.to_owned()),
    }
}

pub fn event(word: &str) -> EventKind {
    match word {
        "payment_link.created" => EventKind::LinkCreated,
        "payment_link.paid" => EventKind::PaymentSucceeded,
        "payment_link.refund.created" => EventKind::RefundCreated,
        "payment_link.refund.succeeded" => EventKind::RefundSucceeded,
        "payment_link.refund.failed" => EventKind::RefundFailed,
        _ => EventKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(status: &str, kind: &str, most: Option<u32>, count: Option<u32>) -> LinkStatus {
        let found: PaymentLink = serde_json::from_value(json!({
            "id": "plink_1", "url": "https://pay.storekit.com/1", "status": status, "type": kind,
            "amountType": "fixed", "amount": 1250, "maxPayments": most, "paymentsCount": count,
        }))
        .expect("a link");
        link(&found, link_kind(&found).expect("a kind"))
    }

    #[test]
    fn inactive_is_told_apart_by_kind_and_count() {
        for (status, kind, most, count, expected) in [
            ("active", "one_off", None, Some(0), LinkStatus::Active),
            ("Active", "reusable", Some(5), Some(2), LinkStatus::Active),
            ("inactive", "one_off", None, Some(0), LinkStatus::Deactivated),
            ("inactive", "one_off", None, None, LinkStatus::Deactivated),
            ("inactive", "one_off", None, Some(1), LinkStatus::Completed),
            ("Inactive", "reusable", Some(5), Some(5), LinkStatus::Exhausted),
            ("inactive", "reusable", Some(5), Some(4), LinkStatus::Deactivated),
            ("inactive", "reusable", None, Some(9), LinkStatus::Deactivated),
            ("expired", "one_off", None, Some(0), LinkStatus::Expired),
            ("Expired", "reusable", None, Some(3), LinkStatus::Expired),
            ("ACTIVE", "one_off", None, Some(0), LinkStatus::Unknown("ACTIVE".into())),
            ("", "one_off", None, Some(1), LinkStatus::Unknown("".into())),
        ] {
            assert_eq!(read(status, kind, most, count), expected, "{status} {kind} {most:?} {count:?}");
        }
    }

    #[test]
    fn payments_and_refunds_follow_the_table() {
        for (word, expected) in [
            ("paid", PaymentStatus::Succeeded),
            ("Partially refunded", PaymentStatus::PartiallyRefunded),
            ("partially_refunded", PaymentStatus::PartiallyRefunded),
            ("Fully refunded", PaymentStatus::Refunded),
            ("fully_refunded", PaymentStatus::Refunded),
            ("refunded", PaymentStatus::Unknown("refunded".into())),
            ("Paid ", PaymentStatus::Unknown("Paid ".into())),
        ] {
            assert_eq!(payment(word), expected, "{word}");
        }
        for (word, expected) in [
            ("created", RefundStatus::Pending),
            ("succeeded", RefundStatus::Succeeded),
            ("failed", RefundStatus::Failed),
            ("done", RefundStatus::Unknown("done".into())),
        ] {
            assert_eq!(refund(word), expected, "{word}");
        }
        assert_eq!(event("payment_link.paid?"), EventKind::Other);
    }
}
