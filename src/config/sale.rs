//! `[sale]` of a terminal: what may be keyed in, and for how long each thing is waited.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::draft::Draft;
use crate::core::money::Currency;
use crate::core::money::Money;

/// Of the smallest unit: 0.50 EUR, 50 JPY.
const MINIMUM: i64 = 50;
/// Of the smallest unit: eight digits, as on the screens.
const LIMIT: i64 = 99_999_999;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    pub currency: Option<Currency>,
    pub minimum: Option<String>,
    pub limit: Option<String>,
    pub confirm_above: Option<String>,
    pub ttl_s: Option<u64>,
    pub prepare_wait_s: Option<u64>,
    pub close_wait_s: Option<u64>,
    pub refund_wait_s: Option<u64>,
    pub paid_hold_s: Option<u64>,
    pub ended_hold_s: Option<u64>,
    pub entry_wait_s: Option<u64>,
}

/// In minor units.
#[derive(Clone, Copy, Debug)]
pub struct Amounts {
    pub currency: Currency,
    pub minimum: i64,
    pub limit: i64,
    pub confirm_above: Option<i64>,
}

pub fn amounts(draft: &mut Draft, table: &Table) -> Option<Amounts> {
    let currency = draft.need("sale.currency", table.currency, "write three letters, such as EUR")?;
    let mut read = |key: &str, text: &Option<String>| {
        let parsed = Money::parse(text.as_deref()?, currency);
        parsed.map_err(|error| draft.fault(key, error, "")).ok().map(|money| money.minor)
    };
    let minimum = read("sale.minimum", &table.minimum).unwrap_or(MINIMUM);
    let limit = read("sale.limit", &table.limit).unwrap_or(LIMIT);
    let confirm_above = read("sale.confirm_above", &table.confirm_above);
    let money = |minor| Money::new(minor, currency);
    if minimum < 1 {
        draft.fault("sale.minimum", "nobody can pay nothing", format!("use {} or more", money(1)));
    }
    if limit > LIMIT {
        let what = format!("{} has more digits than the screens", money(limit));
        draft.fault("sale.limit", what, format!("use at most {}", money(LIMIT).decimal()));
    }
    if limit < minimum {
        let what = format!("the limit of {} is below the minimum of {}", money(limit), money(minimum));
        draft.fault("sale.limit", what, "no amount could be keyed in; raise it");
    }
    if let Some(above) = confirm_above.filter(|above| *above >= limit) {
        let what = format!("{} is not below the limit of {}", money(above), money(limit));
        draft.warn("sale.confirm_above", what, "so nobody will ever be asked; lower it");
    }
    Some(Amounts { currency, minimum, limit, confirm_above })
}

#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub sale_ttl: Duration,
    pub prepare_wait: Duration,
    pub close_wait: Duration,
    pub refund_wait: Duration,
    pub paid_hold: Duration,
    pub ended_hold: Duration,
    pub entry_wait: Duration,
}

pub fn times(draft: &mut Draft, table: &Table) -> Times {
    let s = Duration::from_secs;
    Times {
        sale_ttl: draft.seconds("sale.ttl_s", table.ttl_s, s(120), 10..=3600),
        prepare_wait: draft.seconds("sale.prepare_wait_s", table.prepare_wait_s, s(30), 2..=120),
        close_wait: draft.seconds("sale.close_wait_s", table.close_wait_s, s(10), 1..=120),
        refund_wait: draft.seconds("sale.refund_wait_s", table.refund_wait_s, s(10), 1..=120),
        paid_hold: draft.seconds("sale.paid_hold_s", table.paid_hold_s, s(60), 1..=3600),
        ended_hold: draft.seconds("sale.ended_hold_s", table.ended_hold_s, s(10), 1..=3600),
        entry_wait: draft.seconds("sale.entry_wait_s", table.entry_wait_s, s(60), 5..=3600),
    }
}
