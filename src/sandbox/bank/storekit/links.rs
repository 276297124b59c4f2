//! `/v1/payment-links`.

use serde_json::Value;
use serde_json::json;

use crate::core::money::Currency;
use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::iso;
use crate::sandbox::bank::json::Fields;
use crate::sandbox::bank::model::AfterPayment;
use crate::sandbox::bank::model::Chargeable;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Question;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::qr;
use crate::sandbox::bank::storekit::fail::Fail;
use crate::sandbox::bank::storekit::list;
use crate::sandbox::bank::storekit::list::Paging;
use crate::sandbox::bank::storekit::objects;
use crate::sandbox::bank::storekit::objects::DETAILS;
use crate::sandbox::bank::storekit::objects::REFERENCE;
use crate::sandbox::bank::storekit::objects::TYPE;
use crate::sandbox::bank::storekit::objects::VENUE;

const CHARGEABLE: Chargeable = Chargeable { least: 1, most: 99_999_999, step: 1 };

pub fn create(desk: &mut Desk<'_>, body: &[u8]) -> Result<Value, Fail> {
    let mut fields = Fields::parse(body)?;
    let title = fields.text("title")?.filter(|title| !title.trim().is_empty());
    let title = title.ok_or_else(|| fields.missing("title"))?;
    let pricing = pricing(&mut fields)?;
    // Links are in the store's currency: no order names one.
    let currency: Currency = desk.world.habits.currency;
    let mut line = desk.line(Manner::Hex("pli_", 32), title, currency, pricing);
    line.price.description = fields.text("description")?;
    let id = Manner::Hex("plink_", 32);
    let mut link = desk.blank_link(Face::Storekit, id, currency, CHARGEABLE, vec![line]);
    link.inactive_message = Some("This payment link is no longer active.".to_owned());
    kind(&mut fields, &mut link)?;
    if let Some(reference) = fields.text("reference")? {
        link.payment_metadata.insert(REFERENCE.to_owned(), reference.clone());
        link.metadata.insert(REFERENCE.to_owned(), reference);
    }
    if let Some(venue) = fields.integer("venueId")? {
        link.extras.insert(VENUE.to_owned(), json!(venue));
    }
    link.expires_ms = expiry(&mut fields, desk.now_ms)?;
    link.after = after(&mut fields)?;
    link.questions = questions(&mut fields)?;
    fields.done()?;
    desk.world.keep_link(link.clone());
    desk.world.tell(Face::Storekit, EventKind::LinkCreated, Subject::Link(link.clone()), desk.now_ms);
    Ok(shown(desk, &link))
}

pub fn get(desk: &Desk<'_>, id: &str) -> Result<Value, Fail> {
    Ok(shown(desk, found(desk, id)?))
}

pub fn list(desk: &Desk<'_>, mut query: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut query)?;
    let status = one_of(query.take("status"), "status", &["active", "inactive", "expired"])?;
    let kind = one_of(query.take("type"), "type", &["one_off", "reusable"])?;
    let venue = query.take("venueId").map(|text| text.parse::<i64>()).transpose();
    let venue = venue.map_err(|_| Fail::invalid("field_invalid", "venueId must be a whole number."))?;
    list::done(&query)?;
    let all = desk.world.links.iter().rev().filter(|link| {
        let own = link.extras.get(VENUE).and_then(Value::as_i64);
        link.face == Face::Storekit
            && status.as_ref().is_none_or(|status| objects::status(link, desk.now_ms) == status)
            && kind.as_ref().is_none_or(|kind| link.extras.get(TYPE).is_some_and(|own| own == kind))
            && (venue.is_none() || venue == own)
    });
    paging.cut(all, |link| &link.id, |link| shown(desk, link))
}

/// For good: nothing makes a link active again.
pub fn deactivate(desk: &mut Desk<'_>, id: &str) -> Result<Value, Fail> {
    let mut link = found(desk, id)?.clone();
    link.active = false;
    desk.world.keep_link(link.clone());
    Ok(shown(desk, &link))
}

pub fn qr(desk: &Desk<'_>, id: &str) -> Result<Answer, Fail> {
    let url = found(desk, id)?.url(desk.public_url);
    let body = qr::png(&url).ok_or_else(|| Fail::invalid("no_qr", "The link is too long for a QR code."))?;
    Ok(Answer { status: 200, headers: vec![("Content-Type", "image/png".to_owned())], body })
}

pub fn found<'a>(desk: &'a Desk<'_>, id: &str) -> Result<&'a Link, Fail> {
    let link = desk.world.links.get(id).filter(|link| link.face == Face::Storekit);
    link.ok_or_else(|| Fail::no_such("payment link", id))
}

