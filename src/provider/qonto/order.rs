//! The body of an order for a link: a basket of items, or one of Qonto's own invoices.
//!
//! A sale is a basket of one item without tax whose price is the amount: with tax on top not every amount
//! can be reached from a price in whole cents (our reading).

use std::borrow::Cow;

use serde::Deserialize;

use super::Options;
use super::unsupported;
use super::wire::Amount;
use super::wire::NewBasket;
use super::wire::NewInvoice;
use super::wire::NewItem;
use super::wire::Wrapped;
use crate::core::money::Money;
use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::reference::Reference;
use crate::port::provider::After;
use crate::port::provider::Line;
use crate::port::provider::LinkOrder;
use crate::port::provider::Purpose;
use crate::port::provider::Terms;
use crate::port::provider::Unsupported;

pub const OPTIONS: &[(&str, &str)] = &[
    ("methods", "what customers may pay with, parted by commas, instead of what is configured"),
    ("item_type", "good or service"),
    ("measure_unit", "what the items are counted in, such as piece"),
    ("invoice_id", "the invoice's id at Qonto, for an invoice"),
    ("invoice_number", "the number on the invoice, for an invoice"),
    ("debitor_name", "who is to pay it, for an invoice"),
];

/// The words of `OPTIONS` that only an invoice has, and those that only a basket has.
const OF_INVOICE: [&str; 3] = ["invoice_id", "invoice_number", "debitor_name"];
const OF_BASKET: [&str; 2] = ["item_type", "measure_unit"];

/// Between a title and the sale's reference.
const JOINT: &str = " · ";

/// How a tax rate is written. Qonto's pages show both ways for the same sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VatFormat {
    /// `21.0`
    #[default]
    Percent,
    /// `0.21`
    Fraction,
}

impl VatFormat {
    /// `bp` in hundredths of a percent. Nothing is `0`, which means the same both ways.
    fn write(self, bp: u32) -> String {
        let (places, width) = match self {
            Self::Percent => (100, 2),
            Self::Fraction => (10_000, 4),
        };
        if bp == 0 {
            return "0".to_owned();
        }
        let digits = format!("{:0width$}", bp % places);
        let fraction = digits.trim_end_matches('0');
        format!("{}.{}", bp / places, if fraction.is_empty() { "0" } else { fraction })
    }
}

/// The whole body, as JSON.
pub fn body(order: &LinkOrder, options: &Options) -> Result<String, Unsupported> {
    judge(&order.terms)?;
    let AmountKind::Fixed(amount) = order.amount else {
        return Err(unsupported("each of its links has one amount; make a link for each amount"));
    };
    if amount.minor <= 0 {
        return Err(unsupported("charge an amount above zero"));
    }
    let text = match order.terms.purpose {
        Purpose::Payment => serde_json::to_string(&Wrapped { payment_link: basket(order, amount, options)? }),
        Purpose::Invoice => {
            serde_json::to_string(&Wrapped { payment_link: invoice(order, amount, options)? })
        }
        Purpose::Product | Purpose::Subscription => {
            return Err(unsupported("it has links for payments and for its own invoices"));
        }
    };
    Ok(text.expect("an adapter's own bodies are always JSON"))
}

/// What no link of either kind has.
fn judge(terms: &Terms) -> Result<(), Unsupported> {
    let known = |name: &String| OPTIONS.iter().any(|(own, _)| own == name);
    let advice = if !terms.options.keys().all(known) {
        "it has no option of that name; see `qrtill link capabilities`"
    } else if terms.ends.is_some() {
        "it ends links itself, after about a year; switch the link off when it is over"
    } else if !terms.suggestions.is_empty() {
        "each of its links has one amount; make a link for each amount"
    } else if !terms.metadata.is_empty() {
        "its links carry no words of ours; put them in the title or the description"
    } else if !terms.customer.is_empty() {
        "its page asks what the payment method wants; nothing can be added"
    } else if matches!(terms.after, Some(After::Thanks(_))) {
        "its page has words of its own; lead the customer elsewhere with a redirect"
    } else {
        return Ok(());
    };
    Err(unsupported(advice))
}

fn basket<'a>(
    order: &'a LinkOrder,
    amount: Money,
    options: &'a Options,
) -> Result<NewBasket<'a>, Unsupported> {
    let terms = &order.terms;
    if OF_INVOICE.iter().any(|name| terms.options.contains_key(*name)) {
        return Err(unsupported("that option is an invoice's; order the link for an invoice"));
    }
    let reusable = match order.kind {
        LinkKind::OneOff => false,
        LinkKind::Reusable { max_payments: None } => true,
        LinkKind::Reusable { max_payments: Some(_) } => {
            return Err(unsupported("its reusable links take any number of payments; switch the link off"));
        }
    };
    let kind = terms.options.get("item_type").map(String::as_str);
    if kind.is_some_and(|kind| !["good", "service"].contains(&kind)) {
        return Err(unsupported("an item is a good or a service"));
    }
    let measure_unit = terms.options.get("measure_unit").map(String::as_str);
    let lines = lines(order, amount)?;
    let items = lines.iter().enumerate().map(|(at, line)| NewItem {
        title: title(&line.title, order.reference.as_ref().filter(|_| at == 0)),
        quantity: line.quantity,
        unit_price: written(Money::new(line.unit, amount.currency)),
        vat_rate: options.vat_rate.write(line.vat_bp),
        kind,
        description: terms.description.as_deref().filter(|_| at == 0),
        measure_unit,
    });
    Ok(NewBasket {
        items: items.collect(),
        reusable,
        potential_payment_methods: methods(terms, options)?,
        redirect_url: redirect(terms)?,
    })
}

