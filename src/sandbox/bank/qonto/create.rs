//! `POST /v2/payment_links`: a basket of items, or one of Qonto's invoices.

use serde_json::Value;
use serde_json::json;

use crate::core::money::Currency;
use crate::core::money::Money;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::json::Fields;
use crate::sandbox::bank::model::AfterPayment;
use crate::sandbox::bank::model::Chargeable;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Line;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::qonto::Said;
use crate::sandbox::bank::qonto::connection;
use crate::sandbox::bank::qonto::fail::Fail;
use crate::sandbox::bank::qonto::objects;

/// Links end by themselves after a year; nobody can say when.
const LIFE_MS: i64 = 365 * 86_400_000;
const CHARGEABLE: Chargeable = Chargeable { least: 1, most: 99_999_999, step: 1 };

pub fn create(desk: &mut Desk<'_>, mut body: Fields) -> Result<Said, Fail> {
    if !connection::is_enabled(desk) {
        return Err(Fail::invalid("the connection to the payment links provider is not enabled"));
    }
    let mut order = body.object("payment_link")?.ok_or_else(|| body.missing("payment_link"))?;
    body.done()?;
    let methods = methods(&mut order)?;
    let redirect = order.text("redirect_url")?;
    let mut link = if order.has("items") { basket(desk, &mut order)? } else { invoice(desk, &mut order)? };
    order.done()?;
    link.methods = Some(methods);
    link.code.clone_from(&link.id);
    link.expires_ms = Some(desk.now_ms + LIFE_MS);
    if let Some(url) = redirect {
        link.after = AfterPayment::Redirect { url };
    }
    let resource = desk.world.mint(Manner::Uuid);
    link.extras.insert("resource_id".to_owned(), json!(resource));
    desk.world.keep_link(link.clone());
    let told = Subject::Link(link.clone());
    desk.world.tell(Face::Qonto, EventKind::LinkCreated, told, desk.now_ms);
    Ok((201, json!({ "payment_link": objects::link(desk.world, &link, desk.public_url, desk.now_ms) })))
}

fn methods(order: &mut Fields) -> Result<Vec<String>, Fail> {
    let name = "potential_payment_methods";
    let value = order.value(name).ok_or_else(|| order.missing(name))?;
    let asked: Vec<String> = serde_json::from_value(value).map_err(|_| order.not(name, "a list of texts"))?;
    let enabled = |asked: &String| connection::METHODS.iter().any(|(name, on)| *on && name == asked);
    if asked.is_empty() || !asked.iter().all(enabled) {
        return Err(order.not(name, "a list of methods that are enabled").into());
    }
    Ok(asked)
}

fn basket(desk: &mut Desk<'_>, order: &mut Fields) -> Result<Link, Fail> {
    let reusable = order.boolean("reusable")?.ok_or_else(|| order.missing("reusable"))?;
    let items = order.objects("items")?.filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| order.missing("items"))?;
    let (mut lines, mut echo): (Vec<Line>, Vec<Value>) = Default::default();
    for mut item in items {
        let (line, shown) = self::item(desk, &mut item)?;
        if lines.first().is_some_and(|first| first.price.currency != line.price.currency) {
            return Err(item.not("unit_price", "in the currency of the other items").into());
        }
        lines.push(line);
        echo.push(shown);
    }
    let currency = lines.first().ok_or_else(|| order.missing("items"))?.price.currency;
    let mut link = desk.blank_link(Face::Qonto, Manner::Uuid, currency, CHARGEABLE, lines);
    link.limit = (!reusable).then_some(1);
    link.extras.insert("items".to_owned(), json!(echo));
    Ok(link)
}

/// The line, and the item as it is repeated to whoever asks.
fn item(desk: &mut Desk<'_>, item: &mut Fields) -> Result<(Line, Value), Fail> {
    let title = item.text("title")?.filter(|text| !text.trim().is_empty());
    let title = title.ok_or_else(|| item.missing("title"))?;
    let quantity = item.integer("quantity")?.ok_or_else(|| item.missing("quantity"))?;
    if !(1..=1_000_000).contains(&quantity) {
        return Err(item.not("quantity", "a whole number above zero").into());
    }
    let price = money(item, "unit_price")?;
    let rate = item.text("vat_rate")?.ok_or_else(|| item.missing("vat_rate"))?;
    let vat_bp = percent(&rate).ok_or_else(|| item.not("vat_rate", "a rate in percent"))?;
    let kind = item.text("type")?;
    if kind.as_deref().is_some_and(|kind| !["good", "service"].contains(&kind)) {
        return Err(item.not("type", "good or service").into());
    }
    let (description, unit) = (item.text("description")?, item.text("measure_unit")?);
    item.done()?;
    let shown = json!({
        "type": kind, "title": title, "description": description, "quantity": quantity,
        "measure_unit": unit, "unit_price": objects::amount(price), "vat_rate": rate,
    });
    let mut line = desk.line(Manner::Uuid, title, price.currency, Pricing::Fixed(price.minor));
    line.price.description = description;
    Ok((Line { quantity, vat_bp, ..line }, shown))
}

fn invoice(desk: &mut Desk<'_>, order: &mut Fields) -> Result<Link, Fail> {
    let mut extras = Vec::new();
    for name in ["invoice_id", "invoice_number", "debitor_name"] {
        let text = order.text(name)?.filter(|text| !text.is_empty());
        extras.push((name.to_owned(), json!(text.ok_or_else(|| order.missing(name))?)));
    }
    let amount = money(order, "amount")?;
    let title = format!("Invoice {}", extras[1].1.as_str().unwrap_or_default());
    let line = desk.line(Manner::Uuid, title, amount.currency, Pricing::Fixed(amount.minor));
    let mut link = desk.blank_link(Face::Qonto, Manner::Uuid, amount.currency, CHARGEABLE, vec![line]);
    link.limit = Some(1);
    link.extras.extend(extras);
    Ok(link)
}

/// `{"value": "12.50", "currency": "EUR"}`, above zero.
fn money(fields: &mut Fields, name: &str) -> Result<Money, Fail> {
    let mut amount = fields.object(name)?.ok_or_else(|| fields.missing(name))?;
    let value = amount.text("value")?.ok_or_else(|| amount.missing("value"))?;
    let code = amount.text("currency")?.ok_or_else(|| amount.missing("currency"))?;
    amount.done()?;
    let currency = Currency::from_code(&code).filter(|currency| currency.code() == code);
    let currency = currency.ok_or_else(|| amount.not("currency", "a code such as EUR"))?;
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let money = Money::parse(&value, currency).ok().filter(|money| plain && money.minor > 0);
    money.ok_or_else(|| amount.not("value", "an amount such as 12.50").into())
}

/// Hundredths of a percent of `21.0`.
fn percent(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 2 || whole.len() > 3 {
        return None;
    }
    let bp = format!("{whole}{fraction:0<2}").parse().ok()?;
    (0..=10_000).contains(&bp).then_some(bp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_percent_and_exact() {
        for (text, bp) in [("21.0", Some(2100)), ("0", Some(0)), ("5.5", Some(550)), ("0.21", Some(21))] {
            assert_eq!(percent(text), bp, "{text}");
        }
        for text in ["", ".", "5.", ".5", "5.555", "-1", "101", "21%", "1000"] {
            assert_eq!(percent(text), None, "{text}");
        }
    }
}
