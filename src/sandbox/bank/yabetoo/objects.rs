//! Links and intents as Yabetoo writes them.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use serde_json::value::RawValue;

use crate::sandbox::bank::iso;
use crate::sandbox::bank::model::Line;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::PaymentStatus;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::yabetoo::amounts::to_wire;
use crate::sandbox::bank::yabetoo::terms;

/// Fixed amount, least and most of a plain link, in minor units; nothing where the catalogue has the price.
pub fn amounts(link: &Link) -> (Option<i64>, Option<i64>, Option<i64>) {
    match link.lines.as_slice() {
        [line] if extra(link, "type") == json!("amount") => match line.price.pricing {
            Pricing::Fixed(minor) => (Some(minor), None, None),
            Pricing::Open { minimum, maximum, preset: _ } => (None, minimum, maximum),
        },
        _ => (None, None, None),
    }
}

/// It has no status word: whether it can be paid follows from `isActive`, `expiresAt` and the counters.
pub fn link(link: &Link, public_url: &str) -> String {
    let (fixed, least, most) = amounts(link);
    let number = |minor: Option<i64>| minor.map(|minor| to_wire(minor, link.currency));
    let catalogue = extra(link, "type") != json!("amount");
    let items: Vec<Value> = link.lines.iter().filter(|_| catalogue).enumerate().map(item).collect();
    let suggested: Vec<Box<RawValue>> = extra(link, "suggested")
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|minor| Some(to_wire(minor.as_i64()?, link.currency)))
        .collect();
    let mut rest = json!({
        "id": link.id, "object": "payment_link", "type": extra(link, "type"), "name": extra(link, "name"),
        "description": extra(link, "description"), "slug": extra(link, "slug"), "url": link.url(public_url),
        "currency": link.currency.code(), "isActive": terms::is_on(link),
        "expiresAt": link.expires_ms.map(iso::from_ms), "maxRedemptions": link.limit,
        "redemptionCount": link.completed, "submitMessage": extra(link, "submitMessage"),
        "successUrl": extra(link, "successUrl"), "cancelUrl": extra(link, "cancelUrl"),
        "brandingId": extra(link, "brandingId"), "items": items, "metadata": link.metadata,
        "createdAt": iso::from_ms(link.created_ms), "updatedAt": iso::from_ms(link.created_ms),
    });
    for flag in ["collectBillingAddress", "collectShippingAddress", "allowPromotionCodes"] {
        rest[flag] = json!(extra(link, flag) == json!(true));
    }
    let button = extra(link, "submitType");
    rest["submitType"] = if button.is_null() { json!("auto") } else { button };
    written(
        rest,
        &[("amount", number(fixed)), ("minAmount", number(least)), ("maxAmount", number(most))],
        &[("suggestedAmounts", suggested)],
    )
}

fn item((order, line): (usize, &Line)) -> Value {
    json!({
        "id": line.id, "productId": line.price.product, "priceId": line.price.id, "name": line.price.name,
        "description": line.price.description, "quantity": line.quantity, "adjustableQuantity": false,
        "isOptional": false, "sortOrder": order,
    })
}

/// The intent of a payment. It names its link, by the word that the list of intents is asked with, and not what
/// the merchant attached to that: nobody may rely on what Yabetoo does not promise.
pub fn intent(payment: &Payment) -> String {
    let at_ms = payment.last_attempt().map_or(payment.created_ms, |attempt| attempt.at_ms);
    let rest = json!({
        "id": payment.id, "label": "payment_intent", "currency": payment.amount.currency.code_lower(),
        "status": status(payment), "description": payment.description, "metadata": null,
        "paymentLink": payment.link,
        "accountId": "acct_sandbox", "liveMode": false,
        "clientSecret": format!("{}_secret_sandbox", payment.id),
        "createdAt": iso::from_ms(payment.created_ms), "updatedAt": iso::from_ms(at_ms),
    });
    let amount = to_wire(payment.amount.minor, payment.amount.currency);
    written(rest, &[("amount", Some(amount))], &[])
}

pub fn status(payment: &Payment) -> &'static str {
    match payment.status {
        PaymentStatus::Waiting if payment.declined() => "failed",
        PaymentStatus::Waiting => "requires_payment_method",
        PaymentStatus::Processing | PaymentStatus::Authorized => "processing",
        PaymentStatus::Succeeded => "succeeded",
        PaymentStatus::Failed => "failed",
        PaymentStatus::Canceled => "canceled",
        PaymentStatus::Expired => "expired",
    }
}

fn extra(link: &Link, name: &str) -> Value {
    link.extras.get(name).cloned().unwrap_or(Value::Null)
}

/// The object as text, with numbers of money as they were made: a `Value` would make floats of them.
pub fn written(
    rest: Value,
    numbers: &[(&str, Option<Box<RawValue>>)],
    lists: &[(&str, Vec<Box<RawValue>>)],
) -> String {
    let rest: Map<String, Value> = if let Value::Object(fields) = rest { fields } else { Map::new() };
    let null = || "null".to_owned();
    let plain = rest.iter().map(|(name, value)| (name.as_str(), value.to_string()));
    let numbers = numbers
        .iter()
        .map(|(name, number)| (*name, number.as_ref().map_or_else(null, |number| number.get().to_owned())));
    let lists = lists.iter().map(|(name, numbers)| {
        let texts: Vec<&str> = numbers.iter().map(|number| number.get()).collect();
        (*name, if texts.is_empty() { null() } else { format!("[{}]", texts.join(",")) })
    });
    let fields: Vec<String> =
        plain.chain(numbers).chain(lists).map(|(name, text)| format!("\"{name}\":{text}")).collect();
    format!("{{{}}}", fields.join(","))
}