/// The order's items, or one of the whole amount.
fn lines(order: &LinkOrder, amount: Money) -> Result<Cow<'_, [Line]>, Unsupported> {
    let lines = order.terms.lines.as_slice();
    if lines.is_empty() {
        let whole = Line { title: order.title.clone(), quantity: 1, unit: amount.minor, vat_bp: 0 };
        return Ok(Cow::Owned(vec![whole]));
    }
    if lines.iter().any(|line| line.quantity == 0 || line.unit <= 0) {
        return Err(unsupported("an item has a quantity and a price above zero"));
    }
    let sum: i128 = lines.iter().map(gross).sum();
    if sum != i128::from(amount.minor) {
        return Err(unsupported("the items with their tax make another sum than the link's amount"));
    }
    Ok(Cow::Borrowed(lines))
}

/// Minor units with tax, rounded half up as Qonto's example is: 10.99 and 21 % make 13.30.
fn gross(line: &Line) -> i128 {
    let net = i128::from(line.unit) * i128::from(line.quantity);
    (net * (10_000 + i128::from(line.vat_bp)) + 5_000).div_euclid(10_000)
}

fn invoice<'a>(
    order: &'a LinkOrder,
    amount: Money,
    options: &'a Options,
) -> Result<NewInvoice<'a>, Unsupported> {
    let terms = &order.terms;
    if OF_BASKET.iter().any(|name| terms.options.contains_key(*name))
        || !terms.lines.is_empty()
        || terms.description.is_some()
    {
        return Err(unsupported("an invoice has its items and words at Qonto; name the invoice alone"));
    }
    if order.kind != LinkKind::OneOff || order.reference.is_some() {
        return Err(unsupported("an invoice is paid once and is no sale of a counter"));
    }
    let needed = |name: &str| {
        let missing = "an invoice needs the options invoice_id, invoice_number and debitor_name";
        terms.options.get(name).map(String::as_str).ok_or(unsupported(missing))
    };
    Ok(NewInvoice {
        invoice_id: needed("invoice_id")?,
        invoice_number: needed("invoice_number")?,
        debitor_name: needed("debitor_name")?,
        amount: written(amount),
        potential_payment_methods: methods(terms, options)?,
        redirect_url: redirect(terms)?,
    })
}

fn methods<'a>(terms: &'a Terms, options: &'a Options) -> Result<Vec<&'a str>, Unsupported> {
    let Some(own) = terms.options.get("methods") else {
        return Ok(options.methods.iter().map(String::as_str).collect());
    };
    let own: Vec<&str> = own.split(',').map(str::trim).collect();
    if !own.iter().all(|name| is_word(name)) {
        return Err(unsupported("name its methods parted by commas; see `qrtill link connect --status`"));
    }
    Ok(own)
}

/// A word such as `credit_card`.
pub fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn redirect(terms: &Terms) -> Result<Option<&str>, Unsupported> {
    match &terms.after {
        Some(After::Redirect(url)) if is_web(url) => Ok(Some(url)),
        Some(After::Redirect(_)) => Err(unsupported("a redirect leads to an http or https address")),
        Some(After::Thanks(_)) | None => Ok(None),
    }
}

