//! What can be sold and the page it is sold on.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde::Serialize;

use super::Face;
use super::Metadata;
use crate::core::money::Currency;

/// What an item costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pricing {
    /// Minor units.
    Fixed(i64),
    /// The customer says; bounds and proposal in minor units.
    Open { minimum: Option<i64>, maximum: Option<i64>, preset: Option<i64> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    pub id: String,
    pub seq: u64,
    pub created_ms: i64,
    pub active: bool,
    pub currency: Currency,
    pub pricing: Pricing,
    pub product: String,
    pub name: String,
    pub description: Option<String>,
    pub metadata: Metadata,
}

/// What a new thing is known by: an id, its place in the order of all, and when it was made.
#[derive(Clone, Debug)]
pub struct Made {
    pub id: String,
    pub seq: u64,
    pub created_ms: i64,
}

/// What a system charges at all, whatever a price says, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chargeable {
    pub least: i64,
    pub most: i64,
    /// Amounts are multiples of this.
    pub step: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub id: String,
    pub price: Price,
    pub quantity: i64,
    /// Value added tax on top of the price, in hundredths of a percent.
    #[serde(default)]
    pub vat_bp: i64,
}

impl Line {
    /// One piece without tax, of a price that serves this line alone and has its id.
    #[must_use]
    pub fn plain(made: Made, name: String, currency: Currency, pricing: Pricing) -> Self {
        let Made { id, seq, created_ms } = made;
        let price = Price {
            id: id.clone(),
            seq,
            created_ms,
            active: false,
            currency,
            pricing,
            product: String::new(),
            name,
            description: None,
            metadata: Metadata::new(),
        };
        Self { id, price, quantity: 1, vat_bp: 0 }
    }

    /// What a customer pays for it at this price, tax included, rounded half up to the minor unit.
    #[must_use]
    pub fn gross(&self, each: i64) -> i64 {
        let net = i128::from(each) * i128::from(self.quantity);
        let gross = (net * (10_000 + i128::from(self.vat_bp)) + 5_000).div_euclid(10_000);
        i64::try_from(gross).unwrap_or(i64::MAX)
    }
}

/// What the customer sees once the money is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterPayment {
    Thanks { message: Option<String> },
    Redirect { url: String },
}

/// Something that the hosted page asks of a customer besides money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The form's name for it, and the face's.
    pub name: String,
    pub label: String,
    pub required: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub id: String,
    pub seq: u64,
    pub face: Face,
    /// The last part of the URL; short where the face has no say, so that its QR code is coarse.
    pub code: String,
    pub created_ms: i64,
    pub active: bool,
    pub currency: Currency,
    pub chargeable: Chargeable,
    pub lines: Vec<Line>,
    /// How many checkouts may complete before the link closes itself. 1 is a one-off link.
    pub limit: Option<u32>,
    pub completed: u32,
    /// When time closes it, in ms since 1970.
    #[serde(default)]
    pub expires_ms: Option<i64>,
    /// The `expires_ms` of which the face has told already.
    #[serde(default)]
    pub expiry_told_ms: Option<i64>,
    pub metadata: Metadata,
    pub payment_metadata: Metadata,
    pub payment_description: Option<String>,
    pub inactive_message: Option<String>,
    pub after: AfterPayment,
    #[serde(default)]
    pub questions: Vec<Question>,
    /// Absent: whatever the account offers.
    pub methods: Option<Vec<String>>,
    /// Settings of one dialect that change nothing here and are repeated to whoever asks.
    pub extras: BTreeMap<String, serde_json::Value>,
}

impl Link {
    /// A link with nothing but lines.
    #[must_use]
    pub fn blank(
        made: Made,
        face: Face,
        code: String,
        currency: Currency,
        chargeable: Chargeable,
        lines: Vec<Line>,
    ) -> Self {
        let Made { id, seq, created_ms } = made;
        Self {
            id,
            seq,
            face,
            code,
            created_ms,
            active: true,
            currency,
            chargeable,
            lines,
            limit: None,
            completed: 0,
            expires_ms: None,
            expiry_told_ms: None,
            metadata: Metadata::new(),
            payment_metadata: Metadata::new(),
            payment_description: None,
            inactive_message: None,
            after: AfterPayment::Thanks { message: None },
            questions: Vec::new(),
            methods: None,
            extras: BTreeMap::new(),
        }
    }

    /// The sum to pay, tax included, or the bounds within which the customer chooses it.
    #[must_use]
    pub fn pricing(&self) -> Pricing {
        let mut sum = 0_i64;
        for line in &self.lines {
            match line.price.pricing {
                Pricing::Fixed(each) => sum = sum.saturating_add(line.gross(each)),
                open @ Pricing::Open { .. } => return open,
            }
        }
        Pricing::Fixed(sum)
    }

    /// What a customer may choose to pay, in minor units.
    #[must_use]
    pub fn bounds(&self) -> RangeInclusive<i64> {
        let Chargeable { least, most, .. } = self.chargeable;
        match self.pricing() {
            Pricing::Fixed(sum) => sum..=sum,
            Pricing::Open { minimum, maximum, .. } => {
                minimum.map_or(least, |minimum| minimum.max(least))
                    ..=maximum.map_or(most, |maximum| maximum.min(most))
            }
        }
    }

    #[must_use]
    pub fn used_up(&self) -> bool {
        self.limit.is_some_and(|limit| self.completed >= limit)
    }

    /// Whether its time is over.
    #[must_use]
    pub fn expired(&self, now_ms: i64) -> bool {
        self.expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms)
    }

    /// The hosted page. `public_url` has no slash at its end.
    #[must_use]
    pub fn url(&self, public_url: &str) -> String {
        format!("{public_url}/bank/pay/{}", self.code)
    }

    #[must_use]
    pub fn title(&self) -> &str {
        self.lines.first().map_or("", |line| line.price.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(each: i64, quantity: i64, vat_bp: i64) -> Line {
        let made = Made { id: "line".into(), seq: 1, created_ms: 0 };
        let currency = Currency::from_code("EUR").expect("a known code");
        Line { quantity, vat_bp, ..Line::plain(made, "Tea".into(), currency, Pricing::Fixed(each)) }
    }

    #[test]
    fn tax_is_added_and_rounded_to_the_minor_unit() {
        for (each, quantity, vat_bp, gross) in
            [(1_099, 1, 2_100, 1_330), (1_099, 3, 2_100, 3_989), (50, 1, 100, 51), (1_250, 2, 0, 2_500)]
        {
            assert_eq!(line(each, quantity, vat_bp).gross(each), gross, "{each} x {quantity} + {vat_bp}");
        }
    }

    #[test]
    fn a_line_without_tax_loads() {
        let mut saved = serde_json::to_value(line(1_250, 1, 0)).expect("JSON");
        saved.as_object_mut().expect("an object").remove("vat_bp");
        assert_eq!(serde_json::from_value::<Line>(saved).expect("a line"), line(1_250, 1, 0));
    }
}
