//! A link that stands, changed: what Stripe lets be changed, and whether it shows.

use super::fields::Fields;
use super::parameters;
use super::request::post;
use super::request::safe;
use super::request::unsupported;
use super::wire::PaymentLink;
use crate::port::provider::After;
use crate::port::provider::Change;
use crate::port::provider::Request;
use crate::port::provider::Unsupported;

/// What a customer reads and pays belongs to the link's price, which stays. An empty value takes an entry of
/// the metadata away.
pub fn update(link: &str, change: &Change) -> Result<Request, Unsupported> {
    if change.title.is_some() || change.description.is_some() || change.amount.is_some() {
        return Err(unsupported(
            "a link keeps its items and their price; make a new one and switch this one off",
        ));
    }
    if change.ends_unix_ms.is_some() {
        return Err(unsupported("its links have no end; switch this one off when its time is over"));
    }
    let mut fields = Fields::default();
    fields.limit(change.max_payments)?;
    fields.metadata(&change.metadata)?;
    fields.after(change.after.as_ref());
    for (option, value) in &change.options {
        let name = parameters::whole_name(option);
        if !parameters::is_changeable(&name) {
            return Err(unsupported(
                "it has no such option, or a link keeps it as it was made; see `qrtill link capabilities`",
            ));
        }
        fields.option(&name, value)?;
    }
    fields.put("expand[]", "line_items");
    Ok(post(&format!("/v1/payment_links/{}", safe(link)?), Some(fields.form()), None))
}

/// Whether the link shows what it was changed to. Options are Stripe's to refuse.
pub fn shows(change: &Change, link: &PaymentLink) -> bool {
    let limit = link.restrictions.as_ref().map(|restrictions| restrictions.completed_sessions.limit);
    let kept = |key: &str| link.metadata.as_ref().and_then(|entries| entries.get(key)).map(String::as_str);
    change.max_payments.is_none_or(|wanted| limit == Some(wanted))
        && change.metadata.iter().all(|(key, value)| kept(key).unwrap_or("") == value)
        && change.after.as_ref().is_none_or(|after| follows(after, link))
}

fn follows(after: &After, link: &PaymentLink) -> bool {
    let Some(found) = &link.after_completion else { return false };
    match after {
        After::Thanks(text) => {
            let said = found.hosted_confirmation.as_ref().and_then(|page| page.custom_message.as_ref());
            found.kind == "hosted_confirmation" && said == Some(text)
        }
        After::Redirect(url) => {
            found.kind == "redirect" && found.redirect.as_ref().map(|redirect| &redirect.url) == Some(url)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::subject::sent;
    use super::*;
    use crate::core::payment::AmountKind;
    use crate::port::provider::Method;
    use crate::provider::stripe::subject::money;

    fn all() -> Change {
        let entries = [("shift", "late"), ("table", "")];
        Change {
            max_payments: Some(40),
            metadata: entries.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            after: Some(After::Thanks("Bye".to_owned())),
            options: [("submit_type".to_owned(), "donate".to_owned())].into(),
            ..Change::default()
        }
    }

    #[test]
    fn a_change_sends_what_changes_and_no_more() {
        let request = update("plink_1", &all()).expect("a request");
        assert_eq!((request.method, request.path.as_str()), (Method::Post, "/v1/payment_links/plink_1"));
        assert_eq!(
            sent(&request),
            "restrictions[completed_sessions][limit]=40&metadata[shift]=late&metadata[table]=&\
             after_completion[type]=hosted_confirmation&\
             after_completion[hosted_confirmation][custom_message]=Bye&submit_type=donate&expand[]=line_items"
        );
        assert_eq!(sent(&update("plink_1", &Change::default()).expect("a request")), "expand[]=line_items");
    }

    #[test]
    fn what_stays_is_refused_with_advice() {
        let option = |name: &str| [(name.to_owned(), "1".to_owned())].into();
        for change in [
            Change { title: Some("Tea".into()), ..Change::default() },
            Change { description: Some("Green".into()), ..Change::default() },
            Change { amount: Some(AmountKind::Fixed(money(100, "EUR"))), ..Change::default() },
            Change { ends_unix_ms: Some(1), ..Change::default() },
            Change { max_payments: Some(0), ..Change::default() },
            Change { metadata: option("reference"), ..Change::default() },
            Change { options: option("price"), ..Change::default() },
            Change { options: option("payment_intent_data[capture_method]"), ..Change::default() },
            Change { options: option("colour"), ..Change::default() },
        ] {
            let said = update("plink_1", &change);
            assert!(said.is_err_and(|no| !no.advice.is_empty()), "{change:?}");
        }
        assert!(update("../refunds", &Change::default()).is_err());
    }

    #[test]
    fn a_change_is_believed_only_when_it_shows() {
        let link = |limit: u32, metadata: serde_json::Value, after: serde_json::Value| -> PaymentLink {
            let value = json!({
                "id": "plink_1", "object": "payment_link", "active": true, "livemode": false,
                "url": "https://buy.stripe.com/test_1", "metadata": metadata, "after_completion": after,
                "restrictions": {"completed_sessions": {"count": 0, "limit": limit}},
            });
            serde_json::from_value(value).expect("a link")
        };
        let thanks = json!({"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "Bye"}});
        let elsewhere = json!({"type": "redirect", "redirect": {"url": "Bye"}});
        let late = || json!({"shift": "late"});
        assert!(shows(&all(), &link(40, late(), thanks.clone())));
        assert!(!shows(&all(), &link(41, late(), thanks.clone())));
        assert!(!shows(&all(), &link(40, json!({"shift": "early"}), thanks.clone())));
        assert!(!shows(&all(), &link(40, json!({"shift": "late", "table": "5"}), thanks.clone())));
        assert!(!shows(&all(), &link(40, late(), elsewhere.clone())));
        assert!(!shows(&all(), &link(40, late(), json!(null))));
        let away = Change { after: Some(After::Redirect("Bye".to_owned())), ..Change::default() };
        assert!(shows(&away, &link(1, json!({}), elsewhere)) && !shows(&away, &link(1, json!({}), thanks)));
    }
}
