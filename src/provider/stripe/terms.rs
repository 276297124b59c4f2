//! What a link has besides its items: what is asked of the customer, and options in Stripe's own words.

use super::fields::Fields;
use super::order::by_price;
use super::parameters;
use super::request::unsupported;
use crate::port::provider::CustomerField;
use crate::port::provider::LinkOrder;
use crate::port::provider::Need;
use crate::port::provider::Purpose;
use crate::port::provider::Terms;
use crate::port::provider::Unsupported;

/// The page always asks for the e-mail address, and asks for a telephone number or an address either with
/// an answer or not at all. What must be said besides, the countries shipped to, is an option.
pub fn customer(fields: &mut Fields, terms: &Terms) -> Result<(), Unsupported> {
    for (field, need) in &terms.customer {
        match (field, need) {
            (CustomerField::BusinessName, need) => name(fields, "business", *need),
            (CustomerField::Name, need) => name(fields, "individual", *need),
            (CustomerField::Email, Need::Required) => {}
            (CustomerField::Email, Need::Optional) => {
                return Err(unsupported(
                    "its page always asks for an e-mail address; say that it is required",
                ));
            }
            (CustomerField::Phone, Need::Required) => fields.put("phone_number_collection[enabled]", true),
            (CustomerField::BillingAddress, Need::Required) => {
                fields.put("billing_address_collection", "required");
            }
            (CustomerField::ShippingAddress, Need::Required) => {
                let country = "shipping_address_collection[allowed_countries][";
                if !terms.options.keys().any(|name| name.starts_with(country)) {
                    return Err(unsupported(
                        "it asks where to ship to only with a list of countries; give each with \
                         --option shipping_address_collection[allowed_countries][0]=DE",
                    ));
                }
            }
            (
                CustomerField::Phone | CustomerField::BillingAddress | CustomerField::ShippingAddress,
                Need::Optional,
            ) => {
                return Err(unsupported(
                    "its page wants this of everybody or of nobody; say that it is required",
                ));
            }
        }
    }
    Ok(())
}

fn name(fields: &mut Fields, whose: &str, need: Need) {
    fields.put(&format!("name_collection[{whose}][enabled]"), true);
    if need == Need::Optional {
        fields.put(&format!("name_collection[{whose}][optional]"), true);
    }
}

