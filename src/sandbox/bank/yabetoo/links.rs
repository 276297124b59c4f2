//! `/v1/payment-links`.

use crate::core::money::Currency;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::json::Fields;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Line;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::yabetoo;
use crate::sandbox::bank::yabetoo::amounts;
use crate::sandbox::bank::yabetoo::amounts::Amounts;
use crate::sandbox::bank::yabetoo::catalogue;
use crate::sandbox::bank::yabetoo::fail::Fail;
use crate::sandbox::bank::yabetoo::list;
use crate::sandbox::bank::yabetoo::objects;
use crate::sandbox::bank::yabetoo::terms;

pub fn create(desk: &mut Desk<'_>, text: &[u8]) -> Result<String, Fail> {
    let (mut body, given) = (Fields::parse(text)?, Amounts::parse(text)?);
    let kind = body.text("type")?.ok_or_else(|| body.missing("type"))?;
    let code = body.text("currency")?.ok_or_else(|| body.missing("currency"))?;
    let currency = Currency::from_code(&code);
    let currency = currency.ok_or_else(|| Fail::wrong("currency", "enum", "is no currency"))?;
    if !body.has("name") {
        return Err(body.missing("name").into());
    }
    let lines = lines(desk, &kind, currency, &mut body, &given)?;
    let mut link =
        desk.blank_link(Face::Yabetoo, yabetoo::id("plink_"), currency, amounts::CHARGEABLE, lines);
    if kind == "subscription" {
        link.methods = Some(vec![yabetoo::RECURRING.to_owned()]);
    }
    link.extras.insert("type".to_owned(), kind.into());
    suggest(&mut body, &given, &mut link)?;
    terms::apply(desk, &mut body, &mut link)?;
    body.done()?;
    keep(desk, &link);
    let told = Subject::Link(link.clone());
    desk.world.tell(Face::Yabetoo, EventKind::LinkCreated, told, desk.now_ms);
    Ok(objects::link(&link, desk.public_url))
}

pub fn update(desk: &mut Desk<'_>, id: &str, text: &[u8]) -> Result<String, Fail> {
    let (mut body, given) = (Fields::parse(text)?, Amounts::parse(text)?);
    let mut link = found(desk, id)?.clone();
    if body.text("currency")?.is_some_and(|code| Currency::from_code(&code) != Some(link.currency)) {
        return Err(Fail::wrong("currency", "immutable", "cannot be changed"));
    }
    reprice(&mut body, &given, &mut link)?;
    suggest(&mut body, &given, &mut link)?;
    terms::apply(desk, &mut body, &mut link)?;
    if let Some(on) = body.boolean("isActive")? {
        terms::switch(&mut link, on);
    }
    body.done()?;
    link.active = terms::is_on(&link) && !link.used_up();
    keep(desk, &link);
    Ok(objects::link(&link, desk.public_url))
}

pub fn get(desk: &Desk<'_>, id: &str, query: &Form) -> Result<String, Fail> {
    yabetoo::done(query)?;
    Ok(objects::link(found(desk, id)?, desk.public_url))
}

/// In an envelope with the number of pages, as its lists of webhooks are.
pub fn list(desk: &Desk<'_>, mut query: Form) -> Result<String, Fail> {
    let paging = list::Paging::take(&mut query)?;
    let active = query.take("isActive").map(|text| text.parse::<bool>());
    let active =
        active.transpose().map_err(|_| Fail::wrong("isActive", "boolean", "must be true or false"))?;
    let kind = query.take("type");
    yabetoo::done(&query)?;
    let ours = desk.world.links.iter().rev().filter(|link| link.face == Face::Yabetoo);
    let ours = ours.filter(|link| active.is_none_or(|on| terms::is_on(link) == on));
    let ours = ours.filter(|link| {
        kind.as_ref().is_none_or(|kind| link.extras.get("type").is_some_and(|own| own == kind.as_str()))
    });
    Ok(paging.enveloped(ours, |link| objects::link(link, desk.public_url)))
}

fn found<'a>(desk: &'a Desk<'_>, id: &str) -> Result<&'a Link, Fail> {
    let link = desk.world.links.get(id).filter(|link| link.face == Face::Yabetoo);
    link.ok_or_else(|| Fail::missing("Row not found"))
}

fn keep(desk: &mut Desk<'_>, link: &Link) {
    desk.world.keep_link(link.clone());
}

fn lines(
    desk: &mut Desk<'_>,
    kind: &str,
    currency: Currency,
    body: &mut Fields,
    given: &Amounts<'_>,
) -> Result<Vec<Line>, Fail> {
    let items = body.objects("items")?.unwrap_or_default();
    match kind {
        "amount" if items.is_empty() => {
            let pricing = priced(body, given, currency)?;
            Ok(vec![desk.line(yabetoo::id("plitem_"), String::new(), currency, pricing)])
        }
        "product" | "subscription" if !items.is_empty() => items
            .into_iter()
            .map(|item| catalogue::line(desk, item, currency, kind == "subscription"))
            .collect(),
        "amount" | "product" | "subscription" => {
            Err(Fail::wrong("items", "required", "is for product and subscription links, which need it"))
        }
        _ => Err(Fail::wrong("type", "enum", "must be product, amount or subscription")),
    }
}

fn priced(body: &mut Fields, given: &Amounts<'_>, currency: Currency) -> Result<Pricing, Fail> {
    let [fixed, minimum, maximum] =
        [("amount", given.amount), ("minAmount", given.min_amount), ("maxAmount", given.max_amount)].map(
            |(name, number)| {
                let number = body.value(name).and(number);
                number.map(|number| amounts::from_wire(number, currency, name)).transpose()
            },
        );
    amounts::pricing(fixed?, [minimum?, maximum?])
}

/// The amounts as they are after this call: what is not sent stays, `null` is none.
fn reprice(body: &mut Fields, given: &Amounts<'_>, link: &mut Link) -> Result<(), Fail> {
    if !["amount", "minAmount", "maxAmount"].iter().any(|name| body.has(name)) {
        return Ok(());
    }
    let (fixed, least, most) = objects::amounts(link);
    let mut now = |name: &str, number, known| match (body.has(name), body.value(name).and(number)) {
        (true, Some(number)) => amounts::from_wire(number, link.currency, name).map(Some),
        (true, None) => Ok(None),
        (false, _) => Ok(known),
    };
    let fixed = now("amount", given.amount, fixed)?;
    let bounds = [now("minAmount", given.min_amount, least)?, now("maxAmount", given.max_amount, most)?];
    let pricing = amounts::pricing(fixed, bounds)?;
    match link.lines.as_mut_slice() {
        [line] if link.extras.get("type").is_some_and(|kind| kind == "amount") => {
            line.price.pricing = pricing
        }
        _ => return Err(Fail::wrong("amount", "type", "is for amount links")),
    }
    Ok(())
}

/// Kept and repeated; the hosted page does not show them.
fn suggest(body: &mut Fields, given: &Amounts<'_>, link: &mut Link) -> Result<(), Fail> {
    if !body.has("suggestedAmounts") {
        return Ok(());
    }
    let sent = body.value("suggestedAmounts").and(given.suggested_amounts.as_ref());
    let read =
        |number: &&serde_json::value::RawValue| amounts::from_wire(number, link.currency, "suggestedAmounts");
    let minors: Result<Vec<i64>, Fail> = sent.into_iter().flatten().map(read).collect();
    link.extras.insert("suggested".to_owned(), minors?.into());
    Ok(())
}
