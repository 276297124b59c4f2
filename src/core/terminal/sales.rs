//! A sale's way from Enter to its end as far as the terminal drives it: ask, wait, close, give up.

use std::time::Duration;

use super::Terminal;
use super::wait::OPEN_EVERY;
use super::wait::lacks_link;
use crate::core::book::Entry;
use crate::core::event::Sound;
use crate::core::fact::Fact;
use crate::core::fact::Verdict;
use crate::core::message::Cancel;
use crate::core::message::CloseReason;
use crate::core::message::Open;
use crate::core::message::Request;
use crate::core::moment::Moment;
use crate::core::money::Money;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::core::sale::Sale;
use crate::core::scene::SaleResult;
use crate::core::till::Screen;

/// The document id of a sale's `open`: the same however often it is sent.
#[must_use]
pub fn open_id(reference: &Reference) -> String {
    format!("{reference}.open")
}

impl Terminal {
    pub(super) fn open_sale(&mut self, amount: Money, random: u128, now: Moment) {
        let reference = Reference::mint(&self.settings.terminal, now.unix_ms, random);
        let ttl_s = u32::try_from(self.settings.sale_ttl.as_secs()).unwrap_or(u32::MAX);
        let fact = Fact::Intended { reference: reference.clone(), amount, at_unix_ms: now.unix_ms, ttl_s };
        self.record(fact, now);
        self.book.trim();
        self.waits.open(reference.clone(), now.mono, &self.settings);
        self.till.opened(reference.clone(), amount);
        self.send_open(&reference);
        self.sync_period(now);
    }

    fn send_open(&mut self, reference: &Reference) {
        let Some(sale) = self.book.sale(reference) else { return };
        let open = Open {
            reference: reference.clone(),
            amount: sale.amount.minor,
            currency: sale.amount.currency,
            ttl_s: sale.ttl_s,
            journal: self.journal.clone(),
        };
        self.send(open_id(reference), Request::Open(open));
    }

    fn send_cancel(&mut self, reference: &Reference, now: Moment) {
        let Some(why) = self.book.sale(reference).and_then(|sale| sale.closing) else { return };
        self.waits.of(reference).cancel_sent(now.mono);
        let request = Request::Cancel(Cancel { reference: reference.clone(), why });
        self.send(format!("{reference}.cancel"), request);
    }

    pub(super) fn cancel_sale(&mut self, reference: &Reference, now: Moment) {
        let closing = self.book.sale(reference).is_some_and(|sale| sale.closing.is_some());
        if !closing {
            self.begin_close(reference, CloseReason::Cancelled, now);
        }
    }

    /// The code cannot be shown: it did not read back, or does not fit the panel.
    pub(super) fn drop_code(&mut self, reference: &Reference, now: Moment) {
        if self.book.sale(reference).is_some_and(|sale| sale.is_payable()) {
            self.begin_close(reference, CloseReason::NoLink, now);
        }
    }

    /// Takes the code off and has the link withdrawn. The last word is the provider's, by way of `closed`.
    pub(super) fn begin_close(&mut self, reference: &Reference, why: CloseReason, now: Moment) {
        let fact = Fact::Closing { reference: reference.clone(), why, at_unix_ms: now.unix_ms };
        self.record(fact, now);
        let close_wait = self.settings.close_wait;
        let wait = self.waits.of(reference);
        wait.close_until = Some(now.mono + close_wait);
        wait.attempt = 0;
        self.send_cancel(reference, now);
    }

    /// Does what is due for every waiting sale.
    pub(super) fn run_sales(&mut self, now: Moment) {
        self.waits.prune(&self.book);
        for reference in self.waits.references() {
            self.run_sale(&reference, now);
        }
    }

    fn run_sale(&mut self, reference: &Reference, now: Moment) {
        let Some(sale) = self.book.sale(reference).cloned() else { return };
        let wait = self.waits.of(reference).clone();
        let passed = |due: Option<Duration>| due.is_some_and(|due| now.mono >= due);
        let open = sale.result() == SaleResult::Open;
        let online = self.ear.nonce().is_some();
        if lacks_link(&sale) && passed(wait.link_until) {
            self.begin_close(reference, CloseReason::NoLink, now);
        } else if wait.asks(&sale) && online && now.mono >= wait.send_at {
            self.waits.of(reference).send_at = now.mono + OPEN_EVERY;
            self.send_open(reference);
        } else if open && sale.closing.is_none() && passed(wait.code_until) {
            self.begin_close(reference, CloseReason::Expired, now);
        } else if sale.owes_cancel() && online && now.mono >= wait.send_at {
            self.send_cancel(reference, now);
        }
        if open && sale.closing.is_some() && passed(wait.close_until) {
            self.record(Fact::GivenUp { reference: reference.clone() }, now);
        }
    }

    /// The cashier has said whether a counter payment was this sale's.
    pub(super) fn answer_ask(&mut self, reference: &Reference, payment: &PaymentKey, yes: bool, now: Moment) {
        let open = self.book.sale(reference).is_some_and(|sale| sale.result() == SaleResult::Open);
        let whole = self.book.payment(payment).is_some_and(|paid| paid.refunded == 0);
        if !yes || !open || !whole {
            self.announce_counter(payment, now);
            return;
        }
        self.record(Fact::Assigned { reference: reference.clone(), payment: payment.clone() }, now);
        self.remember_announced(payment.clone(), Some(reference.clone()), now);
        self.begin_close(reference, CloseReason::Paid, now);
        self.sound(Sound::Paid);
    }

    /// Puts the sale that a crash interrupted back on the screen, and an announced result without sound.
    pub(super) fn resume_screen(&mut self, now: Moment) {
        let newest = self.book.newest().find_map(|entry| match entry {
            Entry::Sale(reference) => self.book.sale(reference).cloned(),
            Entry::Payment(_) => None,
        });
        if let Some(sale) = newest {
            self.resume_sale(sale, now);
        }
        self.announce_rest(now);
    }

    fn resume_sale(&mut self, sale: Sale, now: Moment) {
        let hold = i64::try_from(self.settings.paid_hold.as_millis()).unwrap_or(i64::MAX);
        match (&sale.money, sale.result()) {
            (None, SaleResult::Open) => self.till.show_sale(sale.reference, None),
            (Some(first), _) if first.verdict != Verdict::Late => {
                let fresh = (0..hold).contains(&(now.unix_ms - sale.opened_unix_ms.max(first.at_unix_ms)));
                if fresh {
                    self.till.show_sale(sale.reference.clone(), Some(now.mono));
                }
                if self.book.payment(&first.payment).is_some_and(|paid| !paid.announced) {
                    if fresh {
                        self.sound(if first.verdict == Verdict::Matched {
                            Sound::Paid
                        } else {
                            Sound::Attention
                        });
                    }
                    self.remember_announced(first.payment.clone(), Some(sale.reference), now);
                }
            }
            (Some(_) | None, _) => {}
        }
    }

    /// Whether this sale is in front of the people now.
    pub(super) fn is_on_screen(&self, reference: &Reference) -> bool {
        self.till.sale() == Some(reference)
    }

    pub(super) fn ask_about(
        &mut self,
        reference: Reference,
        payment: PaymentKey,
        amount: Money,
        now: Moment,
    ) {
        let until = now.mono + Duration::from_secs(30);
        self.till.screen = Screen::Ask { reference, payment, amount, until };
        self.sound(Sound::Attention);
    }
}
