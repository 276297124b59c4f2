//! What a link can be told besides what it is: settings of the hosted page that change neither the sum nor
//! where the money goes are read as Stripe reads them and repeated; the others are refused by name.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::stripe::fail::Fail;
use crate::sandbox::bank::stripe::read;

/// Parameters that Stripe knows and this bank does not play: they change the sum, add documents, or lead the
/// money elsewhere. They are refused rather than taken and not obeyed.
const NOT_OFFERED: [&str; 17] = [
    "application_fee_amount",
    "application_fee_percent",
    "automatic_tax",
    "invoice_creation",
    "managed_payments",
    "on_behalf_of",
    "optional_items",
    "payment_intent_data[capture_method]",
    "payment_intent_data[setup_future_usage]",
    "payment_intent_data[statement_descriptor]",
    "payment_intent_data[statement_descriptor_suffix]",
    "payment_intent_data[transfer_group]",
    "payment_method_collection",
    "payment_method_options",
    "shipping_options",
    "subscription_data",
    "transfer_data",
];

/// The same within one of a link's line items.
const NOT_OFFERED_OF_ITEMS: [&str; 2] = ["[adjustable_quantity]", "[price_data][recurring]"];

const FIELDS_MOST: usize = 3;
const TEXT_MOST: usize = 1200;

pub fn offered(form: &Form) -> Result<(), Fail> {
    NOT_OFFERED.iter().find(|name| form.has(name)).map_or(Ok(()), |name| Err(Fail::not_here(name)))
}

/// The same for the line item whose names begin with `at`.
pub fn offered_of_item(form: &Form, at: &str) -> Result<(), Fail> {
    let mut names = NOT_OFFERED_OF_ITEMS.iter().map(|name| format!("{at}{name}"));
    names.find(|name| form.has(name)).map_or(Ok(()), |name| Err(Fail::not_here(&name)))
}

/// Takes them out of the form and keeps them with the link as they will be shown.
pub fn take(form: &mut Form, link: &mut Link) -> Result<(), Fail> {
    for (name, words) in [
        ("billing_address_collection", &["auto", "required"][..]),
        ("customer_creation", &["always", "if_required"]),
        ("submit_type", &["auto", "book", "donate", "pay", "subscribe"]),
    ] {
        if let Some(word) = read::one_of(form, name, words)? {
            link.extras.insert(name.to_owned(), json!(word));
        }
    }
    if let Some(allow) = read::boolean(form, "allow_promotion_codes")? {
        link.extras.insert("allow_promotion_codes".to_owned(), json!(allow));
    }
    for (name, reader) in READERS {
        if form.take(name).is_some_and(|text| text.is_empty()) {
            link.extras.remove(*name);
        } else if form.has(name) {
            let shown = reader(form, name)?;
            link.extras.insert((*name).to_owned(), shown);
        }
    }
    Ok(())
}

type Reader = fn(&mut Form, &str) -> Result<Value, Fail>;

const READERS: &[(&str, Reader)] = &[
    ("consent_collection", consent),
    ("custom_fields", custom_fields),
    ("custom_text", custom_text),
    ("name_collection", names),
    ("phone_number_collection", phone),
    ("shipping_address_collection", shipping),
    ("tax_id_collection", tax_ids),
];

fn consent(form: &mut Form, at: &str) -> Result<Value, Fail> {
    let position = format!("{at}[payment_method_reuse_agreement][position]");
    let position = read::one_of(form, &position, &["auto", "hidden"])?;
    Ok(json!({
        "payment_method_reuse_agreement": position.map(|position| json!({ "position": position })),
        "promotions": read::one_of(form, &format!("{at}[promotions]"), &["auto", "none"])?,
        "terms_of_service": read::one_of(form, &format!("{at}[terms_of_service]"), &["none", "required"])?,
    }))
}

fn custom_text(form: &mut Form, at: &str) -> Result<Value, Fail> {
    let mut texts = Map::new();
    for place in ["after_submit", "shipping_address", "submit", "terms_of_service_acceptance"] {
        let name = format!("{at}[{place}]");
        form.take(&name).filter(|text| !text.is_empty()).map_or(Ok(()), |_| Err(Fail::unknown(&name)))?;
        let text = read::text_up_to(form, &format!("{name}[message]"), TEXT_MOST)?;
        texts.insert(place.to_owned(), text.map_or(Value::Null, |text| json!({ "message": text })));
    }
    Ok(Value::Object(texts))
}

