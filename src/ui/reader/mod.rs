//! What a scene says to whom: words, a sign and a tone, for the person in front of this panel. Where it
//! stands and how large is not decided here.

mod counter;
mod edges;
mod payments;

use crate::core::device::Missing;
use crate::core::money::Money;
use crate::core::scene::Pairing;
use crate::core::scene::Scene;
use crate::core::scene::View;
use crate::ui::Audience;
use crate::ui::amount;
use crate::ui::icon::Icon;
use crate::ui::ink::Tone;
use crate::ui::lang::Words;
use crate::ui::page::Body;
use crate::ui::page::Keyed;
use crate::ui::page::Page;

/// Nearly all amounts that are typed have no more digits than this one, and none that a terminal can be set to
/// has more than the other.
const USUAL_MINOR: i64 = 99_999;
const MOST_MINOR: i64 = 99_999_999;

/// Who reads, in which words, and what time it is there.
pub struct Reader<'a> {
    pub words: &'a Words,
    pub audience: Audience,
    pub shop: &'a str,
    pub utc_offset_min: i32,
}

impl Reader<'_> {
    /// The page for this view.
    #[must_use]
    pub fn page(&self, view: &View) -> Page {
        let mut page = self.scene(&view.scene);
        if view.missing == Some(Missing::Panel) && matches!(view.scene, Scene::Preparing { .. }) {
            page = self.for_cashier(page, self.say("preparing-panel-do"));
        }
        let strip = view.strip.as_ref().map(|strip| self.band(strip));
        let hints = view.hints.iter().map(|hint| self.hint(*hint)).collect();
        let page = Page { hints, ..page };
        match (self.audience, view.missing) {
            (Audience::Customer, Some(missing @ (Missing::Keypad | Missing::CashierPanel))) => {
                Page { band: strip.unwrap_or_default(), ..self.behind_customer(page, &view.scene, missing) }
            }
            (Audience::Customer | Audience::Cashier, missing) => {
                let band = strip.or(missing.map(|missing| self.missing(missing)));
                Page { band: band.unwrap_or_default(), ..page }
            }
        }
    }

    /// What is missing on the cashier's side is small print for the customer, who is told what they can do. Keys that
    /// nobody has have no hints.
    fn behind_customer(&self, page: Page, scene: &Scene, missing: Missing) -> Page {
        let note = if page.note.is_empty() { self.missing(missing) } else { page.note.clone() };
        let page = Page { note, ..page };
        if missing != Missing::Keypad {
            return page;
        }
        let page = Page { hints: Vec::new(), ..page };
        let say = if matches!(scene, Scene::Idle { standing: None, closed: false }) {
            self.say("unavailable-say")
        } else if matches!(scene, Scene::Entering { .. }) {
            self.say("starting-say")
        } else {
            page.say.clone()
        };
        Page { say, ..page }
    }

    /// The same page on a panel that the code does not fit: the amount, and where to turn.
    #[must_use]
    pub fn without_code(&self, page: Page) -> Page {
        let standing = page.amount.is_empty();
        let plain =
            if standing { self.welcome() } else { self.plain("scan-too-long", Tone::Calm, Icon::Dots) };
        let (title, say) = match self.audience {
            Audience::Customer if standing => (plain.title, plain.say),
            Audience::Customer => (self.say("scan-too-long-title"), self.say("scan-too-long-say")),
            Audience::Cashier if standing => (plain.title, self.say("standing-do")),
            Audience::Cashier => (String::new(), page.say.clone()),
        };
        Page { icon: plain.icon, title, say, body: Body::Plain, ..page }
    }

    fn scene(&self, scene: &Scene) -> Page {
        match scene {
            Scene::Starting => self.plain("starting", Tone::Busy, Icon::Dots),
            Scene::Idle { standing: None, closed: false } => self.welcome(),
            Scene::Idle { standing: None, closed: true } => self.closed(),
            Scene::Idle { standing: Some(url), .. } => self.standing(url),
            Scene::Entering { amount, refused } => self.entering(*amount, *refused),
            Scene::Confirm { amount } => self.sum("confirm", Tone::Calm, Icon::Question, *amount),
            Scene::Preparing { amount } => self.sum("preparing", Tone::Busy, Icon::Dots, *amount),
            Scene::Scan { amount, url, left_s, declined } => self.scan(*amount, url, *left_s, *declined),
            Scene::Processing { amount } => self.sum("processing", Tone::Busy, Icon::Dots, *amount),
            Scene::Closing { amount, why } => self.closing(*amount, *why),
            Scene::Paid { amount, reference } => {
                let page = self.sum("paid", Tone::Good, Icon::Tick, *amount);
                match reference {
                    Some(reference) => {
                        let mark = self.with("paid-do", "tail", reference.tail());
                        self.noted(page, mark)
                    }
                    None => page,
                }
            }
            Scene::Short { due, received } => self.differs("short", Icon::Exclamation, *due, *received),
            Scene::Over { due, received } => self.differs("over", Icon::Plus, *due, *received),
            Scene::Late { amount, opened_unix_ms } => {
                let page = self.sum("late", Tone::Attention, Icon::Clock, *amount);
                let sale = self.with("late-do", "time", &self.time(*opened_unix_ms));
                self.noted(page, sale)
            }
            Scene::Duplicate { amount, extra } => {
                let sums = [("row-sale", *amount), ("row-again", *extra)];
                self.sums("duplicate", Icon::Twice, &sums)
            }
            Scene::Expired { amount } => self.sum("expired", Tone::Calm, Icon::Hourglass, *amount),
            Scene::Failed { amount, shown: true } => self.sum("failed", Tone::Bad, Icon::Cross, *amount),
            Scene::Failed { amount, shown: false } => {
                let page = self.sum("nocode", Tone::Attention, Icon::Cross, *amount);
                self.noted(page, self.say("nocode-do"))
            }
            Scene::Cancelled { amount } => self.sum("cancelled", Tone::Calm, Icon::Bar, *amount),
            Scene::Unknown { amount, in_progress: true } => {
                self.sum("progress", Tone::Attention, Icon::Question, *amount)
            }
            Scene::Unknown { amount, in_progress: false } => {
                self.sum("unknown", Tone::Attention, Icon::Question, *amount)
            }
            Scene::Unavailable { why, amount, shown } => self.unavailable(*why, *amount, *shown),
            Scene::Ask { amount } => {
                let page = self.sum("ask", Tone::Attention, Icon::Question, *amount);
                Page { title: self.title("ask"), ..page }
            }
            Scene::Pin { typed, wrong, act } => self.pin(*typed, *wrong, *act),
            Scene::Refund { paid, left, amount, refused } => self.refund(*paid, *left, *amount, *refused),
            Scene::Refunding { amount } => self.sum("refunding", Tone::Busy, Icon::Dots, *amount),
            Scene::Refunded { amount, pending: false } => {
                self.sum("refunded", Tone::Calm, Icon::Return, *amount)
            }
            Scene::Refunded { amount, pending: true } => {
                self.sum("returning", Tone::Busy, Icon::Return, *amount)
            }
            Scene::RefundRefused { amount, reason } => self.told("unrefunded", Icon::Cross, *amount, reason),
            Scene::RefundByHand { amount, system } => self.by_hand(*amount, system),
            Scene::RefundUnknown { amount } => {
                self.sum("refunddoubt", Tone::Attention, Icon::Question, *amount)
            }
            Scene::Payment { row, .. } => self.payment(row),
            Scene::LastPayments { rows, picked } => self.list(rows, *picked),
            Scene::Pairing { code, fingerprint, state } => self.pairing(code, fingerprint, *state),
            Scene::Paused => self.plain("paused", Tone::Calm, Icon::Pause),
            Scene::Message { text } => {
                Page { say: crate::ui::one_line(text), title: String::new(), ..self.welcome() }
            }
        }
    }

    /// Whoever stands in front reads it out, or types it: the same words for all.
    fn pairing(&self, code: &str, fingerprint: &str, state: Pairing) -> Page {
        let (say, alarm) = match state {
            Pairing::Waiting => ("pairing-waiting", false),
            Pairing::NoBroker => ("pairing-nobroker", true),
            Pairing::ByHand => ("pairing-byhand", false),
            Pairing::Foreign => ("pairing-foreign", true),
            Pairing::Refused => ("pairing-refused", true),
        };
        Page {
            say: self.say(say),
            alarm,
            title: self.say("pairing-title"),
            note: fingerprint.to_owned(),
            // Two groups on a line where four have no room.
            body: Body::Secret(code.replace('-', " ")),
            ..self.blank(Tone::Calm, Icon::Link)
        }
    }

    fn sums(&self, key: &str, icon: Icon, sums: &[(&str, Money)]) -> Page {
        let sums = sums.iter().map(|(label, money)| (self.say(label), self.money(*money))).collect();
        Page { body: Body::Sums(sums), ..self.plain(key, Tone::Attention, icon) }
    }

    fn sum(&self, key: &str, tone: Tone, icon: Icon, amount: Money) -> Page {
        Page { amount: self.money(amount), ..self.plain(key, tone, icon) }
    }

    /// An amount that is typed.
    fn typed(&self, key: &str, icon: Icon, amount: Money) -> Page {
        let room = |minor| self.money(Money::new(minor, amount.currency));
        let parts = |minor| amount::parts(Money::new(minor, amount.currency), self.words.lang());
        let keyed =
            Keyed { typed: parts(amount.minor), none: parts(0).digits, most: parts(MOST_MINOR).digits };
        let body = Body::Typed { usual: room(USUAL_MINOR), most: room(MOST_MINOR), keyed };
        Page { body, ..self.sum(key, Tone::Calm, icon, amount) }
    }

    fn plain(&self, key: &str, tone: Tone, icon: Icon) -> Page {
        let say = match self.audience {
            Audience::Customer => self.say(&format!("{key}-say")),
            Audience::Cashier => self.say(&format!("{key}-do")),
        };
        Page { title: self.say(&format!("{key}-title")), say, ..self.blank(tone, icon) }
    }

    /// A question for the customer, a shorter one for the cashier's few lines.
    fn title(&self, key: &str) -> String {
        match self.audience {
            Audience::Customer => self.say(&format!("{key}-title")),
            Audience::Cashier => self.say(&format!("{key}-short")),
        }
    }

    fn blank(&self, tone: Tone, icon: Icon) -> Page {
        Page {
            tone,
            icon: Some(icon),
            title: String::new(),
            amount: String::new(),
            say: String::new(),
            logo: false,
            alarm: false,
            note: String::new(),
            body: Body::Plain,
            left: String::new(),
            band: String::new(),
            hints: Vec::new(),
        }
    }

    /// Puts `text` in small print below the customer's sentence, or in place of the cashier's.
    fn noted(&self, page: Page, text: String) -> Page {
        match self.audience {
            Audience::Customer => Page { note: text, ..page },
            Audience::Cashier => Page { say: text, ..page },
        }
    }

    fn for_cashier(&self, page: Page, text: String) -> Page {
        match self.audience {
            Audience::Customer => page,
            Audience::Cashier => Page { say: text, ..page },
        }
    }

    fn say(&self, key: &str) -> String {
        self.words.say(key)
    }

    fn with(&self, key: &str, name: &str, value: &str) -> String {
        self.words.say_with(key, &[(name, value)])
    }

    fn money(&self, money: Money) -> String {
        amount::format(money, self.words.lang())
    }

    /// The time of day here, `14:02`.
    fn time(&self, unix_ms: i64) -> String {
        let minutes = (unix_ms.div_euclid(60_000) + i64::from(self.utc_offset_min)).rem_euclid(24 * 60);
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::lang::Lang;
    use crate::ui::sample;

    #[test]
    fn times_are_told_where_the_counter_stands() {
        let words = Words::new(Lang::En);
        let at = |utc_offset_min, unix_ms| {
            Reader { words: &words, audience: Audience::Customer, shop: "", utc_offset_min }.time(unix_ms)
        };
        assert_eq!(at(0, 14 * 3_600_000 + 2 * 60_000), "14:02");
        assert_eq!(at(60, 23 * 3_600_000 + 30 * 60_000), "00:30");
        assert_eq!(at(-300, 0), "19:00");
    }

    #[test]
    fn without_a_keypad_customers_read_what_they_can_do_and_cashiers_what_is_missing() {
        for lang in Lang::ALL {
            let words = Words::new(lang);
            let page = |audience, name: &str| {
                let samples = sample::all(sample::EUR);
                let sample = samples.iter().find(|sample| sample.name == name).expect("a sample");
                Reader { words: &words, audience, shop: "Shop", utc_offset_min: 0 }.page(&sample.view)
            };
            let reason = words.say("missing-keypad");
            for name in ["idle-keypad", "idle-standing-keypad"] {
                let (customer, cashier) = (page(Audience::Customer, name), page(Audience::Cashier, name));
                assert_eq!(
                    (customer.band.as_str(), customer.note.as_str()),
                    ("", reason.as_str()),
                    "{lang} {name}"
                );
                assert!(customer.hints.is_empty(), "{lang} {name}: there are no keys");
                assert_eq!(cashier.band, reason, "{lang} {name}");
            }
            assert_eq!(page(Audience::Customer, "idle-keypad").say, words.say("unavailable-say"));
            let standing = page(Audience::Customer, "idle-standing-keypad");
            assert!(matches!(standing.body, Body::Code(_)) && standing.say == words.say("standing-how"));
        }
    }

    #[test]
    fn only_a_paid_sale_is_green_and_ticked() {
        let words = Words::new(Lang::En);
        for audience in [Audience::Customer, Audience::Cashier] {
            let reader = Reader { words: &words, audience, shop: "Shop", utc_offset_min: 0 };
            for sample in sample::all(sample::EUR) {
                let page = reader.page(&sample.view);
                let paid = matches!(sample.view.scene, Scene::Paid { .. });
                assert_eq!(page.tone == Tone::Good, paid, "{}", sample.name);
                assert_eq!(page.icon == Some(Icon::Tick), paid, "{}", sample.name);
            }
        }
    }

    #[test]
    fn every_result_has_a_sign_of_its_own_besides_its_colour() {
        let words = Words::new(Lang::En);
        let reader = Reader { words: &words, audience: Audience::Customer, shop: "", utc_offset_min: 0 };
        let samples = sample::all(sample::EUR);
        let names =
            ["paid", "short", "over", "late", "duplicate", "expired", "failed", "cancelled", "unknown"];
        let sign =
            |name: &str| samples.iter().find(|sample| sample.name == name).map(|s| reader.page(&s.view).icon);
        let signs: std::collections::BTreeSet<_> = names.iter().map(|name| sign(name)).collect();
        assert_eq!(signs.len(), names.len());
    }

    #[test]
    fn the_cashier_is_told_something_else_than_the_customer() {
        for lang in Lang::ALL {
            let words = Words::new(lang);
            let page = |audience, sample: &sample::Sample| {
                Reader { words: &words, audience, shop: "Shop", utc_offset_min: 0 }.page(&sample.view)
            };
            // What a cashier does with keys is the same words on either panel.
            let own = ["pin", "refund", "last_payments", "payment", "message", "pairing", "paid"];
            for sample in sample::all(sample::EUR) {
                if own.iter().any(|name| sample.name.starts_with(name)) {
                    continue;
                }
                let (customer, cashier) =
                    (page(Audience::Customer, &sample), page(Audience::Cashier, &sample));
                let refused = customer.alarm && sample.view.scene.name() == "entering";
                assert!(refused || customer.say != cashier.say, "{lang} {}: {}", sample.name, cashier.say);
            }
        }
    }

    #[test]
    fn a_cashiers_panel_asks_for_no_code() {
        let words = Words::new(Lang::En);
        let reader = Reader { words: &words, audience: Audience::Cashier, shop: "Shop", utc_offset_min: 0 };
        for sample in sample::all(sample::EUR) {
            assert!(!matches!(reader.page(&sample.view).body, Body::Code(_)), "{}", sample.name);
        }
    }
}
