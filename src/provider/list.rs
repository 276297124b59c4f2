//! Lists, item by item. A list is not read as a whole: one item that we cannot read, made by somebody else on
//! the same account, must not keep a sale or a standing link from being heard of. `port::provider::Page` says
//! what may be left out; here it is decided, for every system alike.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::judge;
use super::mode;
use super::rest;
use crate::core::payment::Mode;
use crate::core::reference::Reference;
use crate::port::provider::LinkState;
use crate::port::provider::Payment;
use crate::port::provider::Trouble;

/// An item before it is read, as it was written: numbers of money keep their digits.
pub type Raw = Box<RawValue>;

/// What an item says by itself of whose it is, whatever else of it can be read.
pub struct Marks<'a> {
    /// The ids of what it belongs to: its link, or a refund's payment.
    pub names: Vec<&'a str>,
    pub live: Option<bool>,
}

impl<'a> Marks<'a> {
    /// `named_at` and `live_at` are JSON pointers.
    pub fn at(item: &'a Value, named_at: &[&str], live_at: &[&str]) -> Self {
        let name = |at: &&str| item.pointer(at)?.as_str().filter(|name| !name.is_empty());
        let live = |at: &&str| item.pointer(at)?.as_bool();
        Self { names: named_at.iter().filter_map(name).collect(), live: live_at.iter().find_map(live) }
    }

    /// Whether the item is certainly not of `asked`. One that names it never is: what contradicts that in it
    /// is for the reader to doubt.
    #[must_use]
    pub fn are_of_another(&self, asked: &str, mode: Mode) -> bool {
        !self.names.contains(&asked) && (self.are_of_other_mode(mode) || !self.names.is_empty())
    }

    /// Whether the item says that it is of the other mode.
    #[must_use]
    pub fn are_of_other_mode(&self, mode: Mode) -> bool {
        self.live.is_some_and(|live| mode::of_live(live) != mode)
    }
}

/// The items of what was asked about: payments of a link, checkouts of a link, refunds of a payment. What
/// `is_others` says is of another is left out, unread; everything else has to be readable. `read` gives
/// `None` for what is none, such as a checkout at which nobody has paid.
pub fn items<T: DeserializeOwned, U>(
    raw: &[Raw],
    is_others: impl Fn(&Value) -> bool,
    read: impl Fn(&T) -> Result<Option<U>, Trouble>,
) -> Result<Vec<U>, Trouble> {
    each(raw, is_others, read)?.into_iter().filter_map(|found| found.read.transpose()).collect()
}

/// The payments of a link, out of a list that is not the link's own by its address but that of a question. One
/// that names neither the link nor a sale stays in doubt, unless the configuration says that the list obeys
/// its question, and nothing in this page shows that it does not.
pub fn payments<T: DeserializeOwned>(
    raw: &[Raw],
    asked: &str,
    trusted: bool,
    is_others: impl Fn(&Value) -> bool,
    read: impl Fn(&T) -> Result<Payment, Trouble>,
) -> Result<Vec<Payment>, Trouble> {
    let payments = items(raw, is_others, |found| read(found).map(Some))?;
    // All that a link's payments have of our data comes from that link.
    let references: BTreeSet<&str> =
        payments.iter().filter_map(|payment| payment.reference.as_deref()).collect();
    let obeyed = payments.len() == raw.len() && references.len() <= 1;
    payments.into_iter().map(|payment| claimed(payment, asked, trusted && obeyed)).collect()
}

fn claimed(payment: Payment, asked: &str, trusted: bool) -> Result<Payment, Trouble> {
    if let Some(link) = &payment.link {
        judge::same(asked, link)?;
        return Ok(payment);
    }
    if trusted {
        return Ok(Payment { link: Some(asked.to_owned()), ..payment });
    }
    let is_a_sales = payment.reference.as_ref().is_some_and(|text| text.parse::<Reference>().is_ok());
    if is_a_sales {
        return Ok(payment);
    }
    Err(rest::unsure(format!(
        "{} in the list of {asked} names neither its link nor a sale, so nobody knows whose money it is; if the \
         list is known to hold no other link's payments, set `trust_link_filter`",
        payment.key.id
    )))
}

