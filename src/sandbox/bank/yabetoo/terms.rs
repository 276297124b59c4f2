//! What both making and changing a link may say. A key that is not sent changes nothing; `null` clears.

use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::iso;
use crate::sandbox::bank::json::Fields;
use crate::sandbox::bank::model::AfterPayment;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::yabetoo::fail::Fail;

/// Settings that are kept and repeated; the hosted page does nothing with them.
const TEXTS: [&str; 3] = ["description", "cancelUrl", "brandingId"];
const FLAGS: [&str; 3] = ["collectBillingAddress", "collectShippingAddress", "allowPromotionCodes"];
const BUTTONS: [&str; 4] = ["auto", "pay", "book", "donate"];
const MESSAGE_MOST: usize = 500;

pub fn apply(desk: &Desk<'_>, body: &mut Fields, link: &mut Link) -> Result<(), Fail> {
    name(body, link)?;
    slug(desk, body, link)?;
    for field in TEXTS {
        if body.has(field) {
            link.extras.insert(field.to_owned(), json!(body.text(field)?));
        }
    }
    for field in FLAGS {
        if let Some(flag) = body.boolean(field)? {
            link.extras.insert(field.to_owned(), json!(flag));
        }
    }
    button(body, link)?;
    if body.has("expiresAt") {
        let time = body.text("expiresAt")?.map(|text| iso::to_ms(&text).ok_or(()));
        let time =
            time.transpose().map_err(|()| Fail::wrong("expiresAt", "date", "must be an ISO 8601 time"));
        link.expires_ms = time?;
    }
    limit(body, link)?;
    after(body, link)?;
    if body.has("metadata") {
        link.metadata = body.words("metadata")?.unwrap_or_default();
    }
    Ok(())
}

/// Neither name nor slug can be cleared.
fn name(body: &mut Fields, link: &mut Link) -> Result<(), Fail> {
    if !body.has("name") {
        return Ok(());
    }
    let name = body.text("name")?.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| Fail::wrong("name", "required", "must not be empty"))?;
    link.extras.insert("name".to_owned(), json!(name));
    // A plain link has one line of its own, which is called as the link is.
    if link.extras.get("type") == Some(&json!("amount")) {
        link.lines.iter_mut().for_each(|line| name.clone_into(&mut line.price.name));
    }
    Ok(())
}

fn slug(desk: &Desk<'_>, body: &mut Fields, link: &mut Link) -> Result<(), Fail> {
    if !body.has("slug") {
        return Ok(());
    }
    let legal = |text: &String| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (3..=60).contains(&text.len()) && text.bytes().all(plain)
    };
    let slug = body.text("slug")?.filter(legal);
    let slug = slug.ok_or_else(|| Fail::wrong("slug", "regex", "must be 3 to 60 of a-z, 0-9 and -"))?;
    if desk.world.link_by_code(&slug).is_some_and(|other| other.id != link.id) {
        return Err(Fail::wrong("slug", "unique", "is taken"));
    }
    link.extras.insert("slug".to_owned(), json!(slug));
    link.code = slug;
    Ok(())
}

/// Surrounding blanks are trimmed; an empty message is none, and one of blanks only is refused.
fn button(body: &mut Fields, link: &mut Link) -> Result<(), Fail> {
    if body.has("submitType") {
        let word = body.text("submitType")?;
        if word.as_ref().is_some_and(|word| !BUTTONS.contains(&word.as_str())) {
            return Err(Fail::wrong("submitType", "enum", "must be auto, pay, book or donate"));
        }
        link.extras.insert("submitType".to_owned(), json!(word));
    }
    if body.has("submitMessage") {
        let text = body.text("submitMessage")?.filter(|text| !text.is_empty());
        let trimmed = text.map(|text| text.trim().to_owned());
        if trimmed.as_ref().is_some_and(|text| text.is_empty() || text.chars().count() > MESSAGE_MOST) {
            return Err(Fail::wrong("submitMessage", "length", "must have 1 to 500 characters"));
        }
        link.extras.insert("submitMessage".to_owned(), json!(trimmed));
    }
    Ok(())
}

fn limit(body: &mut Fields, link: &mut Link) -> Result<(), Fail> {
    if !body.has("maxRedemptions") {
        return Ok(());
    }
    let limit = body.integer("maxRedemptions")?.map(|most| u32::try_from(most).ok().filter(|most| *most > 0));
    link.limit = match limit {
        None => None,
        Some(Some(most)) => Some(most),
        Some(None) => return Err(Fail::wrong("maxRedemptions", "min", "must be at least 1")),
    };
    Ok(())
}

fn after(body: &mut Fields, link: &mut Link) -> Result<(), Fail> {
    if !body.has("successUrl") {
        return Ok(());
    }
    let url = body.text("successUrl")?;
    link.extras.insert("successUrl".to_owned(), json!(url));
    link.after = match url {
        None => AfterPayment::Thanks { message: None },
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => {
            AfterPayment::Redirect { url: url.replace("{PAYMENT_LINK_ID}", &link.id) }
        }
        Some(_) => return Err(Fail::wrong("successUrl", "url", "must be a web address")),
    };
    Ok(())
}

/// Whether the merchant switched the link off. That it is used up is another matter.
pub fn is_on(link: &Link) -> bool {
    link.extras.get("off") != Some(&Value::Bool(true))
}

pub fn switch(link: &mut Link, on: bool) {
    link.extras.insert("off".to_owned(), json!(!on));
}
