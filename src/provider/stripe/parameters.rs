//! What else Stripe's links can be told, in Stripe's own words. The names are the create parameters of the
//! pinned version, less those for which an order has words of its own; a test holds the table against
//! Stripe's data. `0` stands for any place in a list, `KEY` for any key of ours.

use super::REFERENCE;

/// Name and what it does, as in Stripe's reference of `POST /v1/payment_links`.
pub const PARAMETERS: &[(&str, &str)] = &[
    ("allow_promotion_codes", "true: customers may type a promotion code; they then pay less"),
    ("application_fee_amount", "fee for the platform, in Stripe's units"),
    ("application_fee_percent", "fee for the platform, of each of a subscription's invoices"),
    ("automatic_tax[enabled]", "true: Stripe reckons the tax"),
    ("automatic_tax[liability][account]", "the account that owes the tax"),
    ("automatic_tax[liability][type]", "account or self"),
    ("billing_address_collection", "auto or required"),
    ("consent_collection[payment_method_reuse_agreement][position]", "auto or hidden"),
    ("consent_collection[promotions]", "auto or none: ask whether news may be sent"),
    ("consent_collection[terms_of_service]", "none or required"),
    ("custom_fields[0][dropdown][default_value]", "the value chosen at first"),
    ("custom_fields[0][dropdown][options][0][label]", "what the customer reads"),
    ("custom_fields[0][dropdown][options][0][value]", "what the answer says"),
    ("custom_fields[0][key]", "the field's name in the answer"),
    ("custom_fields[0][label][custom]", "what the customer reads"),
    ("custom_fields[0][label][type]", "custom"),
    ("custom_fields[0][numeric][default_value]", "the digits there at first"),
    ("custom_fields[0][numeric][maximum_length]", "the most digits"),
    ("custom_fields[0][numeric][minimum_length]", "the fewest digits"),
    ("custom_fields[0][optional]", "true: it may stay empty"),
    ("custom_fields[0][text][default_value]", "the text there at first"),
    ("custom_fields[0][text][maximum_length]", "the most characters"),
    ("custom_fields[0][text][minimum_length]", "the fewest characters"),
    ("custom_fields[0][type]", "dropdown, numeric or text"),
    ("custom_text[after_submit][message]", "words below the button"),
    ("custom_text[shipping_address][message]", "words beside the shipping address"),
    ("custom_text[submit][message]", "words beside the button"),
    ("custom_text[terms_of_service_acceptance][message]", "words beside the terms"),
    ("customer_creation", "always or if_required"),
    ("inactive_message", "what a customer reads who comes too late"),
    ("invoice_creation[enabled]", "true: an invoice after each payment"),
    ("invoice_creation[invoice_data][account_tax_ids][0]", "a tax id of the account"),
    ("invoice_creation[invoice_data][custom_fields][0][name]", "a line in the invoice's head"),
    ("invoice_creation[invoice_data][custom_fields][0][value]", "what that line says"),
    ("invoice_creation[invoice_data][description]", "the invoice's memo"),
    ("invoice_creation[invoice_data][footer]", "the invoice's foot"),
    ("invoice_creation[invoice_data][issuer][account]", "the account that issues it"),
    ("invoice_creation[invoice_data][issuer][type]", "account or self"),
    ("invoice_creation[invoice_data][metadata][KEY]", "words of yours on the invoice"),
    (
        "invoice_creation[invoice_data][rendering_options][amount_tax_display]",
        "exclude_tax or include_inclusive_tax",
    ),
    ("invoice_creation[invoice_data][rendering_options][template]", "the invoice's template"),
    ("line_items[0][adjustable_quantity][enabled]", "true: the customer chooses how many"),
    ("line_items[0][adjustable_quantity][maximum]", "the most of this item"),
    ("line_items[0][adjustable_quantity][minimum]", "the fewest of this item"),
    ("line_items[0][price]", "a price that stands at Stripe, price for short; its name is the title then"),
    ("line_items[0][price_data][product]", "a product that stands at Stripe; its name is the title then"),
    ("line_items[0][price_data][product_data][images][0]", "the address of a picture"),
    ("line_items[0][price_data][product_data][metadata][KEY]", "words of yours on the product"),
    ("line_items[0][price_data][product_data][tax_code]", "what kind of goods it is"),
    ("line_items[0][price_data][product_data][tax_details][performance_location]", "where it is performed"),
    ("line_items[0][price_data][product_data][tax_details][tax_code]", "what kind of goods it is"),
    ("line_items[0][price_data][product_data][unit_label]", "what one of it is called"),
    (
        "line_items[0][price_data][recurring][interval]",
        "day, week, month or year; recurring[interval] for short",
    ),
    (
        "line_items[0][price_data][recurring][interval_count]",
        "so many intervals; recurring[interval_count] for short",
    ),
    ("line_items[0][price_data][tax_behavior]", "exclusive, inclusive or unspecified"),
    ("managed_payments[enabled]", "true: Stripe is the merchant"),
    ("name_collection[business][enabled]", "true: ask for the business's name"),
    ("name_collection[business][optional]", "true: it may stay empty"),
    ("name_collection[individual][enabled]", "true: ask for the customer's name"),
    ("name_collection[individual][optional]", "true: it may stay empty"),
    ("on_behalf_of", "the account for which is charged"),
    ("optional_items[0][adjustable_quantity][enabled]", "true: the customer chooses how many"),
    ("optional_items[0][adjustable_quantity][maximum]", "the most of it"),
    ("optional_items[0][adjustable_quantity][minimum]", "the fewest of it"),
    ("optional_items[0][price]", "the price of something to add"),
    ("optional_items[0][quantity]", "how many of it"),
    ("payment_intent_data[capture_method]", "automatic, automatic_async or manual"),
    ("payment_intent_data[description]", "words on the payment and on Stripe's receipts"),
    ("payment_intent_data[metadata][KEY]", "words of yours on the payment"),
    ("payment_intent_data[setup_future_usage]", "off_session or on_session"),
    ("payment_intent_data[statement_descriptor]", "words on the statement, other than for cards"),
    ("payment_intent_data[statement_descriptor_suffix]", "words on a card's statement"),
    ("payment_intent_data[transfer_group]", "a name for transfers that belong together"),
    ("payment_method_collection", "always or if_required, for subscriptions"),
    ("payment_method_options[card][restrictions][brands_blocked][0]", "a card brand that is not taken"),
    ("payment_method_types[0]", "a method to pay by, in place of card alone"),
    ("phone_number_collection[enabled]", "true: ask for a telephone number"),
    ("shipping_address_collection[allowed_countries][0]", "a country that is shipped to, as DE"),
    ("shipping_options[0][shipping_rate]", "a shipping rate that stands at Stripe"),
    ("submit_type", "auto, book, donate, pay or subscribe: the button's word"),
    ("subscription_data[description]", "words about the subscription"),
    ("subscription_data[invoice_settings][account_tax_ids][0]", "a tax id of the account"),
    ("subscription_data[invoice_settings][custom_fields][0][name]", "a line in each invoice's head"),
    ("subscription_data[invoice_settings][custom_fields][0][value]", "what that line says"),
    ("subscription_data[invoice_settings][description]", "each invoice's memo"),
    ("subscription_data[invoice_settings][footer]", "each invoice's foot"),
    ("subscription_data[invoice_settings][issuer][account]", "the account that issues them"),
    ("subscription_data[invoice_settings][issuer][type]", "account or self"),
    ("subscription_data[metadata][KEY]", "words of yours on the subscription"),
    ("subscription_data[trial_period_days]", "days before the first payment"),
    (
        "subscription_data[trial_settings][end_behavior][missing_payment_method]",
        "cancel, create_invoice or pause",
    ),
    ("tax_id_collection[enabled]", "true: ask businesses for their tax id"),
    ("tax_id_collection[required]", "if_supported or never"),
    ("transfer_data[amount]", "how much is passed on, in Stripe's units"),
    ("transfer_data[destination]", "the account that it is passed on to"),
];

