//! `/v2/payment_links`: get, list, deactivate, and the payments of a link.

use serde_json::json;

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::qonto::Said;
use crate::sandbox::bank::qonto::fail::Fail;
use crate::sandbox::bank::qonto::list::Paging;
use crate::sandbox::bank::qonto::objects;

const LINK_WORDS: [&str; 5] = ["open", "expired", "canceled", "paid", "processing"];
const PAYMENT_WORDS: [&str; 7] = ["open", "pending", "authorized", "paid", "canceled", "expired", "failed"];

pub fn get(desk: &Desk<'_>, id: &str) -> Result<Said, Fail> {
    Ok(shown(desk, found(desk, id)?))
}

/// The newest first, where no order is asked for.
pub fn list(desk: &Desk<'_>, mut form: Form) -> Result<Said, Fail> {
    let words = words(&mut form, &LINK_WORDS)?;
    let sort = form.take("sort_by");
    let paging = Paging::take(&mut form)?;
    let status = |link: &Link| objects::status(desk.world, link, desk.now_ms);
    let all = desk.world.links.iter().rev().filter(|link| link.face == Face::Qonto);
    let mut all: Vec<&Link> = all.filter(|link| words.is_empty() || words.contains(&status(link))).collect();
    match sort.as_deref() {
        None => {}
        Some("amount:asc") => all.sort_by_key(|link| sum(link)),
        Some("amount:desc") => all.sort_by_key(|link| -sum(link)),
        Some("expiration_date:asc") => all.sort_by_key(|link| link.expires_ms),
        Some("expiration_date:desc") => all.sort_by_key(|link| std::cmp::Reverse(link.expires_ms)),
        Some(_) => return Err(Fail::parameter("sort_by", "is not an order that links have")),
    }
    let show = |link: &&Link| objects::link(desk.world, link, desk.public_url, desk.now_ms);
    let (items, meta) = paging.cut(all.into_iter(), show);
    Ok((200, json!({ "payment_links": items, "meta": meta })))
}

/// One that is off already stays so; what is over cannot be switched off.
pub fn deactivate(desk: &mut Desk<'_>, id: &str) -> Result<Said, Fail> {
    let mut link = found(desk, id)?.clone();
    match objects::status(desk.world, &link, desk.now_ms) {
        word @ ("paid" | "expired") => return Err(Fail::invalid(format!("the payment link is {word}"))),
        "canceled" => return Ok(shown(desk, &link)),
        _ => {}
    }
    link.active = false;
    desk.world.keep_link(link.clone());
    let told = Subject::Link(link.clone());
    desk.world.tell(Face::Qonto, EventKind::LinkUpdated, told, desk.now_ms);
    Ok(shown(desk, &link))
}

pub fn payments(desk: &Desk<'_>, id: &str, mut form: Form) -> Result<Said, Fail> {
    let link = found(desk, id)?;
    let words = words(&mut form, &PAYMENT_WORDS)?;
    let sort = form.take("sort_by");
    let paging = Paging::take(&mut form)?;
    let all = desk.world.payments.iter().filter(|payment| payment.link == link.id);
    let mut all: Vec<&Payment> =
        all.filter(|payment| words.is_empty() || words.contains(&objects::payment_status(payment))).collect();
    match sort.as_deref() {
        None | Some("creation_date:desc") => all.reverse(),
        Some("creation_date:asc") => {}
        Some(_) => return Err(Fail::parameter("sort_by", "is not an order that payments have")),
    }
    let (items, meta) = paging.cut(all.into_iter(), |payment| objects::payment(payment));
    Ok((200, json!({ "payments": items, "meta": meta })))
}

fn shown(desk: &Desk<'_>, link: &Link) -> Said {
    (200, json!({ "payment_link": objects::link(desk.world, link, desk.public_url, desk.now_ms) }))
}

fn found<'a>(desk: &'a Desk<'_>, id: &str) -> Result<&'a Link, Fail> {
    let link = desk.world.links.get(id).filter(|link| link.face == Face::Qonto);
    link.ok_or_else(Fail::no_such_link)
}

fn words(form: &mut Form, known: &[&'static str]) -> Result<Vec<&'static str>, Fail> {
    let one = |asked: String| known.iter().copied().find(|word| *word == asked);
    let words: Option<Vec<_>> = form.take_list("status").into_iter().map(one).collect();
    words.ok_or_else(|| Fail::parameter("status[]", "is not a state that there is"))
}

fn sum(link: &Link) -> i64 {
    match link.pricing() {
        Pricing::Fixed(sum) => sum,
        Pricing::Open { .. } => 0,
    }
}
