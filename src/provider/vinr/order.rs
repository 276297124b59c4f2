//! What of an order or a change VINR's links can have, and the body that says it.

use std::collections::BTreeMap;

use super::NAME;
use super::REFERENCE;
use super::wire::LinkPatch;
use super::wire::NewLink;
use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::port::provider::After;
use crate::port::provider::Change;
use crate::port::provider::LinkOrder;
use crate::port::provider::Purpose;
use crate::port::provider::Terms;
use crate::port::provider::Unsupported;
use crate::provider::rest;

pub fn unsupported(advice: &'static str) -> Unsupported {
    Unsupported { provider: NAME, advice }
}

pub fn link(order: &LinkOrder) -> Result<NewLink<'_>, Unsupported> {
    let LinkOrder { kind, amount, title, reference, key: _, terms } = order;
    let Terms { purpose, description, ends, lines, suggestions, metadata, customer, after, options } = terms;
    match purpose {
        Purpose::Payment => {}
        Purpose::Product | Purpose::Subscription | Purpose::Invoice => {
            return Err(unsupported("its links are for payments of an amount; name what it is in the title"));
        }
    }
    one_text(description.as_ref())?;
    no_options(options)?;
    if !lines.is_empty() {
        return Err(unsupported("its links have no items; ask for their sum and name them in the title"));
    }
    if !suggestions.is_empty() {
        return Err(unsupported("it proposes one amount at most; set it as the preset"));
    }
    if !customer.is_empty() {
        return Err(unsupported("what its page asks of the customer is set in VINR's dashboard"));
    }
    if ends.is_some_and(|ends| ends.after_s == 0) {
        return Err(unsupported("a link ends one second after it is made at the soonest"));
    }
    let reference = reference.as_ref().map(|reference| (REFERENCE, reference.as_str()));
    let (reusable, max_payments) = match kind {
        LinkKind::OneOff => (false, None),
        LinkKind::Reusable { max_payments } => (true, *max_payments),
    };
    at_least_one(max_payments)?;
    let asked = Asked::of(*amount)?;
    Ok(NewLink {
        amount: asked.amount,
        currency: asked.currency.code(),
        description: title,
        reusable,
        amount_editable: asked.editable,
        max_payments,
        expires_after: ends.map(|ends| ends.after_s),
        return_url: after.as_ref().map(return_url).transpose()?,
        metadata: words(metadata)?.into_iter().chain(reference).collect(),
    })
}

pub fn patch(change: &Change) -> Result<LinkPatch<'_>, Unsupported> {
    let Change { title, description, amount, max_payments, ends_unix_ms, metadata, after, options } = change;
    one_text(description.as_ref())?;
    no_options(options)?;
    at_least_one(*max_payments)?;
    let asked = amount.map(Asked::of).transpose()?;
    Ok(LinkPatch {
        active: None,
        description: title.as_deref(),
        amount: asked.as_ref().map(|asked| asked.amount),
        amount_editable: asked.as_ref().map(|asked| asked.editable),
        max_payments: *max_payments,
        expires_at: ends_unix_ms.map(rest::iso),
        return_url: after.as_ref().map(return_url).transpose()?,
        metadata: words(metadata)?,
    })
}

/// An amount in VINR's words: an editable one is a proposal.
struct Asked {
    amount: Option<i64>,
    currency: Currency,
    editable: bool,
}

impl Asked {
    fn of(amount: AmountKind) -> Result<Self, Unsupported> {
        match amount {
            AmountKind::Fixed(money) => {
                Ok(Self { amount: Some(units(money)?), currency: money.currency, editable: false })
            }
            AmountKind::Open { min: None, max: None, currency, preset } => {
                let amount = preset.map(|preset| units(Money::new(preset, currency))).transpose()?;
                Ok(Self { amount, currency, editable: true })
            }
            AmountKind::Open { .. } => {
                Err(unsupported("the amount that a customer types has no bounds there; leave them away"))
            }
        }
    }
}

/// docs/payments/how-payments-work: integers in the minor unit, whole ones where the currency has none. That
/// is ISO 4217's exponent, three digits included.
pub fn units(money: Money) -> Result<i64, Unsupported> {
    if money.minor > 0 { Ok(money.minor) } else { Err(unsupported("charge an amount above zero")) }
}

fn one_text(description: Option<&String>) -> Result<(), Unsupported> {
    match description {
        None => Ok(()),
        Some(_) => Err(unsupported("its links have one text; put it all into the title")),
    }
}

fn no_options(options: &BTreeMap<String, String>) -> Result<(), Unsupported> {
    if options.is_empty() {
        return Ok(());
    }
    Err(unsupported("it has no option of that name; see `qrtill link capabilities`"))
}

fn at_least_one(max_payments: Option<u32>) -> Result<(), Unsupported> {
    match max_payments {
        Some(0) => Err(unsupported("a link takes one payment at least")),
        Some(_) | None => Ok(()),
    }
}

fn return_url(after: &After) -> Result<&str, Unsupported> {
    match after {
        After::Redirect(url) => Ok(url),
        After::Thanks(_) => {
            Err(unsupported("it shows its own thank-you page; lead the customer to one of yours instead"))
        }
    }
}

