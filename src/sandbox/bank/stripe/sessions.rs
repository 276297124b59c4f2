//! `/v1/checkout/sessions`: what customers opened, paid or left.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::Checkout;
use crate::sandbox::bank::model::CheckoutStatus;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Line;
use crate::sandbox::bank::stripe::expand::Expand;
use crate::sandbox::bank::stripe::fail::Fail;
use crate::sandbox::bank::stripe::intents;
use crate::sandbox::bank::stripe::list::Paging;
use crate::sandbox::bank::stripe::objects;
use crate::sandbox::bank::stripe::read;

const EXPANDABLE: [&str; 4] =
    ["payment_intent", "payment_intent.latest_charge", "payment_link", "line_items"];

pub fn list(desk: &mut Desk<'_>, mut form: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut form)?;
    let link = form.take("payment_link");
    let intent = form.take("payment_intent");
    let status = read::one_of(&mut form, "status", &["open", "complete", "expired"])?;
    let status = status.map(|word| match word.as_str() {
        "open" => CheckoutStatus::Open,
        "complete" => CheckoutStatus::Complete,
        _ => CheckoutStatus::Expired,
    });
    let created = read::created(&mut form)?;
    let expand = Expand::take_for_list(&mut form, &EXPANDABLE)?;
    read::done(&mut form)?;
    let fits = |one: &&Checkout| {
        one.face == Face::Stripe
            && status.is_none_or(|status| one.status == status)
            && intent.as_ref().is_none_or(|intent| one.payment.as_ref() == Some(intent))
            && created.contains(&(one.created_ms / 1000))
    };
    let (url, show) = ("/v1/checkout/sessions", |one: &&Checkout| shown(desk, one, &expand));
    match link {
        Some(link) => {
            desk.world.links.get(&link).ok_or_else(|| Fail {
                status: 400,
                ..Fail::no_such("payment_link", &link, "payment_link")
            })?;
            paging.cut(url, desk.world.visits(&link).rev().filter(fits), |one| &one.id, show)
        }
        None => paging.cut(url, desk.world.checkouts.iter().rev().filter(fits), |one| &one.id, show),
    }
}

pub fn get(desk: &mut Desk<'_>, id: &str, mut form: Form) -> Result<Value, Fail> {
    let expand = Expand::take(&mut form, &EXPANDABLE)?;
    read::done(&mut form)?;
    let checkout = found(desk, id)?;
    Ok(shown(desk, checkout, &expand))
}

pub fn line_items(desk: &mut Desk<'_>, id: &str, mut form: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut form)?;
    Expand::take_for_list(&mut form, &[])?;
    read::done(&mut form)?;
    let checkout = found(desk, id)?;
    let url = format!("/v1/checkout/sessions/{id}/line_items");
    let show = |line: &&Line| objects::line_item(line, checkout.amount);
    paging.cut(&url, lines(desk, checkout).iter(), |line| &line.id, show)
}

pub fn expire(desk: &mut Desk<'_>, id: &str, mut form: Form) -> Result<Value, Fail> {
    let expand = Expand::take(&mut form, &EXPANDABLE)?;
    read::done(&mut form)?;
    found(desk, id)?;
    let checkout = desk.world.expire(id, desk.now_ms).map_err(|status| {
        let word = match status {
            Some(CheckoutStatus::Complete) => "complete",
            Some(CheckoutStatus::Expired | CheckoutStatus::Ended) => "expired",
            Some(CheckoutStatus::Open) | None => return Fail::no_such("checkout.session", id, "session"),
        };
        let message = format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a \
             status of {word}."
        );
        Fail::invalid(message).executed()
    })?;
    Ok(shown(desk, &checkout, &expand))
}

fn found<'a>(desk: &'a Desk<'_>, id: &str) -> Result<&'a Checkout, Fail> {
    let checkout = desk.world.checkouts.get(id).filter(|one| one.face == Face::Stripe);
    checkout.ok_or_else(|| Fail::no_such("checkout.session", id, "session"))
}

fn lines<'a>(desk: &'a Desk<'_>, checkout: &Checkout) -> &'a [Line] {
    desk.world.links.get(&checkout.link).map_or(&[], |link| &link.lines)
}

fn shown(desk: &Desk<'_>, checkout: &Checkout, expand: &Expand) -> Value {
    let mut object = objects::session(checkout, desk.public_url);
    let payment = checkout.payment.as_ref().and_then(|id| desk.world.payments.get(id));
    if let Some(payment) = payment.filter(|_| expand.wants("payment_intent")) {
        object["payment_intent"] = intents::shown(payment, &expand.inside("payment_intent"));
    }
    let link = desk.world.links.get(&checkout.link);
    if let Some(link) = link.filter(|_| expand.wants("payment_link")) {
        object["payment_link"] = objects::link(link, desk.public_url);
    }
    if expand.wants("line_items") {
        let lines = lines(desk, checkout).iter();
        let data: Vec<Value> = lines.map(|line| objects::line_item(line, checkout.amount)).collect();
        let url = format!("/v1/checkout/sessions/{}/line_items", checkout.id);
        object["line_items"] = json!({ "object": "list", "data": data, "has_more": false, "url": url });
    }
    object
}
