//! The sandbox's settings by name, `--set key=value`: times of the sale and of the bank, and a few habits
//! of the shop. Every key has a default; an unknown one is answered with the nearest right one.

use std::time::Duration;

use crate::core::money::Currency;
use crate::core::money::Money;
use crate::core::money::NotMoney;
use crate::core::secret::Secret;
use crate::port::provider::Strategy;
use crate::sandbox::bank::Refunding;

/// All that `--set` changes.
#[derive(Clone, Debug)]
pub struct Settings {
    pub counter: CounterSettings,
    pub shared: SharedSettings,
}

/// Of one counter: its terminal, and how its sales become links.
#[derive(Clone, Debug)]
pub struct CounterSettings {
    pub sale_ttl: Duration,
    pub prepare_wait: Duration,
    pub close_wait: Duration,
    pub refund_wait: Duration,
    pub paid_hold: Duration,
    pub ended_hold: Duration,
    pub entry_wait: Duration,
    pub limit: Money,
    pub confirm_above: Option<Money>,
    pub pin: Option<Secret>,
    pub strategy: Strategy,
    /// Whether the counter's own reusable link is shown while idle.
    pub standing: bool,
}

/// Of the bank and the relay, which serve all counters.
#[derive(Clone, Debug)]
pub struct SharedSettings {
    /// How often the relay looks at the standing link by itself.
    pub standing_every: Duration,
    /// Whether news is confirmed by asking although its signature would be enough.
    pub confirm: bool,
    pub poll_first: Duration,
    pub poll_most: Duration,
    pub webhook_delay_ms: u64,
    /// How long the relay waits for a webhook's body.
    pub body_wait: Duration,
    pub late_wait: Duration,
    /// The bank's first wait after a failed webhook; its days of retrying shrink with it.
    pub retry_base_ms: u64,
    pub pending_settles_ms: Option<u64>,
    pub refunds: Refunding,
    pub refund_settles_ms: u64,
    pub pay_twice: bool,
}

/// Name and meaning of every key, for the help text.
pub const KEYS: &[(&str, &str)] = &[
    ("sale_ttl_s", "how long a code is shown (120)"),
    ("prepare_wait_s", "how long to wait for a link (30)"),
    ("close_wait_s", "how long a closing sale may be checked before it is unknown (10)"),
    ("refund_wait_s", "how long a refund is waited for before the counter is free (10)"),
    ("paid_hold_s", "how long PAID stays (60)"),
    ("ended_hold_s", "how long expired, cancelled and failed stay (10)"),
    ("entry_wait_s", "back to idle after this long without a key (60)"),
    ("limit", "the most of one sale, as people write it (999999.99)"),
    ("confirm_above", "ask again above this amount (never)"),
    ("pin", "for refunds and for settling an unknown sale by hand (1234)"),
    ("strategy", "one-off: a link per sale; reference: the reusable link with the sale's name (one-off)"),
    ("standing", "yes: the reusable link is shown while idle (no)"),
    ("standing_every_ms", "how often the relay looks at the standing link by itself (10000)"),
    ("confirm", "yes: news is confirmed by asking, whatever its signature (no)"),
    ("poll_first_ms", "how soon the relay asks by itself, doubling (2000)"),
    ("poll_most_ms", "how rarely the relay asks by itself (15000)"),
    ("webhook_delay_ms", "how long the bank holds a webhook back (0)"),
    ("body_wait_ms", "how long the relay waits for a webhook's body (10000)"),
    ("late_wait_ms", "how long the relay lets facts wait that it can do without (200)"),
    ("retry_base_ms", "the bank's wait after a failed webhook, doubling (1000)"),
    ("pending_settles_ms", "a delayed payment succeeds after this long (never by itself)"),
    (
        "refunds",
        "succeed: at once; pending: done later; fail: pending, and then not; fail_later: done, and then not (succeed)",
    ),
    ("refund_settles_ms", "after how long a refund ends that does so later (5000)"),
    ("pay_twice", "yes: a checkout opened in time can be paid after its link was (yes)"),
];

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    #[error("`{0}` is not of the form key=value")]
    Form(String),
    #[error("there is no setting `{key}`{}", nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    Unknown { key: String, nearest: Option<&'static str> },
    #[error("{key}: `{value}` is not {wanted}")]
    Value { key: String, value: String, wanted: &'static str },
    #[error("{key}: {why}")]
    Money { key: String, why: NotMoney },
}

