//! Yabetoo's words for links and payments, mapped onto ours. A word that is not in its documentation is kept
//! as it came, and is never money.

use super::wire::PaymentLink;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::core::payment::PaymentStatus;

pub fn link_kind(link: &PaymentLink) -> LinkKind {
    match link.max_redemptions {
        Some(1) => LinkKind::OneOff,
        max_payments => LinkKind::Reusable { max_payments },
    }
}

/// Today's objects have no status word, and then the counters and `isActive` say it; where there is one it
/// is preferred. `None` if nothing says it. What was paid to its limit stays that, whatever else holds (our
/// reading: a paid one-off link reads as completed); that its time is over follows from `expiresAt` and the
/// clock, which is `LinkState::status_at`'s.
pub fn link(link: &PaymentLink) -> Option<LinkStatus> {
    let used_up = || match link_kind(link) {
        LinkKind::OneOff => LinkStatus::Completed,
        LinkKind::Reusable { .. } => LinkStatus::Exhausted,
    };
    match link.status.as_deref() {
        Some("active") => return Some(LinkStatus::Active),
        Some("inactive") => return Some(LinkStatus::Deactivated),
        Some("expired") => return Some(LinkStatus::Expired),
        Some("exhausted") => return Some(used_up()),
        Some(word) => return Some(LinkStatus::Unknown(word.to_owned())),
        None => {}
    }
    let count = link.redemption_count.unwrap_or(0);
    match link.is_active? {
        _ if link.max_redemptions.is_some_and(|most| count >= most) => Some(used_up()),
        true => Some(LinkStatus::Active),
        false => Some(LinkStatus::Deactivated),
    }
}

/// An intent's status. The words are those of the concept page and of the reference page together.
pub fn intent(word: &str) -> PaymentStatus {
    match word {
        "pending" | "requires_payment_method" => PaymentStatus::Open,
        "requires_confirmation" => PaymentStatus::RequiresAction,
        "processing" => PaymentStatus::Pending,
        "succeeded" => PaymentStatus::Succeeded,
        "failed" => PaymentStatus::Failed,
        "canceled" => PaymentStatus::Canceled,
        "expired" => PaymentStatus::Expired,
        word => PaymentStatus::Unknown(word.to_owned()),
    }
}

/// Whether this attempt is over and another may follow: an intent may be confirmed "as many times as
/// necessary" (`payments/api/confirm`), and the money of an attempt that was told as failed may come late
/// (`PAYER_DELAYED`). A canceled one is over.
pub fn declined(status: &PaymentStatus) -> bool {
    match status {
        PaymentStatus::Failed | PaymentStatus::Expired => true,
        PaymentStatus::Open
        | PaymentStatus::RequiresAction
        | PaymentStatus::Pending
        | PaymentStatus::Authorized
        | PaymentStatus::Canceled
        | PaymentStatus::Succeeded
        | PaymentStatus::PartiallyRefunded
        | PaymentStatus::Refunded
        | PaymentStatus::Unknown(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(fields: serde_json::Value) -> Option<LinkStatus> {
        let mut value = json!({"id": "plink_1", "url": "https://pay.yabetoo.com/p/1", "currency": "XAF"});
        value.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        link(&serde_json::from_value(value).expect("a link"))
    }

    #[test]
    fn a_links_state_follows_from_its_fields() {
        for (active, count, most, expected) in [
            (true, 0, json!(null), LinkStatus::Active),
            (true, 7, json!(null), LinkStatus::Active),
            (true, 0, json!(1), LinkStatus::Active),
            (false, 0, json!(1), LinkStatus::Deactivated),
            (false, 0, json!(null), LinkStatus::Deactivated),
            (true, 1, json!(1), LinkStatus::Completed),
            (false, 1, json!(1), LinkStatus::Completed),
            (true, 5, json!(5), LinkStatus::Exhausted),
            (false, 6, json!(5), LinkStatus::Exhausted),
        ] {
            let found = status(json!({"isActive": active, "redemptionCount": count, "maxRedemptions": most}));
            assert_eq!(found, Some(expected), "{active} {count} {most}");
        }
        assert_eq!(status(json!({"redemptionCount": 0})), None);
    }

    #[test]
    fn a_status_word_is_preferred() {
        for (word, most, expected) in [
            ("active", 1, LinkStatus::Active),
            ("inactive", 1, LinkStatus::Deactivated),
            ("expired", 1, LinkStatus::Expired),
            ("exhausted", 1, LinkStatus::Completed),
            ("exhausted", 2, LinkStatus::Exhausted),
            ("ACTIVE", 1, LinkStatus::Unknown("ACTIVE".into())),
            ("", 1, LinkStatus::Unknown(String::new())),
        ] {
            let fields =
                json!({"status": word, "isActive": true, "redemptionCount": 9, "maxRedemptions": most});
            assert_eq!(status(fields), Some(expected), "{word}");
        }
    }

    #[test]
    fn an_intents_words_follow_the_table() {
        for (word, expected, another) in [
            ("pending", PaymentStatus::Open, false),
            ("requires_payment_method", PaymentStatus::Open, false),
            ("requires_confirmation", PaymentStatus::RequiresAction, false),
            ("processing", PaymentStatus::Pending, false),
            ("succeeded", PaymentStatus::Succeeded, false),
            ("failed", PaymentStatus::Failed, true),
            ("expired", PaymentStatus::Expired, true),
            ("canceled", PaymentStatus::Canceled, false),
            ("cancelled", PaymentStatus::Unknown("cancelled".into()), false),
            ("completed", PaymentStatus::Unknown("completed".into()), false),
        ] {
            assert_eq!(intent(word), expected, "{word}");
            assert_eq!(declined(&intent(word)), another, "{word}");
        }
    }

    #[test]
    fn a_late_success_beats_a_failure_told_before() {
        for word in ["failed", "expired", "canceled"] {
            assert!(intent("succeeded").rank() > intent(word).rank());
        }
    }
}