/// The links of an account. Links of the other mode are left out, and so is a link that cannot be read and
/// mentions no sale of ours: whoever looks for a sale's link in the list has not missed it. `active`: the part
/// of the question that the system itself does not obey.
pub fn links<T: DeserializeOwned>(
    raw: &[Raw],
    active: Option<bool>,
    is_others: impl Fn(&Value) -> bool,
    read: impl Fn(&T) -> Result<LinkState, Trouble>,
) -> Result<Vec<LinkState>, Trouble> {
    let wanted = |link: &LinkState| active.is_none_or(|active| link.status.is_payable() == active);
    let mut links = Vec::with_capacity(raw.len());
    for Found { loose, read } in each(raw, is_others, read)? {
        match read {
            Ok(link) => links.extend(Some(link).filter(wanted)),
            Err(trouble) if mentions_a_sale(&loose) => return Err(trouble),
            Err(_) => {}
        }
    }
    Ok(links)
}

struct Found<U> {
    /// The item as it stands, for what it says whether or not it can be read.
    loose: Value,
    read: Result<U, Trouble>,
}

/// Each item that is not left out as another's.
fn each<T: DeserializeOwned, U>(
    raw: &[Raw],
    is_others: impl Fn(&Value) -> bool,
    read: impl Fn(&T) -> Result<U, Trouble>,
) -> Result<Vec<Found<U>>, Trouble> {
    let mut found = Vec::with_capacity(raw.len());
    for one in raw {
        let loose = rest::parse(one.get().as_bytes())?;
        if !is_others(&loose) {
            // Out of the text once more: a `Value` does not keep all digits.
            let read = rest::parse(one.get().as_bytes()).and_then(|item| read(&item));
            found.push(Found { loose, read });
        }
    }
    Ok(found)
}

