//! `/payment-links`.

use serde_json::Value;
use serde_json::json;

use crate::core::money::Currency;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::iso;
use crate::sandbox::bank::json::Fields;
use crate::sandbox::bank::model::AfterPayment;
use crate::sandbox::bank::model::Chargeable;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::vinr;
use crate::sandbox::bank::vinr::fail::Fail;
use crate::sandbox::bank::vinr::list::Paging;
use crate::sandbox::bank::vinr::objects;

const CHARGEABLE: Chargeable = Chargeable { least: 1, most: 99_999_999, step: 1 };
const STATUSES: [&str; 4] = ["active", "inactive", "expired", "completed"];

pub fn create(desk: &mut Desk<'_>, mut body: Fields) -> Result<Value, Fail> {
    let code = body.text("currency")?.ok_or_else(|| body.missing("currency"))?;
    let currency = Currency::from_code(&code)
        .ok_or_else(|| Fail::invalid(format!("{code} is not a currency")).param("currency"))?;
    let editable = body.boolean("amountEditable")?.unwrap_or(false);
    let pricing = pricing(amount(&mut body)?, editable)?;
    let line = desk.line(Manner::Letters("li_", 12), String::new(), currency, pricing);
    let id = Manner::Letters("plink_", 16);
    let mut link = desk.blank_link(Face::Vinr, id, currency, CHARGEABLE, vec![line]);
    let reusable = body.boolean("reusable")?.unwrap_or(false);
    link.extras.insert(objects::REUSABLE.to_owned(), json!(reusable));
    link.limit = (!reusable).then_some(1);
    if let Some(after_s) = body.integer("expiresAfter")? {
        if body.has("expiresAt") {
            return Err(Fail::invalid("Send one of expiresAt and expiresAfter.").param("expiresAfter"));
        }
        link.expires_ms = Some(later(desk.now_ms, after_s)?);
    }
    settings(&mut body, &mut link, desk.now_ms)?;
    body.done()?;
    desk.world.keep_link(link.clone());
    Ok(shown(desk, &link))
}

pub fn update(desk: &mut Desk<'_>, id: &str, mut body: Fields) -> Result<Value, Fail> {
    let mut link = found(desk, id)?.clone();
    let (before, was_editable) = match link.pricing() {
        Pricing::Fixed(minor) => (Some(minor), false),
        Pricing::Open { preset, .. } => (preset, true),
    };
    if body.has("amount") || body.has("amountEditable") {
        let amount = if body.has("amount") { amount(&mut body)? } else { before };
        let editable = body.boolean("amountEditable")?.unwrap_or(was_editable);
        let pricing = pricing(amount, editable)?;
        link.lines.iter_mut().for_each(|line| line.price.pricing = pricing);
    }
    let active = body.boolean("active")?;
    settings(&mut body, &mut link, desk.now_ms)?;
    body.done()?;
    switch(desk, link, active)
}

pub fn deactivate(desk: &mut Desk<'_>, id: &str, body: &Fields) -> Result<Value, Fail> {
    body.done()?;
    let link = found(desk, id)?.clone();
    switch(desk, link, Some(false))
}

pub fn get(desk: &Desk<'_>, id: &str, query: &Form) -> Result<Value, Fail> {
    vinr::done(query)?;
    Ok(shown(desk, found(desk, id)?))
}

pub fn list(desk: &Desk<'_>, mut query: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut query)?;
    let status = query.take("status");
    vinr::done(&query)?;
    if status.as_ref().is_some_and(|status| !STATUSES.contains(&status.as_str())) {
        return Err(Fail::invalid(format!("status is one of {}", STATUSES.join(", "))).param("status"));
    }
    let all = desk.world.links.iter().rev().filter(|link| {
        let is = objects::status(link, desk.now_ms);
        link.face == Face::Vinr && status.as_ref().is_none_or(|wanted| wanted == is)
    });
    paging.cut(all, |link| &link.id, |link| shown(desk, link))
}

/// Keeps the link, switched if that was asked for. What time or payments closed is not opened again.
fn switch(desk: &mut Desk<'_>, mut link: Link, active: Option<bool>) -> Result<Value, Fail> {
    if active == Some(true) && link.used_up() {
        return Err(
            Fail::impossible("link_completed", "The link has taken all its payments.").param("active")
        );
    }
    if active == Some(true) && link.expired(desk.now_ms) {
        return Err(Fail::impossible("link_expired", "The link's time is over.").param("active"));
    }
    link.active = active.unwrap_or(link.active) && !link.used_up();
    desk.world.keep_link(link.clone());
    Ok(shown(desk, &link))
}

/// What can be said when the link is made and later.
fn settings(body: &mut Fields, link: &mut Link, now_ms: i64) -> Result<(), Fail> {
    if let Some(description) = body.text("description")? {
        link.payment_description = Some(description.clone());
        link.lines.iter_mut().for_each(|line| line.price.name.clone_from(&description));
    }
    if let Some(most) = body.integer("maxPayments")? {
        let most = u32::try_from(most).ok().filter(|most| *most > 0);
        let most = most.ok_or_else(|| body.not("maxPayments", "a whole number above 0"))?;
        if !objects::is_reusable(link) {
            return Err(Fail::invalid("A one-time link takes one payment.").param("maxPayments"));
        }
        link.limit = Some(most);
    }
    if let Some(text) = body.text("expiresAt")? {
        let expires_ms = iso::to_ms(&text).filter(|ms| *ms > now_ms);
        link.expires_ms = Some(expires_ms.ok_or_else(|| body.not("expiresAt", "a time to come"))?);
    }
    if let Some(url) = body.text("returnUrl")? {
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(body.not("returnUrl", "an http or https address").into());
        }
        link.after = AfterPayment::Redirect { url };
    }
    if let Some(words) = body.words("metadata")? {
        link.metadata.extend(words);
        link.payment_metadata.clone_from(&link.metadata);
    }
    Ok(())
}

fn amount(body: &mut Fields) -> Result<Option<i64>, Fail> {
    let amount = body.integer("amount")?;
    match amount {
        Some(minor) if !(CHARGEABLE.least..=CHARGEABLE.most).contains(&minor) => {
            Err(body.not("amount", "from 1 to 99999999").into())
        }
        amount => Ok(amount),
    }
}

fn pricing(amount: Option<i64>, editable: bool) -> Result<Pricing, Fail> {
    match (amount, editable) {
        (preset, true) => Ok(Pricing::Open { minimum: None, maximum: None, preset }),
        (Some(minor), false) => Ok(Pricing::Fixed(minor)),
        (None, false) => {
            let message = "Send an amount, or let the customer say it with amountEditable.";
            Err(Fail::invalid(message).code("parameter_missing").param("amount"))
        }
    }
}

fn later(now_ms: i64, after_s: i64) -> Result<i64, Fail> {
    let after_ms = after_s.checked_mul(1000).filter(|ms| *ms > 0);
    after_ms
        .and_then(|after_ms| now_ms.checked_add(after_ms))
        .ok_or_else(|| Fail::invalid("expiresAfter must be seconds above 0").param("expiresAfter"))
}

fn found<'a>(desk: &'a Desk<'_>, id: &str) -> Result<&'a Link, Fail> {
    let link = desk.world.links.get(id).filter(|link| link.face == Face::Vinr);
    link.ok_or_else(|| Fail::no_such("payment link", id))
}

fn shown(desk: &Desk<'_>, link: &Link) -> Value {
    objects::link(link, desk.now_ms, desk.public_url)
}