impl Settings {
    #[must_use]
    pub fn new(currency: Currency) -> Self {
        let seconds = Duration::from_secs;
        Self {
            counter: CounterSettings {
                sale_ttl: seconds(120),
                prepare_wait: seconds(30),
                close_wait: seconds(10),
                refund_wait: seconds(10),
                paid_hold: seconds(60),
                ended_hold: seconds(10),
                entry_wait: seconds(60),
                limit: Money::new(99_999_999, currency),
                confirm_above: None,
                pin: Some(Secret::new("1234")),
                strategy: Strategy::OneOff,
                standing: false,
            },
            shared: SharedSettings {
                standing_every: seconds(10),
                confirm: false,
                poll_first: seconds(2),
                poll_most: seconds(15),
                webhook_delay_ms: 0,
                body_wait: seconds(10),
                late_wait: Duration::from_millis(200),
                retry_base_ms: 1_000,
                pending_settles_ms: None,
                refunds: Refunding::Succeed,
                refund_settles_ms: 5_000,
                pay_twice: true,
            },
        }
    }

    /// Sets one key from `key=value`.
    pub fn set(&mut self, text: &str) -> Result<(), BadSetting> {
        let (key, value) = text.split_once('=').ok_or_else(|| BadSetting::Form(text.to_owned()))?;
        let (key, value) = (key.trim(), value.trim());
        let input = Input { key, value };
        let Self { counter, shared } = self;
        match key {
            "sale_ttl_s" => counter.sale_ttl = input.seconds()?,
            "prepare_wait_s" => counter.prepare_wait = input.seconds()?,
            "close_wait_s" => counter.close_wait = input.seconds()?,
            "refund_wait_s" => counter.refund_wait = input.seconds()?,
            "paid_hold_s" => counter.paid_hold = input.seconds()?,
            "ended_hold_s" => counter.ended_hold = input.seconds()?,
            "entry_wait_s" => counter.entry_wait = input.seconds()?,
            "limit" => counter.limit = input.money(counter.limit.currency)?,
            "confirm_above" => counter.confirm_above = Some(input.money(counter.limit.currency)?),
            "pin" => counter.pin = Some(input.pin()?),
            "strategy" => counter.strategy = input.strategy()?,
            "standing" => counter.standing = input.yes()?,
            "standing_every_ms" => shared.standing_every = Duration::from_millis(input.number()?),
            "confirm" => shared.confirm = input.yes()?,
            "poll_first_ms" => shared.poll_first = Duration::from_millis(input.number()?),
            "poll_most_ms" => shared.poll_most = Duration::from_millis(input.number()?),
            "webhook_delay_ms" => shared.webhook_delay_ms = input.number()?,
            "body_wait_ms" => shared.body_wait = Duration::from_millis(input.number()?),
            "late_wait_ms" => shared.late_wait = Duration::from_millis(input.number()?),
            "retry_base_ms" => shared.retry_base_ms = input.number()?,
            "pending_settles_ms" => shared.pending_settles_ms = Some(input.number()?),
            "refunds" => shared.refunds = input.refunds()?,
            "refund_settles_ms" => shared.refund_settles_ms = input.number()?,
            "pay_twice" => shared.pay_twice = input.yes()?,
            _ => return Err(input.unknown()),
        }
        Ok(())
    }
}

struct Input<'a> {
    key: &'a str,
    value: &'a str,
}

