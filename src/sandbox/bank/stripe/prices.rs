//! `/v1/prices`, and the inline prices of a link.

use serde_json::Value;

use crate::core::money::Currency;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::Metadata;
use crate::sandbox::bank::model::Price;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::stripe;
use crate::sandbox::bank::stripe::amounts::from_wire;
use crate::sandbox::bank::stripe::expand::Expand;
use crate::sandbox::bank::stripe::fail::Fail;
use crate::sandbox::bank::stripe::list::Paging;
use crate::sandbox::bank::stripe::objects;
use crate::sandbox::bank::stripe::read;

pub fn create(desk: &mut Desk<'_>, mut form: Form) -> Result<Value, Fail> {
    let currency = read::currency(&mut form, "currency")?;
    let fixed = read::integer::<i64>(&mut form, "unit_amount")?;
    let open = custom_amount(&mut form, currency)?;
    let pricing = match (fixed, open) {
        (Some(wire), None) => Pricing::Fixed(from_wire(wire, currency, "unit_amount")?.minor),
        (None, Some(open)) => open,
        (Some(_), Some(_)) => {
            return Err(
                Fail::invalid("Pass only one of unit_amount and custom_unit_amount.").param("unit_amount")
            );
        }
        (None, None) => return Err(Fail::missing("unit_amount")),
    };
    let product = product(desk, &mut form, "")?;
    let active = read::boolean(&mut form, "active")?.unwrap_or(true);
    let metadata = read::metadata(&mut form, "metadata")?;
    Expand::take(&mut form, &[])?;
    read::done(&mut form)?;
    let price = fresh(desk, currency, pricing, product, metadata, active);
    desk.world.keep(price.clone());
    Ok(objects::price(&price))
}

pub fn list(desk: &mut Desk<'_>, mut form: Form) -> Result<Value, Fail> {
    let paging = Paging::take(&mut form)?;
    let active = read::boolean(&mut form, "active")?;
    let currency = form.take("currency");
    let product = form.take("product");
    let created = read::created(&mut form)?;
    Expand::take_for_list(&mut form, &[])?;
    read::done(&mut form)?;
    let all = desk.world.prices.iter().rev().filter(|price| {
        active.is_none_or(|active| price.active == active)
            && currency.as_ref().is_none_or(|code| *code == price.currency.code_lower())
            && product.as_ref().is_none_or(|product| *product == price.product)
            && created.contains(&(price.created_ms / 1000))
    });
    paging.cut("/v1/prices", all, |price| &price.id, |price| objects::price(price))
}

pub fn get(desk: &mut Desk<'_>, id: &str, mut form: Form) -> Result<Value, Fail> {
    Expand::take(&mut form, &[])?;
    read::done(&mut form)?;
    let price = desk.world.prices.get(id).ok_or_else(|| Fail::no_such("price", id, "price"))?;
    Ok(objects::price(price))
}

/// Reads `price_data` under the name `at`. Such a price is inactive from the start: it serves its own
/// line alone.
pub fn inline(desk: &mut Desk<'_>, form: &mut Form, at: &str) -> Result<Price, Fail> {
    let currency = read::currency(form, &format!("{at}[currency]"))?;
    let amount_name = format!("{at}[unit_amount]");
    let wire = read::integer::<i64>(form, &amount_name)?.ok_or_else(|| Fail::missing(&amount_name))?;
    let pricing = Pricing::Fixed(from_wire(wire, currency, &amount_name)?.minor);
    read::one_of(form, &format!("{at}[tax_behavior]"), &["exclusive", "inclusive", "unspecified"])?;
    let product = product(desk, form, at)?;
    Ok(fresh(desk, currency, pricing, product, Metadata::new(), false))
}

struct Product {
    id: Option<String>,
    name: String,
    description: Option<String>,
}

/// `product_data`, or the id of a product that an earlier price brought along.
fn product(desk: &Desk<'_>, form: &mut Form, at: &str) -> Result<Product, Fail> {
    let full = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}[{name}]") };
    let data = full("product_data");
    if !form.has(&data) {
        let param = full("product");
        let id = form.take(&param).ok_or_else(|| Fail::missing(&data))?;
        let known = desk.world.prices.iter().find(|price| price.product == id);
        let known = known.ok_or_else(|| Fail { status: 400, ..Fail::no_such("product", &id, &param) })?;
        return Ok(Product {
            name: known.name.clone(),
            description: known.description.clone(),
            id: Some(id),
        });
    }
    let name = read::required(form, &format!("{data}[name]"))?;
    read::metadata(form, &format!("{data}[metadata]"))?;
    for odd in
        ["[tax_code]", "[tax_details][performance_location]", "[tax_details][tax_code]", "[unit_label]"]
    {
        form.take(&format!("{data}{odd}"));
    }
    // Only the product of an inline price is described and pictured along with it.
    let mut description = None;
    if !at.is_empty() {
        description = form.take(&format!("{data}[description]"));
        form.take_list(&format!("{data}[images]"));
    }
    Ok(Product { id: form.take(&format!("{data}[id]")), name, description })
}

fn custom_amount(form: &mut Form, currency: Currency) -> Result<Option<Pricing>, Fail> {
    if !form.has("custom_unit_amount") {
        return Ok(None);
    }
    let name = "custom_unit_amount[enabled]";
    let enabled = read::boolean(form, name)?.ok_or_else(|| Fail::missing(name))?;
    let mut bound = |name: &str| -> Result<Option<i64>, Fail> {
        let name = format!("custom_unit_amount[{name}]");
        let wire = read::integer::<i64>(form, &name)?;
        wire.map(|wire| from_wire(wire, currency, &name).map(|money| money.minor)).transpose()
    };
    let (minimum, maximum, preset) = (bound("minimum")?, bound("maximum")?, bound("preset")?);
    let least = minimum.unwrap_or(0);
    let most = maximum.unwrap_or(i64::MAX);
    if least > most || preset.is_some_and(|preset| !(least..=most).contains(&preset)) {
        let message = "custom_unit_amount needs minimum <= preset <= maximum.";
        return Err(Fail::invalid(message).param("custom_unit_amount"));
    }
    Ok(enabled.then_some(Pricing::Open { minimum, maximum, preset }))
}

fn fresh(
    desk: &mut Desk<'_>,
    currency: Currency,
    pricing: Pricing,
    product: Product,
    metadata: Metadata,
    active: bool,
) -> Price {
    let product_id = product.id.unwrap_or_else(|| desk.world.mint(stripe::id("prod_")));
    Price {
        id: desk.world.mint(stripe::id("price_")),
        seq: desk.world.next_seq(),
        created_ms: desk.now_ms,
        active,
        currency,
        pricing,
        product: product_id,
        name: product.name,
        description: product.description,
        metadata,
    }
}