pub fn is_web(url: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

fn written(money: Money) -> Amount {
    Amount { value: money.decimal(), currency: money.currency.code().to_owned() }
}

/// What the customer reads: the sale's reference stands behind the words, so that it comes back.
fn title(words: &str, reference: Option<&Reference>) -> String {
    match reference {
        Some(reference) => format!("{words}{JOINT}{reference}"),
        None => words.to_owned(),
    }
}

/// The words, and the reference behind them where there is one of ours.
pub fn untitled(title: &str) -> (&str, Option<&str>) {
    let parts = title.rsplit_once(JOINT);
    match parts.filter(|(_, behind)| behind.parse::<Reference>().is_ok()) {
        Some((words, reference)) => (words, Some(reference)),
        None => (title, None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::subject::REFERENCE;
    use super::super::subject::money;
    use super::super::subject::options;
    use super::super::subject::sale;
    use super::*;

    fn parsed() -> Options {
        serde_json::from_value(options()).expect("options")
    }

    fn sent(order: &LinkOrder) -> Result<Value, Unsupported> {
        body(order, &parsed()).map(|text| serde_json::from_str(&text).expect("JSON"))
    }

    fn termed(change: impl FnOnce(&mut Terms)) -> LinkOrder {
        let mut order = sale();
        change(&mut order.terms);
        order
    }

    #[test]
    fn a_sale_is_the_documented_body_with_one_item_without_tax() {
        let fixture = include_str!("../../../tests/fixtures/qonto/create_basket.json");
        let expected: Value = serde_json::from_str(fixture).expect("JSON");
        assert_eq!(sent(&sale()), Ok(expected));
    }

    #[test]
    fn an_invoice_is_the_documented_body() {
        let fixture = include_str!("../../../tests/fixtures/qonto/create_invoice.json");
        let expected: Value = serde_json::from_str(fixture).expect("JSON");
        let named = [
            ("invoice_id", "1acef4be-ddac-4eba-b1e2-b5cce62d3c80"),
            ("invoice_number", "INV-12345"),
            ("debitor_name", "Boulangerie Martin"),
            ("methods", "credit_card, ideal"),
        ];
        let mut order = termed(|terms| {
            terms.purpose = Purpose::Invoice;
            terms.options = named.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        });
        assert!(sent(&order).is_err(), "an invoice carries no reference");
        order.reference = None;
        assert_eq!(sent(&order), Ok(expected));
        order.terms.options.remove("debitor_name");
        assert!(sent(&order).is_err());
    }

    #[test]
    fn items_carry_their_tax_and_have_to_make_the_sum() {
        let line = |unit, quantity, vat_bp| Line { title: "Tea".into(), quantity, unit, vat_bp };
        let with = |lines: Vec<Line>, minor| {
            let mut order = termed(|terms| terms.lines = lines);
            order.amount = AmountKind::Fixed(money(minor, "EUR"));
            sent(&order)
        };
        let body = with(vec![line(1099, 1, 2100), line(200, 3, 0)], 1930).expect("the documented sum");
        let items = &body["payment_link"]["items"];
        assert_eq!(items[0]["title"], format!("Tea · {REFERENCE}"));
        assert_eq!(items[0]["unit_price"], json!({"value": "10.99", "currency": "EUR"}));
        assert_eq!((&items[0]["vat_rate"], &items[1]["vat_rate"]), (&json!("21.0"), &json!("0")));
        assert_eq!((&items[1]["title"], &items[1]["quantity"]), (&json!("Tea"), &json!(3)));
        for (lines, minor) in [
            (vec![line(1099, 1, 2100)], 1329),
            (vec![line(1099, 0, 2100)], 0),
            (vec![line(-5, 1, 0), line(10, 1, 0)], 5),
        ] {
            assert!(with(lines, minor).is_err(), "{minor}");
        }
    }

    #[test]
    fn a_rate_is_written_in_either_way() {
        for (bp, percent, fraction) in [
            (0, "0", "0"),
            (2100, "21.0", "0.21"),
            (550, "5.5", "0.055"),
            (1, "0.01", "0.0001"),
            (10_000, "100.0", "1.0"),
        ] {
            assert_eq!(VatFormat::Percent.write(bp), percent, "{bp}");
            assert_eq!(VatFormat::Fraction.write(bp), fraction, "{bp}");
        }
    }

    #[test]
    fn what_its_links_do_not_have_is_said_with_advice() {
        let ends = crate::port::provider::Ends { at_unix_ms: 1, after_s: 1 };
        let field = crate::port::provider::CustomerField::Email;
        let need = crate::port::provider::Need::Required;
        let option = |name: &str, value: &str| {
            let (name, value) = (name.to_owned(), value.to_owned());
            termed(move |terms| drop(terms.options.insert(name, value)))
        };
        let limited = LinkKind::Reusable { max_payments: Some(4) };
        for order in [
            termed(|terms| terms.purpose = Purpose::Subscription),
            termed(|terms| terms.purpose = Purpose::Product),
            termed(|terms| terms.ends = Some(ends)),
            termed(|terms| terms.suggestions = vec![500]),
            termed(|terms| drop(terms.metadata.insert("a".into(), "b".into()))),
            termed(|terms| terms.customer = [(field, need)].into()),
            termed(|terms| terms.after = Some(After::Thanks("Bye".into()))),
            termed(|terms| terms.after = Some(After::Redirect("javascript:1".into()))),
            option("colour", "red"),
            option("invoice_id", "1"),
            option("item_type", "idea"),
            option("methods", "credit card"),
            option("methods", ""),
            LinkOrder { kind: limited, reference: None, ..sale() },
        ] {
            assert!(sent(&order).is_err_and(|no| !no.advice.is_empty()), "{order:?}");
        }
        let redirect = termed(|terms| terms.after = Some(After::Redirect("https://shop.example/bye".into())));
        let body = sent(&redirect).expect("a redirect");
        assert_eq!(body["payment_link"]["redirect_url"], "https://shop.example/bye");
    }

    #[test]
    fn a_title_gives_its_reference_back_and_only_ours() {
        let reference = REFERENCE.parse().ok();
        for words in ["Café Zwölf", "", "a · b"] {
            let joined = title(words, reference.as_ref());
            assert_eq!(untitled(&joined), (words, Some(REFERENCE)));
        }
        assert_eq!(untitled("Tea · two cups"), ("Tea · two cups", None));
        assert_eq!(untitled(REFERENCE), (REFERENCE, None));
    }
}