fn shown(desk: &Desk<'_>, link: &Link) -> Value {
    objects::link(link, desk.now_ms, desk.public_url)
}

fn one_of(word: Option<String>, name: &str, known: &[&str]) -> Result<Option<String>, Fail> {
    match word {
        Some(word) if !known.contains(&word.as_str()) => {
            Err(Fail::invalid("field_invalid", format!("{name} must be one of {}.", known.join(", "))))
        }
        word => Ok(word),
    }
}

fn kind(fields: &mut Fields, link: &mut Link) -> Result<(), Fail> {
    let word = one_of(fields.text("type")?, "type", &["one_off", "reusable"])?;
    let word = word.ok_or_else(|| fields.missing("type"))?;
    let most = fields.integer("maxPayments")?;
    link.limit = match (word.as_str(), most) {
        ("one_off", None) => Some(1),
        ("one_off", Some(_)) => {
            return Err(Fail::invalid("field_invalid", "maxPayments is for reusable links."));
        }
        (_, most) => {
            most.map(|most| u32::try_from(most).ok().filter(|most| *most > 0)).map_or(Ok(None), |most| {
                most.map(Some).ok_or_else(|| fields.not("maxPayments", "a number above zero"))
            })?
        }
    };
    link.extras.insert(TYPE.to_owned(), json!(word));
    Ok(())
}

fn pricing(fields: &mut Fields) -> Result<Pricing, Fail> {
    let kind = one_of(fields.text("amountType")?, "amountType", &["fixed", "variable"])?;
    let kind = kind.ok_or_else(|| fields.missing("amountType"))?;
    let (amount, minimum, maximum) =
        (sum(fields, "amount")?, sum(fields, "minAmount")?, sum(fields, "maxAmount")?);
    match (kind.as_str(), amount) {
        ("fixed", None) => Err(fields.missing("amount").into()),
        ("fixed", Some(_)) if minimum.is_some() || maximum.is_some() => {
            Err(Fail::invalid("field_invalid", "minAmount and maxAmount are for variable amounts."))
        }
        ("fixed", Some(amount)) => Ok(Pricing::Fixed(amount)),
        (_, Some(_)) => Err(Fail::invalid("field_invalid", "amount is for fixed amounts.")),
        (_, None) if minimum.zip(maximum).is_some_and(|(minimum, maximum)| minimum > maximum) => {
            Err(Fail::invalid("field_invalid", "minAmount must not be above maxAmount."))
        }
        (_, None) => Ok(Pricing::Open { minimum, maximum, preset: None }),
    }
}

fn sum(fields: &mut Fields, name: &str) -> Result<Option<i64>, Fail> {
    let found = fields.integer(name)?;
    match found.filter(|minor| !(CHARGEABLE.least..=CHARGEABLE.most).contains(minor)) {
        None => Ok(found),
        Some(_) => Err(fields.not(name, "an amount in minor units").into()),
    }
}

fn expiry(fields: &mut Fields, now_ms: i64) -> Result<Option<i64>, Fail> {
    let Some(text) = fields.text("expiresAt")? else { return Ok(None) };
    let expires_ms = iso::to_ms(&text).filter(|expires_ms| *expires_ms > now_ms);
    expires_ms.map(Some).ok_or_else(|| fields.not("expiresAt", "a time to come, in ISO 8601").into())
}

fn after(fields: &mut Fields) -> Result<AfterPayment, Fail> {
    match (fields.text("redirectUrl")?, fields.text("thankYouMessage")?) {
        (None, message) => Ok(AfterPayment::Thanks { message }),
        (Some(url), None) if url.starts_with("https://") || url.starts_with("http://") => {
            Ok(AfterPayment::Redirect { url })
        }
        (Some(_), None) => Err(fields.not("redirectUrl", "an http or https address").into()),
        (Some(_), Some(_)) => {
            Err(Fail::invalid("field_invalid", "Give one of redirectUrl and thankYouMessage."))
        }
    }
}

fn questions(fields: &mut Fields) -> Result<Vec<Question>, Fail> {
    let Some(mut details) = fields.object("customerDetails")? else { return Ok(Vec::new()) };
    let mut questions = Vec::new();
    for (name, label) in DETAILS {
        let mode = one_of(details.text(name)?, name, &["disabled", "optional", "required"])?;
        if let Some(mode) = mode.filter(|mode| mode != "disabled") {
            let required = mode == "required";
            questions.push(Question { name: name.to_owned(), label: label.to_owned(), required });
        }
    }
    details.done()?;
    Ok(questions)
}
