//! `/v1/payment_links`.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::AfterPayment;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Line;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::stripe;
use crate::sandbox::bank::stripe::amounts;
use crate::sandbox::bank::stripe::expand::Expand;
use crate::sandbox::bank::stripe::extras;
use crate::sandbox::bank::stripe::fail::Fail;
use crate::sandbox::bank::stripe::list::Paging;
use crate::sandbox::bank::stripe::objects;
use crate::sandbox::bank::stripe::prices;
use crate::sandbox::bank::stripe::read;

const EXPANDABLE: [&str; 1] = ["line_items"];

pub fn create(desk: &mut Desk<'_>, mut form: Form) -> Result<Value, Fail> {
    extras::offered(&form)?;
    let lines = lines(desk, &mut form)?;
    let currency = lines.first().ok_or_else(|| Fail::missing("line_items"))?.price.currency;
    if form.take("currency").is_some_and(|code| code != currency.code_lower()) {
        return Err(Fail::invalid("The currency must be that of the line items.").param("currency"));
    }
    let expand = Expand::take(&mut form, &EXPANDABLE)?;
    let chargeable = amounts::chargeable(currency);
    let mut link = desk.blank_link(Face::Stripe, stripe::id("plink_"), currency, chargeable, lines);
    settings(&mut form, &mut link)?;
    read::done(&mut form)?;
    within_bounds(&link)?;
    for line in link.lines.iter().filter(|line| !line.price.active) {
        desk.world.keep(line.price.clone());
    }
    desk.world.keep_link(link.clone());
    let told = Subject::Link(link.clone());
    desk.world.tell(Face::Stripe, EventKind::LinkCreated, told, desk.now_ms);
    Ok(shown(desk, &link, &expand))
}

pub fn update(desk: &mut Desk<'_>, id: &str, mut form: Form) -> Result<Value, Fail> {
    extras::offered(&form)?;
    let mut link = found(desk, id)?.clone();
    let expand = Expand::take(&mut form, &EXPANDABLE)?;
    let active = read::boolean(&mut form, "active")?;
    settings(&mut form, &mut link)?;
    read::done(&mut form)?;
    if active == Some(true) && link.used_up() {
        let message = "The payment link has reached its limit of completed sessions; raise the limit first.";
        return Err(Fail::invalid(message).param("active").executed());
    }
    link.active = active.unwrap_or(link.active) && !link.used_up();
    desk.world.keep_link(link.clone());
    let told = Subject::Link(link.clone());
    desk.world.tell(Face::Stripe, EventKind::LinkUpdated, told, desk.now_ms);
    Ok(shown(desk, &link, &expand))
}

pub fn get(desk: &mut Desk<'_>, id: &str, mut form: Form) -> Result<Value, Fail> {
    let expand = Expand::take(&mut form, &EXPANDABLE)?;
    read::done(&mut form)?;
    let link = found(desk, id)?;
    Ok(shown(desk, link, &expand))
}

pub fn list(desk: &mut Desk<'_>, mut form: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut form)?;
    let active = read::boolean(&mut form, "active")?;
    let expand = Expand::take_for_list(&mut form, &EXPANDABLE)?;
    read::done(&mut form)?;
    let ours = desk.world.links.iter().rev().filter(|link| link.face == Face::Stripe);
    let all = ours.filter(|link| active.is_none_or(|active| link.active == active));
    paging.cut("/v1/payment_links", all, |link| &link.id, |link| shown(desk, link, &expand))
}

pub fn line_items(desk: &mut Desk<'_>, id: &str, mut form: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut form)?;
    Expand::take_for_list(&mut form, &[])?;
    read::done(&mut form)?;
    let url = format!("/v1/payment_links/{id}/line_items");
    let lines = found(desk, id)?.lines.iter();
    paging.cut(&url, lines, |line| &line.id, |line| objects::line_item(line, None))
}

fn found<'a>(desk: &'a Desk<'_>, id: &str) -> Result<&'a Link, Fail> {
    let link = desk.world.links.get(id).filter(|link| link.face == Face::Stripe);
    link.ok_or_else(|| Fail::no_such("payment_link", id, "payment_link"))
}

fn shown(desk: &Desk<'_>, link: &Link, expand: &Expand) -> Value {
    let mut object = objects::link(link, desk.public_url);
    if expand.wants("line_items") {
        let data: Vec<Value> = link.lines.iter().map(|line| objects::line_item(line, None)).collect();
        let url = format!("/v1/payment_links/{}/line_items", link.id);
        object["line_items"] = json!({ "object": "list", "data": data, "has_more": false, "url": url });
    }
    object
}