impl Input<'_> {
    fn wrong(&self, wanted: &'static str) -> BadSetting {
        BadSetting::Value { key: self.key.to_owned(), value: self.value.to_owned(), wanted }
    }

    fn number(&self) -> Result<u64, BadSetting> {
        self.value.parse().map_err(|_| self.wrong("a whole number"))
    }

    fn seconds(&self) -> Result<Duration, BadSetting> {
        let seconds: u32 = self.value.parse().map_err(|_| self.wrong("a whole number of seconds"))?;
        if seconds == 0 {
            Err(self.wrong("at least one second"))
        } else {
            Ok(Duration::from_secs(seconds.into()))
        }
    }

    fn yes(&self) -> Result<bool, BadSetting> {
        match self.value {
            "yes" | "true" | "1" => Ok(true),
            "no" | "false" | "0" => Ok(false),
            _ => Err(self.wrong("yes or no")),
        }
    }

    fn money(&self, currency: Currency) -> Result<Money, BadSetting> {
        Money::parse(self.value, currency).map_err(|why| BadSetting::Money { key: self.key.to_owned(), why })
    }

    /// As a terminal's configuration has it: what cannot be typed on the keypad is no PIN.
    fn pin(&self) -> Result<Secret, BadSetting> {
        let digits = self.value.bytes().all(|byte| byte.is_ascii_digit());
        if digits && (4..=12).contains(&self.value.len()) {
            Ok(Secret::new(self.value))
        } else {
            Err(self.wrong("4 to 12 digits"))
        }
    }

    fn strategy(&self) -> Result<Strategy, BadSetting> {
        match self.value {
            "one-off" => Ok(Strategy::OneOff),
            "reference" => Ok(Strategy::Reference),
            _ => Err(self.wrong("one-off or reference")),
        }
    }

    fn refunds(&self) -> Result<Refunding, BadSetting> {
        match self.value {
            "succeed" => Ok(Refunding::Succeed),
            "pending" => Ok(Refunding::Pending),
            "fail" => Ok(Refunding::Fail),
            "fail_later" => Ok(Refunding::FailLater),
            _ => Err(self.wrong("succeed, pending, fail or fail_later")),
        }
    }

    fn unknown(&self) -> BadSetting {
        let distance = |known: &str| strsim::damerau_levenshtein(known, self.key);
        let nearest = KEYS.iter().map(|(name, _)| *name).min_by_key(|name| distance(name));
        let begun = |name: &str| !self.key.is_empty() && name.starts_with(self.key);
        let near = |name: &&str| begun(name) || distance(name) <= name.len() / 3;
        BadSetting::Unknown { key: self.key.to_owned(), nearest: nearest.filter(near) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur() -> Settings {
        Settings::new(Currency::from_code("EUR").unwrap())
    }

    #[test]
    fn every_named_key_can_be_set_and_none_else() {
        for (key, _) in KEYS {
            let tried =
                ["7", "yes", "one-off", "4711", "pending"].map(|value| eur().set(&format!("{key}={value}")));
            assert!(tried.iter().any(Result::is_ok), "{key}: {tried:?}");
        }
        let near = eur().set("sale_ttl=7").unwrap_err().to_string();
        assert!(near.contains("sale_ttl_s"), "{near}");
        for far in ["nothing_like_it=1", "foo=1", "=1"] {
            assert!(matches!(eur().set(far), Err(BadSetting::Unknown { nearest: None, .. })), "{far}");
        }
    }

    #[test]
    fn a_wrong_value_is_named_and_changes_nothing() {
        let mut settings = eur();
        assert!(settings.set("sale_ttl_s=soon").is_err());
        assert!(settings.set("paid_hold_s=0").is_err());
        assert!(settings.set("limit=1.005").is_err());
        assert!(settings.set("sale_ttl_s").is_err());
        for pin in ["pin=abc", "pin=", "pin=123", "pin=12 34"] {
            assert!(settings.set(pin).is_err(), "{pin}");
        }
        assert_eq!(settings.counter.sale_ttl, Duration::from_secs(120));
        settings.set("limit=50").unwrap();
        assert_eq!(settings.counter.limit.minor, 5_000);
    }
}