/// Beginnings of those that a link keeps as it was made. Items are among them: a change of one names it by
/// an id that nobody here knows.
const FOR_GOOD: [&str; 4] = [
    "line_items[",
    "managed_payments[",
    "payment_intent_data[capture_method]",
    "subscription_data[description]",
];

/// The whole name of an option: an item's own fields need not say that they are its.
pub fn whole_name(option: &str) -> String {
    if option == "price" {
        "line_items[0][price]".to_owned()
    } else if let Some(rest) = option.strip_prefix("recurring[") {
        format!("line_items[0][price_data][recurring][{rest}")
    } else {
        option.to_owned()
    }
}

pub fn is_known(name: &str) -> bool {
    PARAMETERS.iter().any(|(known, _)| fits(known, name))
}

/// Whether a link that stands can be told it as well.
pub fn is_changeable(name: &str) -> bool {
    is_known(name) && !FOR_GOOD.iter().any(|start| name.starts_with(start))
}

fn fits(known: &str, name: &str) -> bool {
    let (mut left, mut right) = (known.split('['), name.split('['));
    loop {
        let fits = match (left.next(), right.next()) {
            (None, None) => return true,
            (Some("0]"), Some(place)) => is_place(place),
            (Some("KEY]"), Some(key)) => is_key(key),
            (Some(word), Some(given)) => word == given,
            (None, Some(_)) | (Some(_), None) => false,
        };
        if !fits {
            return false;
        }
    }
}

