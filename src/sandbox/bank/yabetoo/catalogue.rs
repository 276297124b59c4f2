//! What `product` and `subscription` links sell here. A real account's catalogue is made in the dashboard.

use crate::core::money::Currency;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::json::Fields;
use crate::sandbox::bank::model::Line;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::yabetoo;
use crate::sandbox::bank::yabetoo::fail::Fail;

struct Ware {
    price: &'static str,
    product: &'static str,
    name: &'static str,
    /// Minor units, whatever the link's currency.
    minor: i64,
    recurring: bool,
}

const WARES: [Ware; 3] = [
    Ware { price: "price_tea", product: "prod_tea", name: "Tea", minor: 400, recurring: false },
    Ware { price: "price_course", product: "prod_course", name: "Course", minor: 25_000, recurring: false },
    Ware { price: "price_monthly", product: "prod_club", name: "Tea Club", minor: 3_000, recurring: true },
];

/// The line of one item.
pub fn line(
    desk: &mut Desk<'_>,
    mut item: Fields,
    currency: Currency,
    recurring: bool,
) -> Result<Line, Fail> {
    let price = item.text("priceId")?.ok_or_else(|| item.missing("priceId"))?;
    let ware = WARES.iter().find(|ware| ware.price == price);
    let ware =
        ware.ok_or_else(|| Fail::wrong("items.priceId", "exists", "names no price of the catalogue"))?;
    if recurring && !ware.recurring {
        return Err(Fail::wrong("items.priceId", "recurring", "must name a recurring price"));
    }
    if item.text("productId")?.is_some_and(|product| product != ware.product) {
        return Err(Fail::wrong("items.productId", "exists", "is not the price's product"));
    }
    let quantity = item.integer("quantity")?.unwrap_or(1);
    if !(1..=999).contains(&quantity) {
        return Err(Fail::wrong("items.quantity", "range", "must be 1 to 999"));
    }
    if item.boolean("adjustableQuantity")? == Some(true) {
        return Err(Fail::wrong("items.adjustableQuantity", "offered", "is not offered by the sandbox"));
    }
    item.done()?;
    let mut line =
        desk.line(yabetoo::id("plitem_"), ware.name.to_owned(), currency, Pricing::Fixed(ware.minor));
    ware.product.clone_into(&mut line.price.product);
    ware.price.clone_into(&mut line.price.id);
    line.quantity = quantity;
    Ok(line)
}
