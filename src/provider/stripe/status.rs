//! Stripe's words for links, payments and refunds, mapped onto ours. A word or a pair of words that is not
//! in Stripe's documentation is kept as it came, and is never money.

use super::wire::PaymentIntent;
use super::wire::PaymentLink;
use super::wire::Session;
use crate::core::payment::LinkKind;
use crate::core::payment::LinkStatus;
use crate::core::payment::PaymentStatus;
use crate::core::payment::RefundStatus;

/// A link has no status word: `active` and the count of its checkouts say it.
pub fn link(link: &PaymentLink) -> LinkStatus {
    let sold_out = link.restrictions.as_ref().map(|r| &r.completed_sessions).filter(|s| s.count >= s.limit);
    match sold_out {
        _ if link.active => LinkStatus::Active,
        Some(sessions) if sessions.limit == 1 => LinkStatus::Completed,
        Some(_) => LinkStatus::Exhausted,
        None => LinkStatus::Deactivated,
    }
}

pub fn link_kind(link: &PaymentLink) -> LinkKind {
    match link.restrictions.as_ref().map(|r| r.completed_sessions.limit) {
        Some(1) => LinkKind::OneOff,
        max_payments => LinkKind::Reusable { max_payments },
    }
}

/// A checkout, with what its payment intent says where the answer holds the whole intent.
pub fn session(session: &Session) -> PaymentStatus {
    let intent = session.payment_intent.as_ref().and_then(|found| found.whole());
    let word = session.status.as_deref().unwrap_or("");
    match (word, session.payment_status.as_str()) {
        ("complete", "paid" | "no_payment_required") => PaymentStatus::Succeeded,
        ("complete", "unpaid") => match intent.map(self::intent) {
            None | Some(PaymentStatus::Open) => PaymentStatus::Pending,
            Some(finer) => finer,
        },
        // A customer whose card was declined is still at the page: only the intent alone calls it failed.
        ("open", "unpaid") => match intent {
            Some(intent) if intent.status != "requires_payment_method" => self::intent(intent),
            Some(_) | None => PaymentStatus::Open,
        },
        ("expired", "unpaid") => match intent.map(self::intent) {
            Some(finer) if finer.is_money() || finer.is_in_progress() => finer,
            Some(_) | None => PaymentStatus::Expired,
        },
        (status, payment_status) => PaymentStatus::Unknown(format!("{status}, {payment_status}")),
    }
}

/// A payment intent by itself. One that is back to wanting a payment method after an attempt counts as
/// failed, although another attempt may follow: see `declined`.
pub fn intent(intent: &PaymentIntent) -> PaymentStatus {
    match intent.status.as_str() {
        "requires_payment_method" if declined(intent) => PaymentStatus::Failed,
        "requires_payment_method" => PaymentStatus::Open,
        "requires_action" | "requires_confirmation" => PaymentStatus::RequiresAction,
        "processing" => PaymentStatus::Pending,
        "requires_capture" => PaymentStatus::Authorized,
        "succeeded" => PaymentStatus::Succeeded,
        "canceled" => PaymentStatus::Canceled,
        word => PaymentStatus::Unknown(word.to_owned()),
    }
}

/// Whether the last attempt was declined while another may follow.
pub fn declined(intent: &PaymentIntent) -> bool {
    intent.status == "requires_payment_method" && intent.last_payment_error.is_some()
}