/// The id of an item, whatever else of it can be read.
#[must_use]
pub fn id(raw: &Raw) -> Option<String> {
    let item: Value = serde_json::from_str(raw.get()).ok()?;
    item.get("id")?.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

/// Whether the reference of a sale stands anywhere in it: in metadata, in a field of its own, or as a word of
/// a text.
fn mentions_a_sale(item: &Value) -> bool {
    match item {
        Value::String(text) => text.split_whitespace().any(|word| word.parse::<Reference>().is_ok()),
        Value::Array(all) => all.iter().any(mentions_a_sale),
        Value::Object(fields) => fields.values().any(mentions_a_sale),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::super::subject::REFERENCE;
    use super::super::subject::money;
    use super::*;
    use crate::core::payment::LinkKind;
    use crate::core::payment::LinkStatus;
    use crate::core::payment::PaymentKey;
    use crate::core::payment::PaymentStatus;

    #[derive(Deserialize)]
    struct Item {
        id: String,
        link: Option<String>,
    }

    fn raw(items: &Value) -> Vec<Raw> {
        serde_json::from_str(&items.to_string()).expect("a list")
    }

    fn others(item: &Value) -> bool {
        Marks::at(item, &["/link", "/link/id"], &["/live"]).are_of_another("l1", Mode::Test)
    }

    fn ids(raw: &[Raw]) -> Result<Vec<String>, Trouble> {
        items(raw, others, |found: &Item| Ok(found.link.is_some().then(|| found.id.clone())))
    }

    #[test]
    fn only_what_certainly_is_anothers_is_left_out() {
        let ours = json!({"id": "a", "link": "l1"});
        for odd in [
            json!({"id": 7, "link": "l2"}),
            json!({"id": 7, "link": {"id": "l2"}}),
            json!({"id": 7, "live": true}),
            json!({"id": "b", "link": "l2", "live": false}),
        ] {
            assert_eq!(ids(&raw(&json!([odd, ours]))), Ok(vec!["a".to_owned()]), "{odd}");
        }
        for odd in [
            json!({"id": 7, "link": "l1"}),
            json!({"id": 7, "link": "l1", "live": true}),
            json!({"id": 7, "link": null}),
            json!({"id": 7, "link": ""}),
            json!({"id": 7, "live": false}),
            json!({"id": 7, "live": "true"}),
            json!({}),
            json!(null),
            json!("l2"),
        ] {
            assert!(matches!(ids(&raw(&json!([odd, ours]))), Err(Trouble::Unsure { .. })), "{odd}");
        }
    }

    fn link(id: &str, status: LinkStatus) -> LinkState {
        LinkState {
            id: id.to_owned(),
            url: "https://pay.example/l1".to_owned(),
            status,
            kind: LinkKind::OneOff,
            amount: None,
            reference: None,
            payments: None,
            title: None,
            ends_unix_ms: None,
        }
    }

    #[test]
    fn links_are_picked_by_whether_they_are_active_where_that_was_asked() {
        let list = raw(&json!([{"id": "on"}, {"id": "off"}, {"id": "paid"}]));
        let status = |id: &str| match id {
            "on" => LinkStatus::Active,
            "off" => LinkStatus::Deactivated,
            _ => LinkStatus::Completed,
        };
        for (active, expected) in
            [(None, vec!["on", "off", "paid"]), (Some(true), vec!["on"]), (Some(false), vec!["off", "paid"])]
        {
            let found = links(&list, active, others, |found: &Item| Ok(link(&found.id, status(&found.id))));
            let ids: Vec<_> = found.expect("readable").into_iter().map(|link| link.id).collect();
            assert_eq!(ids, expected, "{active:?}");
        }
    }

    #[test]
    fn a_link_that_cannot_be_read_is_left_out_unless_it_mentions_a_sale() {
        let read = |list: &Value| {
            let links =
                links(&raw(list), None, others, |found: &Item| Ok(link(&found.id, LinkStatus::Active)));
            links.map(|links| links.into_iter().map(|link| link.id).collect::<Vec<_>>())
        };
        let ours = json!({"id": "a", "metadata": {"reference": REFERENCE}});
        for odd in [
            json!({"id": 7}),
            json!({"id": 7, "metadata": {"reference": "INV-7"}}),
            json!({"id": 7, "live": true, "metadata": {"reference": REFERENCE}}),
            json!("odd"),
        ] {
            assert_eq!(read(&json!([odd, ours])), Ok(vec!["a".to_owned()]), "{odd}");
        }
        for odd in [
            json!({"id": 7, "metadata": {"reference": REFERENCE}}),
            json!({"id": 7, "metadata": [REFERENCE]}),
            json!({"id": 7, "items": [{"title": format!("Tea · {REFERENCE}")}]}),
        ] {
            assert!(matches!(read(&json!([odd, ours])), Err(Trouble::Unsure { .. })), "{odd}");
        }
    }

    /// `[id, link, reference]` of each, as payments of `l1`.
    fn listed(list: &Value, trusted: bool) -> Result<Vec<Payment>, Trouble> {
        let read = |found: &BTreeMap<String, Option<String>>| {
            let word = |name: &str| found.get(name).cloned().flatten();
            Ok(Payment {
                key: PaymentKey {
                    provider: "p".to_owned(),
                    account: String::new(),
                    mode: Mode::Test,
                    id: word("id").expect("an id"),
                },
                status: PaymentStatus::Succeeded,
                amount: money(1250, "EUR"),
                refunded: 0,
                reference: word("reference"),
                link: word("link"),
                at_unix_ms: 0,
                declined: false,
            })
        };
        payments(&raw(list), "l1", trusted, others, read)
    }

    #[test]
    fn a_payment_is_the_links_by_its_name_or_tells_by_its_reference_whose_it_is() {
        let of = |said: Result<Vec<Payment>, Trouble>| {
            said.map(|all| all.into_iter().map(|one| (one.key.id, one.link)).collect::<Vec<_>>())
        };
        let named = json!({"id": "a", "link": "l1"});
        let sales = json!({"id": "b", "reference": REFERENCE});
        let other = json!({"id": "c", "link": "l2", "reference": REFERENCE});
        let link = |id: &str| (id.to_owned(), Some("l1".to_owned()));
        let list = json!([named, sales, other]);
        assert_eq!(of(listed(&list, false)), Ok(vec![link("a"), ("b".to_owned(), None)]));
        for nameless in [json!({"id": "d"}), json!({"id": "d", "reference": "INV-7"})] {
            let Err(Trouble::Unsure { message }) = listed(&json!([named, nameless]), false) else {
                panic!("{nameless} is nobody's")
            };
            assert!(message.starts_with("d ") && message.contains("`trust_link_filter`"), "{message}");
            assert_eq!(of(listed(&json!([named, nameless]), true)), Ok(vec![link("a"), link("d")]));
            for shows in [&other, &json!({"id": "e", "reference": "INV-8"})] {
                let said = listed(&json!([sales, shows, nameless]), true);
                assert!(
                    matches!(said, Err(Trouble::Unsure { .. })),
                    "the list holds others: {shows} {said:?}"
                );
            }
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        let list: Vec<Raw> =
            serde_json::from_str(r#"[{"id":"a","amount":0.10000000000000000001}]"#).expect("JSON");
        let read = |found: &BTreeMap<String, Raw>| Ok(Some(found["amount"].get().to_owned()));
        assert_eq!(items(&list, |_| false, read), Ok(vec!["0.10000000000000000001".to_owned()]));
        assert_eq!(id(&list[0]).as_deref(), Some("a"));
    }
}
