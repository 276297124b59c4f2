//! The settings the terminal's core obeys. Where they come from is not known here.

use std::time::Duration;

use super::link::AllowList;
use super::money::Currency;
use super::payment::Mode;
use super::reference::TerminalId;
use super::secret::Secret;

#[derive(Clone, Debug)]
pub struct Settings {
    pub terminal: TerminalId,
    pub mode: Mode,
    pub currency: Currency,
    /// The least and the most of one sale, in minor units.
    pub minimum: i64,
    pub limit: i64,
    /// Above this the cashier is asked again; minor units.
    pub confirm_above: Option<i64>,
    pub allowed: AllowList,
    /// The counter's reusable link, shown while idle.
    pub standing: Option<String>,
    /// How long a code may be shown.
    pub sale_ttl: Duration,
    /// How long to wait for a link before the sale is given up.
    pub prepare_wait: Duration,
    /// How long a closed sale may be "checking" before the counter is free and the sale unknown.
    pub close_wait: Duration,
    /// How long a refund may be waited for before the counter is free; its end is then told beside.
    pub refund_wait: Duration,
    /// How long PAID stays; short, over, late, duplicate and unknown stay as long.
    pub paid_hold: Duration,
    /// How long expired, cancelled and failed stay.
    pub ended_hold: Duration,
    /// Back to idle after this long without a key while typing or reading the list.
    pub entry_wait: Duration,
    /// Refunds and settling by hand are refused where there is none.
    pub pin: Option<Secret>,
}

impl Settings {
    /// The defaults of a shop in EUR, for tests and samples.
    #[must_use]
    pub fn example() -> Self {
        Self {
            terminal: "counter-1".parse().expect("a legal id"),
            mode: Mode::Test,
            currency: Currency::from_code("EUR").expect("a known code"),
            minimum: 50,
            limit: 99_999_999,
            confirm_above: None,
            allowed: AllowList { hosts: vec!["buy.stripe.com".into()], sandbox_origin: None },
            standing: None,
            sale_ttl: Duration::from_secs(120),
            prepare_wait: Duration::from_secs(30),
            close_wait: Duration::from_secs(10),
            refund_wait: Duration::from_secs(10),
            paid_hold: Duration::from_secs(60),
            ended_hold: Duration::from_secs(10),
            entry_wait: Duration::from_secs(60),
            pin: None,
        }
    }
}