pub fn options(fields: &mut Fields, order: &LinkOrder, standing: bool) -> Result<(), Unsupported> {
    let (terms, mut renews) = (&order.terms, by_price(order));
    let count = terms.lines.len().max(1);
    for (option, value) in &terms.options {
        let name = parameters::whole_name(option);
        if !parameters::is_known(&name) {
            return Err(unsupported(
                "it has no option of that name, or the link's own words say it; see `qrtill link capabilities`",
            ));
        }
        if let Some(item) = name.strip_prefix("line_items[") {
            let (at, rest) = item.split_once(']').unwrap_or_default();
            let one = at.parse().is_ok_and(|at: usize| at < count && (rest != "[price]" || at == 0));
            if !one || (standing && rest.starts_with("[price_data]")) {
                return Err(unsupported(
                    "an option belongs to an item that this link has, priced by this link",
                ));
            }
            if rest.starts_with("[price_data][recurring]") && terms.purpose != Purpose::Subscription {
                return Err(unsupported("what recurs is a subscription; order the link as one"));
            }
            renews |= rest == "[price_data][recurring][interval]";
        }
        fields.option(&name, value)?;
    }
    match terms.purpose {
        Purpose::Payment | Purpose::Product => Ok(()),
        Purpose::Subscription if renews => Ok(()),
        Purpose::Subscription => Err(unsupported(
            "a subscription says how often; give --option recurring[interval]=month or the price that says it",
        )),
        Purpose::Invoice => Err(unsupported(
            "invoices are made in Stripe's dashboard; for one after each payment, give \
             --option invoice_creation[enabled]=true",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::order;
    use super::super::subject::sale;
    use super::super::subject::sent;
    use super::*;

    fn ordered(purpose: Purpose, options: &[(&str, &str)]) -> Result<String, Unsupported> {
        let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let terms = Terms { purpose, options: options.collect(), ..Terms::default() };
        order::create(&LinkOrder { terms, ..sale() }, "closed").map(|request| sent(&request))
    }

    fn asked(field: CustomerField, need: Need) -> Result<String, Unsupported> {
        let terms = Terms { customer: [(field, need)].into(), ..Terms::default() };
        order::create(&LinkOrder { terms, ..sale() }, "closed").map(|request| sent(&request))
    }

    #[test]
    fn the_page_asks_what_was_ordered_or_the_order_is_refused() {
        use CustomerField::*;
        for (field, need, said) in [
            (Name, Need::Required, "&name_collection[individual][enabled]=true&"),
            (
                Name,
                Need::Optional,
                "&name_collection[individual][enabled]=true&name_collection[individual][optional]=true&",
            ),
            (BusinessName, Need::Required, "&name_collection[business][enabled]=true&"),
            (Phone, Need::Required, "&phone_number_collection[enabled]=true&"),
            (BillingAddress, Need::Required, "&billing_address_collection=required&"),
        ] {
            let body = asked(field, need).expect("an order");
            assert!(body.contains(said), "{field:?}: {body}");
            assert_eq!(body.contains("[optional]"), need == Need::Optional, "{body}");
        }
        assert!(asked(Email, Need::Required).is_ok());
        for field in [Email, Phone, BillingAddress, ShippingAddress] {
            assert!(asked(field, Need::Optional).is_err(), "{field:?}");
        }
        assert!(asked(ShippingAddress, Need::Required).is_err(), "without countries");
        let customer = [(ShippingAddress, Need::Required)].into();
        let country = ("shipping_address_collection[allowed_countries][0]".to_owned(), "DE".to_owned());
        let terms = Terms { customer, options: [country].into(), ..Terms::default() };
        let request = order::create(&LinkOrder { terms, ..sale() }, "closed").expect("an order");
        assert!(sent(&request).contains("&shipping_address_collection[allowed_countries][0]=DE&"));
    }

    #[test]
    fn options_go_as_they_are_and_take_the_place_of_what_is_usual() {
        let body = ordered(
            Purpose::Payment,
            &[
                ("payment_method_types[0]", "klarna"),
                ("inactive_message", "Too late"),
                ("custom_fields[0][key]", "table"),
            ],
        );
        let body = body.expect("an order");
        for field in
            ["payment_method_types[0]=klarna", "inactive_message=Too%20late", "custom_fields[0][key]=table"]
        {
            assert!(body.split('&').any(|found| found == field), "{field} in {body}");
        }
        assert!(!body.contains("card") && !body.contains("closed"), "{body}");
    }

    #[test]
    fn an_option_that_is_none_or_says_something_again_is_refused() {
        for name in [
            "colour",
            "metadata[reference]",
            "payment_intent_data[metadata][reference]",
            "restrictions[completed_sessions][limit]",
            "line_items[0][quantity]",
            "line_items[0][price_data][unit_amount]",
            "line_items[1][adjustable_quantity][enabled]",
            "line_items[1][price]",
            "line_items[0]",
        ] {
            let said = ordered(Purpose::Payment, &[(name, "1")]);
            assert!(said.is_err_and(|no| !no.advice.is_empty()), "{name}");
        }
        let twice = [("price", "price_1"), ("line_items[0][price]", "price_2")];
        assert!(ordered(Purpose::Product, &twice).is_err());
        let both = [("price", "price_1"), ("line_items[0][price_data][tax_behavior]", "inclusive")];
        assert!(ordered(Purpose::Product, &both).is_err());
        let options = [("phone_number_collection[enabled]".to_owned(), "false".to_owned())].into();
        let customer = [(CustomerField::Phone, Need::Required)].into();
        let terms = Terms { customer, options, ..Terms::default() };
        assert!(order::create(&LinkOrder { terms, ..sale() }, "closed").is_err());
    }

    #[test]
    fn a_subscription_says_how_often_and_only_a_subscription_recurs() {
        let monthly = [("recurring[interval]", "month"), ("recurring[interval_count]", "3")];
        let body = ordered(Purpose::Subscription, &monthly).expect("an order");
        for field in [
            "[recurring][interval]=month&",
            "[recurring][interval_count]=3&",
            "subscription_data[metadata][reference]=",
        ] {
            assert!(body.contains(field), "{field} in {body}");
        }
        assert!(!body.contains("payment_intent_data"), "{body}");
        assert!(ordered(Purpose::Subscription, &[("price", "price_1")]).is_ok());
        assert!(ordered(Purpose::Subscription, &[]).is_err());
        assert!(ordered(Purpose::Subscription, &monthly[1..]).is_err(), "how often is not said");
        assert!(ordered(Purpose::Payment, &monthly).is_err());
        assert!(ordered(Purpose::Invoice, &[]).is_err());
    }
}
