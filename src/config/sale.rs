//! `[sale]` of a terminal: what may be keyed in, and for how long each thing is waited.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::class::Monetary;
use super::class::Operational;
use super::draft::Draft;
use super::within::Within;
use crate::core::money::Currency;
use crate::core::money::Money;

/// Of the smallest unit: 0.50 EUR, 50 JPY.
const MINIMUM: i64 = 50;
/// Of the smallest unit: eight digits, as on the screens.
const LIMIT: i64 = 99_999_999;

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    /// ISO 4217 code of what is keyed in
    #[schemars(with = "Monetary<String>")]
    pub currency: Monetary<Currency>,
    /// The least of one sale, as people write it
    pub minimum: Monetary<String>,
    /// The most of one sale, as people write it
    pub limit: Monetary<String>,
    /// Above this the cashier is asked once more
    pub confirm_above: Monetary<String>,
    /// How long a code is shown and can be paid
    pub ttl_s: Operational<Within<10, 3600>>,
    /// How long a link is waited for
    pub prepare_wait_s: Operational<Within<2, 120>>,
    /// How long a sale that is being closed may say "checking"
    pub close_wait_s: Operational<Within<1, 120>>,
    /// How long a refund may be waited for before the counter is free
    pub refund_wait_s: Operational<Within<1, 120>>,
    /// How long PAID stays unless a key is pressed
    pub paid_hold_s: Operational<Within<1, 3600>>,
    /// How long expired, cancelled and failed stay
    pub ended_hold_s: Operational<Within<1, 3600>>,
    /// How long an amount being typed is kept without a key
    pub entry_wait_s: Operational<Within<5, 3600>>,
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
    let currency = draft.need("sale.currency", table.currency.0, "write three letters, such as EUR")?;
    let mut read = |key: &str, text: &Option<String>| {
        let parsed = Money::parse(text.as_deref()?, currency);
        parsed.map_err(|error| draft.fault(key, error, "")).ok().map(|money| money.minor)
    };
    let minimum = read("sale.minimum", &table.minimum.0).unwrap_or(MINIMUM);
    let limit = read("sale.limit", &table.limit.0).unwrap_or(LIMIT);
    let confirm_above = read("sale.confirm_above", &table.confirm_above.0);
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
        sale_ttl: draft.seconds("sale.ttl_s", table.ttl_s.0, s(120)),
        prepare_wait: draft.seconds("sale.prepare_wait_s", table.prepare_wait_s.0, s(30)),
        close_wait: draft.seconds("sale.close_wait_s", table.close_wait_s.0, s(10)),
        refund_wait: draft.seconds("sale.refund_wait_s", table.refund_wait_s.0, s(10)),
        paid_hold: draft.seconds("sale.paid_hold_s", table.paid_hold_s.0, s(60)),
        ended_hold: draft.seconds("sale.ended_hold_s", table.ended_hold_s.0, s(10)),
        entry_wait: draft.seconds("sale.entry_wait_s", table.entry_wait_s.0, s(60)),
    }
}
