//! A sale as people see it: the idle counter, the amount, the code, and why there is none.

use crate::core::message::CloseReason;
use crate::core::money::Money;
use crate::core::scene::Deaf;
use crate::core::scene::EntryRefusal;
use crate::ui::Audience;
use crate::ui::icon::Icon;
use crate::ui::ink::Tone;
use crate::ui::page::Body;
use crate::ui::page::Page;

use super::Reader;

impl Reader<'_> {
    pub(super) fn welcome(&self) -> Page {
        let page = Page { icon: None, logo: true, ..self.plain("idle", Tone::Calm, Icon::Dots) };
        match (self.shop, self.audience) {
            ("", Audience::Customer) => Page { say: String::new(), ..page },
            ("", Audience::Cashier) => page,
            (shop, Audience::Customer | Audience::Cashier) => Page { title: shop.to_owned(), ..page },
        }
    }

    /// The idle page with the time of day in large digits.
    pub fn with_clock(&self, page: Page, unix_ms: i64) -> Page {
        Page { amount: self.time(unix_ms), ..page }
    }

    pub(super) fn standing(&self, url: &str) -> Page {
        let page = self.welcome();
        match self.audience {
            Audience::Customer => {
                Page { say: self.say("standing-how"), body: Body::Code(url.to_owned()), ..page }
            }
            Audience::Cashier => Page { say: self.say("standing-do"), ..page },
        }
    }

    /// The shop's own code cannot be paid any more; a keyed sale still can.
    pub(super) fn closed(&self) -> Page {
        let page = self.welcome();
        match self.audience {
            Audience::Customer => Page { say: self.say("standing-closed"), ..page },
            Audience::Cashier => Page { say: self.say("standing-closed-do"), ..page },
        }
    }

    pub(super) fn entering(&self, amount: Money, refused: Option<EntryRefusal>) -> Page {
        let page = self.typed("entering", Icon::Dots, amount);
        let refusal = self.refusal(refused);
        let alarm = refusal.is_some();
        // The cashier knows what is being typed, and has the larger digits for it.
        let title = match self.audience {
            Audience::Customer => page.title,
            Audience::Cashier => String::new(),
        };
        Page { icon: None, alarm, title, say: refusal.unwrap_or(page.say), ..page }
    }

    pub(super) fn refusal(&self, refused: Option<EntryRefusal>) -> Option<String> {
        refused.map(|why| match why {
            EntryRefusal::Zero => self.say("entry-zero"),
            EntryRefusal::OverLimit { limit } => self.with("entry-over", "limit", &self.money(limit)),
            EntryRefusal::UnderLimit { limit } => self.with("entry-under", "limit", &self.money(limit)),
            EntryRefusal::Decimals { example } => match example.currency.exponent() {
                0 => {
                    let (typed, amount) = (example.minor.to_string(), self.money(example));
                    self.words.say_with("entry-no-decimals", &[("typed", &typed), ("amount", &amount)])
                }
                most => self.words.say_count("entry-decimals", "most", most),
            },
        })
    }

    pub(super) fn scan(&self, amount: Money, url: &str, left_s: Option<u32>, declined: bool) -> Page {
        let say = match (self.audience, declined) {
            (Audience::Customer, false) => "scan-say",
            (Audience::Customer, true) => "scan-declined",
            (Audience::Cashier, false) => "scan-do",
            (Audience::Cashier, true) => "scan-declined-do",
        };
        let left = left_s.map(|s| format!("{}:{:02}", s / 60, s % 60));
        let body = match self.audience {
            Audience::Customer => Body::Code(url.to_owned()),
            Audience::Cashier => Body::Plain,
        };
        Page {
            title: String::new(),
            say: self.say(say),
            alarm: declined,
            left: left.map(|time| self.with("scan-left", "time", &time)).unwrap_or_default(),
            body,
            ..self.sum("scan", Tone::Calm, Icon::Dots, amount)
        }
    }

    pub(super) fn closing(&self, amount: Money, why: CloseReason) -> Page {
        let page = self.sum("closing", Tone::Busy, Icon::Dots, amount);
        let asked = match why {
            CloseReason::Cancelled => "closing-cancelled-do",
            CloseReason::Expired => "closing-expired-do",
            CloseReason::Paid => "closing-paid-do",
            CloseReason::NoLink => "closing-nolink-do",
        };
        self.for_cashier(page, self.say(asked))
    }

    pub(super) fn differs(&self, key: &str, icon: Icon, due: Money, received: Money) -> Page {
        let difference = Money::new((due.minor - received.minor).abs(), due.currency);
        let last = if received.minor < due.minor { "row-missing" } else { "row-extra" };
        let sums = [("row-due", due), ("row-received", received), (last, difference)];
        self.sums(key, icon, &sums)
    }

    pub(super) fn unavailable(&self, why: Deaf, amount: Option<Money>, shown: bool) -> Page {
        let page = self.blank(Tone::Attention, Icon::NoSignal);
        let say = if shown { "unavailable-shown-say" } else { "unavailable-say" };
        let page = Page { title: self.title("unavailable"), say: self.say(say), ..page };
        let why = match why {
            Deaf::NoBroker => "unavailable-broker",
            Deaf::NoRelay => "unavailable-relay",
            Deaf::NotServing => "unavailable-provider",
            Deaf::NameTaken => "unavailable-name",
            Deaf::Journal => "unavailable-journal",
            Deaf::Paused => "unavailable-paused",
        };
        let why = match (self.audience, shown) {
            (Audience::Cashier, true) => format!("{} {}", self.say(why), self.say("unavailable-shown-do")),
            (Audience::Customer, _) | (Audience::Cashier, false) => self.say(why),
        };
        let page = self.noted(page, why);
        Page { amount: amount.map(|amount| self.money(amount)).unwrap_or_default(), ..page }
    }
}