pub fn refund(word: Option<&str>) -> RefundStatus {
    match word {
        Some("pending") => RefundStatus::Pending,
        Some("requires_action") => RefundStatus::RequiresAction,
        Some("succeeded") => RefundStatus::Succeeded,
        Some("failed") => RefundStatus::Failed,
        Some("canceled") => RefundStatus::Canceled,
        word => RefundStatus::Unknown(word.unwrap_or("").to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn payment_intent(status: &str, error: bool) -> serde_json::Value {
        let error = if error { json!({"type": "card_error"}) } else { json!(null) };
        json!({
            "id": "pi_1", "object": "payment_intent", "amount": 1250, "currency": "eur",
            "status": status, "last_payment_error": error,
        })
    }

    fn checkout(status: &str, payment_status: &str, intent: serde_json::Value) -> PaymentStatus {
        let value = json!({
            "id": "cs_1", "object": "checkout.session", "status": status,
            "payment_status": payment_status, "payment_intent": intent,
        });
        session(&serde_json::from_value(value).expect("a session"))
    }

    #[test]
    fn a_checkout_is_money_only_when_complete_and_paid() {
        let id = || json!("pi_1");
        for (status, payment_status, expected) in [
            ("open", "unpaid", PaymentStatus::Open),
            ("complete", "unpaid", PaymentStatus::Pending),
            ("complete", "paid", PaymentStatus::Succeeded),
            ("complete", "no_payment_required", PaymentStatus::Succeeded),
            ("expired", "unpaid", PaymentStatus::Expired),
            ("open", "paid", PaymentStatus::Unknown("open, paid".into())),
            ("expired", "paid", PaymentStatus::Unknown("expired, paid".into())),
            ("complete", "settled", PaymentStatus::Unknown("complete, settled".into())),
            ("", "paid", PaymentStatus::Unknown(", paid".into())),
        ] {
            assert_eq!(checkout(status, payment_status, id()), expected, "{status} {payment_status}");
        }
    }

    #[test]
    fn the_whole_intent_makes_an_unpaid_checkout_finer() {
        for (status, word, error, expected) in [
            ("open", "requires_payment_method", true, PaymentStatus::Open),
            ("open", "requires_action", false, PaymentStatus::RequiresAction),
            ("open", "processing", false, PaymentStatus::Pending),
            ("complete", "processing", false, PaymentStatus::Pending),
            ("complete", "requires_payment_method", false, PaymentStatus::Pending),
            ("complete", "requires_payment_method", true, PaymentStatus::Failed),
            ("complete", "requires_capture", false, PaymentStatus::Authorized),
            ("complete", "canceled", false, PaymentStatus::Canceled),
            ("expired", "requires_payment_method", true, PaymentStatus::Expired),
            ("expired", "canceled", false, PaymentStatus::Expired),
            ("expired", "processing", false, PaymentStatus::Pending),
            ("complete", "settling", false, PaymentStatus::Unknown("settling".into())),
        ] {
            assert_eq!(checkout(status, "unpaid", payment_intent(word, error)), expected, "{status} {word}");
        }
    }

    #[test]
    fn an_intent_alone_follows_the_table() {
        for (word, error, expected) in [
            ("requires_payment_method", false, PaymentStatus::Open),
            ("requires_payment_method", true, PaymentStatus::Failed),
            ("requires_action", true, PaymentStatus::RequiresAction),
            ("requires_confirmation", false, PaymentStatus::RequiresAction),
            ("processing", false, PaymentStatus::Pending),
            ("requires_capture", false, PaymentStatus::Authorized),
            ("succeeded", true, PaymentStatus::Succeeded),
            ("canceled", false, PaymentStatus::Canceled),
            ("paid", false, PaymentStatus::Unknown("paid".into())),
        ] {
            let value = serde_json::from_value(payment_intent(word, error)).expect("an intent");
            assert_eq!(intent(&value), expected, "{word}");
        }
    }

    #[test]
    fn refunds_refine_a_success_and_nothing_else() {}

    #[test]
    fn a_links_state_is_read_from_active_and_its_count() {
        for (active, restrictions, expected) in [
            (true, json!(null), LinkStatus::Active),
            (false, json!(null), LinkStatus::Deactivated),
            (true, json!({"completed_sessions": {"count": 0, "limit": 1}}), LinkStatus::Active),
            (false, json!({"completed_sessions": {"count": 0, "limit": 1}}), LinkStatus::Deactivated),
            (false, json!({"completed_sessions": {"count": 1, "limit": 1}}), LinkStatus::Completed),
            (false, json!({"completed_sessions": {"count": 5, "limit": 5}}), LinkStatus::Exhausted),
        ] {
            let value = json!({
                "id": "plink_1", "object": "payment_link", "active": active, "livemode": false,
                "url": "https://buy.stripe.com/test_1", "metadata": {}, "restrictions": restrictions,
            });
            let found: PaymentLink = serde_json::from_value(value).expect("a link");
            assert_eq!(link(&found), expected);
        }
    }
}