/// The reference's own key is not for others: a payment would be booked as another sale's.
fn words(metadata: &BTreeMap<String, String>) -> Result<BTreeMap<&str, &str>, Unsupported> {
    if metadata.contains_key(REFERENCE) {
        return Err(unsupported("the metadata key `reference` carries the sale; choose another"));
    }
    Ok(metadata.iter().map(|(key, word)| (key.as_str(), word.as_str())).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::REFERENCE as SALE;
    use super::super::subject::money;
    use super::super::subject::sale;
    use super::*;
    use crate::port::provider::CustomerField;
    use crate::port::provider::Ends;
    use crate::port::provider::Line;
    use crate::port::provider::Need;

    const FIXTURE: &str = include_str!("../../../tests/fixtures/vinr/create-requests.json");

    fn written(order: &LinkOrder) -> Value {
        serde_json::to_value(link(order).expect("a link")).expect("JSON")
    }

    #[test]
    fn orders_are_written_as_in_the_fixture() {
        let expected: Value = serde_json::from_str(FIXTURE).expect("JSON");
        let ends = Some(Ends { at_unix_ms: 1_760_000_600_000, after_s: 600 });
        let after = Some(After::Redirect("https://shop.example/thanks".into()));
        let sold = LinkOrder { terms: Terms { ends, after, ..Terms::default() }, ..sale() };
        assert_eq!(written(&sold), expected["sale"]);
        let counter = LinkOrder {
            kind: LinkKind::Reusable { max_payments: Some(1000) },
            amount: AmountKind::Open {
                currency: money(1, "EUR").currency,
                min: None,
                max: None,
                preset: Some(500),
            },
            reference: None,
            terms: Terms { metadata: [("till".to_owned(), "2".to_owned())].into(), ..Terms::default() },
            ..sale()
        };
        assert_eq!(written(&counter), expected["counter"]);
    }

    #[test]
    fn amounts_of_every_exponent_go_there_and_back() {
        let mut random: u64 = 0x2545_F491_4F6C_DD1D;
        for code in ["JPY", "EUR", "KWD"] {
            for _ in 0..1_000 {
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let minor = i64::try_from(random >> 37).expect("27 bits") + 1;
                let order = LinkOrder { amount: AmountKind::Fixed(money(minor, code)), ..sale() };
                let mut body = written(&order);
                assert_eq!((&body["amount"], &body["currency"]), (&json!(minor), &json!(code)));
                body["id"] = json!("plink_1");
                body["url"] = json!("https://pay.vinr.com/l/1");
                let found = serde_json::from_value(body).expect("a link");
                let state = super::super::link::state(&found, None).expect("readable");
                assert_eq!(state.amount, Some(order.amount));
            }
        }
    }

    #[test]
    fn what_its_links_cannot_have_is_refused_with_advice() {
        let refused = |change: &dyn Fn(&mut LinkOrder)| {
            let mut order = sale();
            change(&mut order);
            let said = link(&order).expect_err("not there");
            assert_eq!(said.provider, NAME);
            said.advice
        };
        let line = Line { title: "Tea".into(), quantity: 1, unit: 1250, vat_bp: 0 };
        let open =
            AmountKind::Open { currency: money(1, "EUR").currency, min: Some(1), max: None, preset: None };
        let advice = [
            refused(&|order| order.terms.purpose = Purpose::Invoice),
            refused(&|order| order.terms.description = Some("more".into())),
            refused(&|order| order.terms.lines = vec![line.clone()]),
            refused(&|order| order.terms.suggestions = vec![500]),
            refused(&|order| order.terms.customer = [(CustomerField::Email, Need::Required)].into()),
            refused(&|order| order.terms.after = Some(After::Thanks("Bye".into()))),
            refused(&|order| order.terms.options = [("x".into(), "1".into())].into()),
            refused(&|order| order.terms.metadata = [("reference".into(), SALE.into())].into()),
            refused(&|order| order.terms.ends = Some(Ends { at_unix_ms: 0, after_s: 0 })),
            refused(&|order| order.kind = LinkKind::Reusable { max_payments: Some(0) }),
            refused(&|order| order.amount = open),
        ];
        for (n, one) in advice.iter().enumerate() {
            assert!(!one.is_empty() && !advice[..n].contains(one), "{one}");
        }
    }

    #[test]
    fn a_change_says_what_changes_and_nothing_else() {
        let said = |change: &Change| serde_json::to_value(patch(change).expect("a change")).expect("JSON");
        assert_eq!(said(&Change::default()), json!({}));
        let change = Change {
            title: Some("Tea".into()),
            amount: Some(AmountKind::Fixed(money(990, "EUR"))),
            max_payments: Some(3),
            ends_unix_ms: Some(1_760_000_000_000),
            metadata: [("till".to_owned(), "2".to_owned())].into(),
            after: Some(After::Redirect("https://shop.example/".into())),
            ..Change::default()
        };
        let expected = json!({
            "description": "Tea", "amount": 990, "amountEditable": false, "maxPayments": 3,
            "expiresAt": "2025-10-09T08:53:20Z", "returnUrl": "https://shop.example/", "metadata": {"till": "2"},
        });
        assert_eq!(said(&change), expected);
        let open =
            AmountKind::Open { currency: money(1, "EUR").currency, min: None, max: None, preset: None };
        let change = Change { amount: Some(open), ..Change::default() };
        assert_eq!(said(&change), json!({"amount": null, "amountEditable": true}));
        for change in [
            Change { description: Some("x".into()), ..Change::default() },
            Change { max_payments: Some(0), ..Change::default() },
            Change { after: Some(After::Thanks("Bye".into())), ..Change::default() },
            Change { metadata: [("reference".to_owned(), SALE.to_owned())].into(), ..Change::default() },
            Change { options: [("x".to_owned(), "1".to_owned())].into(), ..Change::default() },
            Change { amount: Some(AmountKind::Fixed(money(0, "EUR"))), ..Change::default() },
        ] {
            assert!(patch(&change).is_err(), "{change:?}");
        }
    }
}