fn custom_fields(form: &mut Form, at: &str) -> Result<Value, Fail> {
    let mut fields: Vec<Value> = Vec::new();
    while form.has(&format!("{at}[{}]", fields.len())) {
        let name = format!("{at}[{}]", fields.len());
        fields.push(custom_field(form, &name)?);
    }
    if fields.len() > FIELDS_MOST {
        return Err(Fail::invalid("At most 3 custom fields.").param(at));
    }
    Ok(json!(fields))
}

fn custom_field(form: &mut Form, at: &str) -> Result<Value, Fail> {
    let kind_name = format!("{at}[type]");
    let kind = read::one_of(form, &kind_name, &["dropdown", "numeric", "text"])?;
    let kind = kind.ok_or_else(|| Fail::missing(&kind_name))?;
    let label_type = format!("{at}[label][type]");
    read::one_of(form, &label_type, &["custom"])?.ok_or_else(|| Fail::missing(&label_type))?;
    let mut field = json!({
        "key": read::required(form, &format!("{at}[key]"))?,
        "label": { "type": "custom", "custom": read::required(form, &format!("{at}[label][custom]"))? },
        "optional": read::boolean(form, &format!("{at}[optional]"))?.unwrap_or(false),
        "type": kind, "dropdown": null, "numeric": null, "text": null,
    });
    let inner = format!("{at}[{kind}]");
    let mut shape = json!({ "default_value": form.take(&format!("{inner}[default_value]")) });
    if kind == "dropdown" {
        shape["options"] = dropdown(form, &inner)?;
    } else {
        for bound in ["minimum_length", "maximum_length"] {
            shape[bound] = json!(read::integer::<u32>(form, &format!("{inner}[{bound}]"))?);
        }
    }
    field[kind.as_str()] = shape;
    Ok(field)
}

fn dropdown(form: &mut Form, at: &str) -> Result<Value, Fail> {
    let mut options: Vec<Value> = Vec::new();
    while form.has(&format!("{at}[options][{}]", options.len())) {
        let name = format!("{at}[options][{}]", options.len());
        let label = read::required(form, &format!("{name}[label]"))?;
        options.push(json!({ "label": label, "value": read::required(form, &format!("{name}[value]"))? }));
    }
    if options.is_empty() { Err(Fail::missing(&format!("{at}[options]"))) } else { Ok(json!(options)) }
}

fn names(form: &mut Form, at: &str) -> Result<Value, Fail> {
    let mut whose = Map::new();
    for who in ["business", "individual"] {
        let name = format!("{at}[{who}]");
        let asked = form.has(&name).then(|| -> Result<Value, Fail> {
            let optional = read::boolean(form, &format!("{name}[optional]"))?.unwrap_or(false);
            Ok(json!({ "enabled": enabled(form, &name)?, "optional": optional }))
        });
        whose.insert(who.to_owned(), asked.transpose()?.unwrap_or(Value::Null));
    }
    Ok(Value::Object(whose))
}

fn phone(form: &mut Form, at: &str) -> Result<Value, Fail> {
    Ok(json!({ "enabled": enabled(form, at)? }))
}

fn shipping(form: &mut Form, at: &str) -> Result<Value, Fail> {
    let name = format!("{at}[allowed_countries]");
    let countries = form.take_list(&name);
    let country = |code: &String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    match countries.iter().find(|code| !country(code)) {
        _ if countries.is_empty() => Err(Fail::missing(&name)),
        Some(code) => Err(Fail::invalid(format!("Country '{code}' is unknown.")).param(name)),
        None => Ok(json!({ "allowed_countries": countries })),
    }
}

fn tax_ids(form: &mut Form, at: &str) -> Result<Value, Fail> {
    let required = read::one_of(form, &format!("{at}[required]"), &["if_supported", "never"])?;
    let required = required.unwrap_or_else(|| "never".to_owned());
    Ok(json!({ "enabled": enabled(form, at)?, "required": required }))
}

fn enabled(form: &mut Form, at: &str) -> Result<bool, Fail> {
    let name = format!("{at}[enabled]");
    read::boolean(form, &name)?.ok_or_else(|| Fail::missing(&name))
}