fn is_place(segment: &str) -> bool {
    let digits = segment.strip_suffix(']').unwrap_or("");
    (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The reference's key is the relay's alone: under it a sale is found.
fn is_key(segment: &str) -> bool {
    segment.strip_suffix(']').is_some_and(|key| !key.is_empty() && !key.contains(']') && key != REFERENCE)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    const DELTA: &str = include_str!("../../../tests/fixtures/stripe/delta-2026-10-28.json");

    /// What an order says by itself: its amount, items, title, limit, metadata and what comes afterwards; and
    /// what the answer holds.
    const OWN: [&str; 13] = [
        "after_completion[hosted_confirmation][custom_message]",
        "after_completion[redirect][url]",
        "after_completion[type]",
        "currency",
        "expand",
        "line_items[0][price_data][currency]",
        "line_items[0][price_data][product_data][description]",
        "line_items[0][price_data][product_data][name]",
        "line_items[0][price_data][unit_amount]",
        "line_items[0][price_data][unit_amount_decimal]",
        "line_items[0][quantity]",
        "metadata[KEY]",
        "restrictions[completed_sessions][limit]",
    ];

    /// The names of all fields that are no objects, from the classes of the official library. Where that
    /// data cut a union short, the class is found by its name, and a list's last index is not known.
    fn names(group: &str, class: &str) -> BTreeSet<String> {
        let delta: Value = serde_json::from_str(DELTA).expect("JSON");
        let classes = serde_json::from_value(delta["params"][group].clone()).expect("classes");
        let mut found = BTreeSet::new();
        collect(&classes, class, "", &mut found);
        found
    }

    type Classes = BTreeMap<String, BTreeMap<String, Value>>;

    fn collect(classes: &Classes, class: &str, at: &str, found: &mut BTreeSet<String>) {
        for (field, about) in &classes[class] {
            let name = if at.is_empty() { field.clone() } else { format!("{at}[{field}]") };
            let inner = format!("{class}{}", camel(field));
            let one = inner.strip_suffix('s').filter(|one| classes.contains_key(*one));
            let plain = about["type"].as_str().unwrap_or_default();
            if classes.contains_key(&inner) {
                collect(classes, &inner, &name, found);
            } else if let Some(one) = one {
                collect(classes, one, &format!("{name}[0]"), found);
            } else if field == "metadata" || plain.contains("Dict") {
                found.insert(format!("{name}[KEY]"));
            } else {
                found.insert(name);
            }
        }
    }

    fn camel(field: &str) -> String {
        let upper = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        field.split('_').map(upper).collect()
    }

    /// Without the index of a list of plain values, which the data does not always show.
    fn bare(name: &str) -> String {
        name.strip_suffix("[0]").unwrap_or(name).to_owned()
    }

    #[test]
    fn the_table_is_stripes_own_and_whole() {
        let all = names("payment_link.create", "PaymentLinkCreateParams");
        let ours: BTreeSet<String> = PARAMETERS.iter().map(|(name, _)| bare(name)).collect();
        assert_eq!(ours.len(), PARAMETERS.len());
        let with_own: BTreeSet<String> = ours.iter().cloned().chain(OWN.map(str::to_owned)).collect();
        assert_eq!(with_own, all);
        assert_eq!(all.len(), ours.len() + OWN.len());
    }

    #[test]
    fn what_can_be_changed_is_what_stripe_changes() {
        let all = names("payment_link.update", "PaymentLinkUpdateParams");
        for (name, _) in PARAMETERS.iter().filter(|(name, _)| !name.starts_with("line_items[")) {
            assert_eq!(is_changeable(name), all.contains(&bare(name)), "{name}");
        }
        assert!(!is_changeable("line_items[0][adjustable_quantity][enabled]"));
    }

    #[test]
    fn names_are_known_whole_at_every_place_and_the_references_key_is_taken() {
        for name in [
            "custom_fields[2][dropdown][options][11][label]",
            "payment_intent_data[metadata][table]",
            "line_items[3][adjustable_quantity][enabled]",
            "submit_type",
        ] {
            assert!(is_known(name), "{name}");
        }
        for name in [
            "",
            "submit_type[0]",
            "custom_fields[x][key]",
            "custom_fields[][key]",
            "custom_fields[0]",
            "payment_intent_data[metadata][]",
            "payment_intent_data[metadata][reference]",
            "payment_intent_data[metadata][a][b]",
            "payment_intent_data[metadata][a]b]",
            "metadata[table]",
            "after_completion[type]",
            "KEY",
        ] {
            assert!(!is_known(name), "{name}");
        }
        assert_eq!(whole_name("recurring[interval]"), "line_items[0][price_data][recurring][interval]");
        assert!(is_known(&whole_name("price")));
    }
}
