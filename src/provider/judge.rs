//! Whether an answer is the one to what was asked.

use super::rest::unsure;
use crate::core::money::Money;
use crate::port::provider::LinkOrder;
use crate::port::provider::LinkState;
use crate::port::provider::Refund;
use crate::port::provider::Trouble;

/// An answer about something else is believed of neither.
pub fn same(asked: &str, found: &str) -> Result<(), Trouble> {
    if asked == found { Ok(()) } else { Err(unsure(format!("an answer about `{found}`, asked was {asked}"))) }
}

/// A link is a sale's only if it carries its reference.
pub fn carries_reference(order: &LinkOrder, found: &LinkState) -> Result<(), Trouble> {
    match &order.reference {
        Some(ours) if found.reference.as_deref() != Some(ours.as_str()) => {
            Err(unsure(format!("link {} does not carry our reference", found.id)))
        }
        Some(_) | None => Ok(()),
    }
}

/// A refund of another amount than was asked for; without an amount it was of all that was left.
pub fn gives_back(amount: Option<Money>, found: &Refund) -> Result<(), Trouble> {
    match amount {
        Some(asked) if asked != found.amount => {
            Err(unsure(format!("refund {} is of {}, asked was {asked}", found.id, found.amount)))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::subject::REFERENCE;
    use super::super::subject::money;
    use super::super::subject::sale;
    use super::*;
    use crate::core::payment::LinkStatus;
    use crate::core::payment::RefundStatus;

    fn is_unsure(said: &Result<(), Trouble>) -> bool {
        matches!(said, Err(Trouble::Unsure { .. }))
    }

    #[test]
    fn only_what_was_asked_about_is_an_answer() {
        assert_eq!(same("a", "a"), Ok(()));
        assert!(is_unsure(&same("a", "b")) && is_unsure(&same("a", "")));
    }

    #[test]
    fn a_sales_link_carries_its_reference_and_a_counters_may_carry_any() {
        let order = sale("EUR");
        let found = |reference: Option<&str>| LinkState {
            id: "l1".to_owned(),
            url: "https://pay.example/l1".to_owned(),
            status: LinkStatus::Active,
            kind: order.kind,
            amount: Some(order.amount),
            reference: reference.map(str::to_owned),
            payments: None,
            title: None,
            ends_unix_ms: None,
        };
        assert_eq!(carries_reference(&order, &found(Some(REFERENCE))), Ok(()));
        assert!(is_unsure(&carries_reference(&order, &found(Some("INV-7")))));
        assert!(is_unsure(&carries_reference(&order, &found(None))));
        let counter = LinkOrder { reference: None, ..order.clone() };
        assert_eq!(carries_reference(&counter, &found(None)), Ok(()));
        assert_eq!(carries_reference(&counter, &found(Some("INV-7"))), Ok(()));
    }

    #[test]
    fn a_refund_is_of_what_was_asked() {
        let found = Refund {
            id: "re_1".to_owned(),
            payment: "p_1".to_owned(),
            amount: money(250, "EUR"),
            status: RefundStatus::Pending,
            reason: None,
        };
        assert_eq!(gives_back(None, &found), Ok(()));
        assert_eq!(gives_back(Some(money(250, "EUR")), &found), Ok(()));
        assert!(is_unsure(&gives_back(Some(money(251, "EUR")), &found)));
        assert!(is_unsure(&gives_back(Some(money(250, "USD")), &found)));
    }
}
