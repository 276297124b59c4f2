//! `/v2/payment_links/connections` and `/v2/payment_links/payment_methods`: how the merchant stands with
//! Mollie. The sandbox's merchant is connected from the start; who connects anew finishes on Mollie's page,
//! which here is one redirect.

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::json::Fields;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Note;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::qonto::Said;
use crate::sandbox::bank::qonto::fail::Fail;

/// The status in which links can be paid.
pub const ENABLED: &str = "enabled";
const PENDING: &str = "pending";
const ID: &str = "qonto.connection";
const BANK_ACCOUNT: &str = "018f71db-c635-78b5-b90a-ea05de98c2bf";
const DESCRIPTION_LEAST: usize = 80;

/// What there is, and whether the merchant has it.
pub const METHODS: [(&str, bool); 4] =
    [("credit_card", true), ("apple_pay", true), ("paypal", false), ("ideal", true)];

#[derive(Serialize, Deserialize)]
struct Connection {
    /// The last part of the page's address.
    page: String,
    callback: String,
    bank_account: String,
    enabled: bool,
}

pub fn is_enabled(desk: &Desk<'_>) -> bool {
    known(desk).is_none_or(|connection| connection.enabled)
}

pub fn shown(desk: &Desk<'_>) -> Value {
    let Some(connection) = known(desk) else {
        return json!({
            "connection_location": null, "status": ENABLED, "bank_account_id": BANK_ACCOUNT,
        });
    };
    let location = format!("{}/bank/qonto/connect/{}", desk.public_url, connection.page);
    json!({
        "connection_location": (!connection.enabled).then_some(location),
        "status": if connection.enabled { ENABLED } else { PENDING },
        "bank_account_id": connection.bank_account,
    })
}

pub fn begin(desk: &mut Desk<'_>, mut body: Fields) -> Result<Said, Fail> {
    let callback = needed(&mut body, "partner_callback_url")?;
    let bank_account = needed(&mut body, "user_bank_account_id")?;
    let phone = needed(&mut body, "user_phone_number")?;
    if !body.has("business_description") {
        return Err(body.missing("business_description").into());
    }
    let business = body.text("business_description")?;
    let website = body.text("user_website_url")?;
    body.done()?;
    let is_web =
        |url: &str| reqwest::Url::parse(url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
    if !is_web(&callback) {
        return Err(body.not("partner_callback_url", "an http or https address").into());
    }
    if !phone.strip_prefix('+').is_some_and(|rest| rest.bytes().all(|digit| digit.is_ascii_digit())) {
        return Err(body.not("user_phone_number", "a number in E.164").into());
    }
    if business.is_some_and(|text| text.chars().count() < DESCRIPTION_LEAST) {
        return Err(body.not("business_description", "at least 80 characters").into());
    }
    if website.is_some_and(|url| !is_web(&url) || url.contains('@')) {
        return Err(body.not("user_website_url", "an http or https address without @").into());
    }
    let (page, was_enabled) = (desk.world.mint(Manner::Uuid), is_enabled(desk));
    keep(desk, &Connection { page, callback, bank_account, enabled: false });
    if was_enabled {
        tell(desk, PENDING);
    }
    Ok((201, shown(desk)))
}

/// The merchant said yes on Mollie's page.
pub fn finish(desk: &mut Desk<'_>, page: &str) -> Answer {
    let Some(mut connection) = known(desk).filter(|connection| connection.page == page) else {
        return Fail::no_such_path().answer();
    };
    if !connection.enabled {
        connection.enabled = true;
        keep(desk, &connection);
        tell(desk, ENABLED);
    }
    Answer { status: 302, headers: vec![("Location", connection.callback)], body: Vec::new() }
}

pub fn methods() -> Value {
    let methods = METHODS.map(|(name, enabled)| json!({ "name": name, "enabled": enabled }));
    json!({ "payment_link_payment_methods": methods })
}

fn tell(desk: &mut Desk<'_>, status: &str) {
    let told = Subject::Connection(status.to_owned());
    desk.world.tell(Face::Qonto, EventKind::ConnectionChanged, told, desk.now_ms);
}

fn needed(body: &mut Fields, name: &str) -> Result<String, Fail> {
    let text = body.text(name)?.filter(|text| !text.is_empty());
    text.ok_or_else(|| body.missing(name).into())
}

fn known(desk: &Desk<'_>) -> Option<Connection> {
    serde_json::from_value(desk.world.notes.get(ID)?.body.clone()).ok()
}

fn keep(desk: &mut Desk<'_>, connection: &Connection) {
    let known = desk.world.notes.get(ID).map(|note| note.seq);
    let seq = known.unwrap_or_else(|| desk.world.next_seq());
    desk.world.keep(Note { id: ID.to_owned(), seq, face: Face::Qonto, body: json!(connection) });
}