fn lines(desk: &mut Desk<'_>, form: &mut Form) -> Result<Vec<Line>, Fail> {
    let mut lines: Vec<Line> = Vec::new();
    while form.has(&format!("line_items[{}]", lines.len())) {
        let at = format!("line_items[{}]", lines.len());
        lines.push(line(desk, form, &at)?);
    }
    let open = lines.iter().any(|line| matches!(line.price.pricing, Pricing::Open { .. }));
    let quantity = lines.iter().any(|line| line.quantity != 1);
    if lines.len() > 20 || (open && (lines.len() > 1 || quantity)) {
        let message = "At most 20 line items, and only one of quantity 1 if the customer chooses its price.";
        return Err(Fail::invalid(message).param("line_items"));
    }
    if lines.windows(2).any(|pair| pair[0].price.currency != pair[1].price.currency) {
        return Err(Fail::invalid("All line items must be of the same currency.").param("line_items"));
    }
    Ok(lines)
}

fn line(desk: &mut Desk<'_>, form: &mut Form, at: &str) -> Result<Line, Fail> {
    extras::offered_of_item(form, at)?;
    let (by_id, data) = (format!("{at}[price]"), format!("{at}[price_data]"));
    let price = match (form.take(&by_id), form.has(&data)) {
        (Some(id), false) => {
            let known = desk.world.prices.get(&id).filter(|price| price.active).cloned();
            known.ok_or_else(|| Fail { status: 400, ..Fail::no_such("price", &id, &by_id) })?
        }
        (None, true) => prices::inline(desk, form, &data)?,
        (Some(_), true) => return Err(Fail::invalid("Pass only one of price and price_data.").param(by_id)),
        (None, false) => return Err(Fail::missing(&by_id)),
    };
    let name = format!("{at}[quantity]");
    let quantity = read::integer::<i64>(form, &name)?.ok_or_else(|| Fail::missing(&name))?;
    if !(1..=999_999).contains(&quantity) {
        let message = "Invalid integer: a quantity is 1 to 999999";
        return Err(Fail::invalid(message).code("parameter_invalid_integer").param(name));
    }
    Ok(Line { id: desk.world.mint(stripe::id("li_")), price, quantity, vat_bp: 0 })
}

/// What both creating and updating may set.
fn settings(form: &mut Form, link: &mut Link) -> Result<(), Fail> {
    read::change_metadata(form, "metadata", &mut link.metadata)?;
    read::change_metadata(form, "payment_intent_data[metadata]", &mut link.payment_metadata)?;
    if let Some(text) = read::text_up_to(form, "payment_intent_data[description]", 1000)? {
        link.payment_description = Some(text).filter(|text| !text.is_empty());
    }
    if let Some(text) = read::text_up_to(form, "inactive_message", 500)? {
        link.inactive_message = Some(text).filter(|text| !text.is_empty());
    }
    if form.has("payment_method_types") {
        let cleared = form.take("payment_method_types").is_some();
        let methods = form.take_list("payment_method_types");
        link.methods = Some(methods).filter(|methods| !cleared && !methods.is_empty());
    }
    limit(form, link)?;
    after_completion(form, link)?;
    extras::take(form, link)
}

fn limit(form: &mut Form, link: &mut Link) -> Result<(), Fail> {
    if form.take("restrictions").is_some_and(|text| text.is_empty()) {
        link.limit = None;
    }
    let name = "restrictions[completed_sessions][limit]";
    match read::integer::<u32>(form, name)? {
        None => Ok(()),
        Some(0) => {
            let message = "Invalid integer: must be at least 1";
            Err(Fail::invalid(message).code("parameter_invalid_integer").param(name))
        }
        Some(limit) => {
            link.limit = Some(limit);
            Ok(())
        }
    }
}

fn after_completion(form: &mut Form, link: &mut Link) -> Result<(), Fail> {
    if !form.has("after_completion") {
        return Ok(());
    }
    let name = "after_completion[type]";
    let kind = read::one_of(form, name, &["hosted_confirmation", "redirect"])?;
    link.after = match kind.as_deref() {
        None => return Err(Fail::missing(name)),
        Some("redirect") => {
            AfterPayment::Redirect { url: read::required(form, "after_completion[redirect][url]")? }
        }
        Some(_) => {
            let message = "after_completion[hosted_confirmation][custom_message]";
            AfterPayment::Thanks { message: read::text_up_to(form, message, 500)? }
        }
    };
    Ok(())
}

fn within_bounds(link: &Link) -> Result<(), Fail> {
    match link.pricing() {
        Pricing::Fixed(sum) if sum < link.chargeable.least => {
            let least = amounts::to_wire(link.chargeable.least, link.currency);
            let message = format!("The total amount must be at least {least} {}", link.currency.code_lower());
            Err(Fail::invalid(message).code("amount_too_small").param("line_items"))
        }
        Pricing::Fixed(sum) => {
            let wire = amounts::to_wire(sum, link.currency);
            amounts::from_wire(wire, link.currency, "line_items").map(|_| ())
        }
        Pricing::Open { .. } => Ok(()),
    }
}
