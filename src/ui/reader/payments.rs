//! The cashier's own screens: the last payments, one of them, the PIN, and money on its way back.

use crate::core::fact::Verdict;
use crate::core::money::Money;
use crate::core::scene::EntryRefusal;
use crate::core::scene::PaymentRow;
use crate::core::scene::PinAct;
use crate::core::scene::SaleResult;
use crate::ui::icon::Icon;
use crate::ui::ink::Tone;
use crate::ui::page::Body;
use crate::ui::page::Page;
use crate::ui::page::Row;

use super::Reader;

impl Reader<'_> {
    pub(super) fn pin(&self, typed: u8, wrong: bool, act: PinAct) -> Page {
        let act = match act {
            PinAct::Refund => "pin-refund",
            PinAct::SettleByHand => "pin-settle",
        };
        let say = self.say(if wrong { "pin-wrong" } else { act });
        let page = self.blank(Tone::Calm, Icon::Lock);
        Page { title: self.say("pin-title"), say, alarm: wrong, body: Body::Dots(typed), ..page }
    }

    pub(super) fn refund(
        &self,
        paid: Money,
        left: Money,
        amount: Money,
        refused: Option<EntryRefusal>,
    ) -> Page {
        let page = self.typed("refund", Icon::Return, amount);
        let refusal = self.refusal(refused);
        let alarm = refusal.is_some();
        let paid_text = self.money(paid);
        let there = if left == paid {
            self.with("refund-of", "paid", &paid_text)
        } else {
            self.words.say_with("refund-left", &[("left", &self.money(left)), ("paid", &paid_text)])
        };
        Page { alarm, say: refusal.unwrap_or(there), ..page }
    }

    /// A sentence of the relay's or the payment-link system's, which is in its own language.
    pub(super) fn told(&self, key: &str, icon: Icon, amount: Money, text: &str) -> Page {
        let page = self.blank(Tone::Attention, icon);
        let (title, say) = (self.say(&format!("{key}-title")), crate::ui::one_line(text));
        Page { title, amount: self.money(amount), say, ..page }
    }

    /// Where to give it back, and that the book waits for Enter.
    pub(super) fn by_hand(&self, amount: Money, system: &str) -> Page {
        let say = self.with("byhand-say", "system", &proper_name(system));
        self.told("byhand", Icon::Return, amount, &say)
    }

    pub(super) fn payment(&self, row: &PaymentRow) -> Page {
        let time = self.time(row.at_unix_ms);
        let say = match &row.reference {
            Some(reference) => {
                self.words.say_with("payment-at-ref", &[("time", &time), ("tail", reference.tail())])
            }
            None => self.with("payment-at", "time", &time),
        };
        let page = Page { icon: None, title: self.result(row), say, ..self.blank(Tone::Calm, Icon::Dots) };
        let page = self.bounced(page, row);
        if row.refunded == 0 {
            // What is to be given back again, where that is what the page is about.
            let minor = if row.bounced > 0 { row.bounced } else { row.amount.minor };
            return Page { amount: self.money(Money::new(minor, row.amount.currency)), ..page };
        }
        let money = |minor| self.money(Money::new(minor, row.amount.currency));
        let sums = [
            ("row-received", row.amount.minor),
            ("row-back", row.refunded),
            ("row-kept", row.amount.minor.saturating_sub(row.refunded)),
        ];
        let sums = sums.map(|(label, minor)| (self.say(label), money(minor)));
        let partly = row.refunded < row.amount.minor;
        let title = if partly && row.bounced == 0 { self.say("payment-partly") } else { page.title };
        Page { title, body: Body::Sums(sums.to_vec()), ..page }
    }

    /// A refund of it failed after all, and what to do.
    fn bounced(&self, page: Page, row: &PaymentRow) -> Page {
        if row.bounced == 0 {
            return page;
        }
        let amount = self.money(Money::new(row.bounced, row.amount.currency));
        let (title, say) = (self.say("payment-bounced"), self.with("payment-again", "amount", &amount));
        Page { title, say, alarm: true, ..page }
    }

    pub(super) fn list(&self, rows: &[PaymentRow], picked: usize) -> Page {
        let say = if rows.is_empty() { self.say("list-none") } else { String::new() };
        let rows = rows.iter().map(|row| self.row(row)).collect();
        let page = self.blank(Tone::Calm, Icon::Dots);
        Page { icon: None, title: self.say("list-title"), say, body: Body::List { rows, picked }, ..page }
    }

    fn row(&self, row: &PaymentRow) -> Row {
        let (time, amount) = (self.time(row.at_unix_ms), self.money(row.amount));
        Row { time, amount, result: self.result(row) }
    }

    /// What became of a payment, in a word or two.
    fn result(&self, row: &PaymentRow) -> String {
        if row.bounced > 0 {
            return self.say("result-bounced");
        }
        if row.refunded > 0 {
            let whole = row.refunded >= row.amount.minor;
            return self.say(if whole { "result-back" } else { "result-partly" });
        }
        let result = match row.result {
            SaleResult::Open => "result-open",
            SaleResult::Paid => "result-paid",
            SaleResult::Short => "result-short",
            SaleResult::Late => "result-late",
            SaleResult::Over => "result-over",
            SaleResult::Failed => "result-failed",
            SaleResult::Expired => "result-expired",
            SaleResult::Cancelled => "result-cancelled",
            SaleResult::Unknown => "result-unknown",
        };
        self.say(row.loose.map_or(result, loose))
    }
}

/// A payment-link system's name as it writes itself, by its name in the configuration.
fn proper_name(system: &str) -> String {
    match system {
        "vinr" => "VINR".to_owned(),
        "storekit" => system.to_owned(),
        other => {
            let mut letters = other.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
    }
}

/// What a payment without a sale of its own is called.
fn loose(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Counter | Verdict::Matched => "result-counter",
        Verdict::Duplicate => "result-again",
        Verdict::Foreign => "result-foreign",
        Verdict::Short => "result-short",
        Verdict::Over => "result-over",
        Verdict::Late => "result-late",
    }
}
