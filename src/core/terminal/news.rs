//! What the relay says, and how much of it the people at the counter are told: booked always, announced
//! once, and as PAID only for the open sale on the screen.

use std::time::Duration;

use super::Terminal;
use super::sales::open_id;
use crate::core::event::Sound;
use crate::core::fact::Fact;
use crate::core::fact::Verdict;
use crate::core::message::Answer;
use crate::core::message::CloseReason;
use crate::core::message::Heartbeat;
use crate::core::message::Link;
use crate::core::message::Notice;
use crate::core::message::Outcome;
use crate::core::message::Said;
use crate::core::message::Synced;
use crate::core::message::Word;
use crate::core::moment::Moment;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::core::sale::Sale;
use crate::core::scene::SaleResult;
use crate::core::scene::Strip;
use crate::core::scene::StripNews;
use crate::core::till::Screen;

/// Counter payments older than this are listed and stripped, not sounded.
const ANNOUNCE_AGE_MS: i64 = 120_000;

impl Terminal {
    pub(super) fn handle_word(&mut self, id: String, word: Word, now: Moment) {
        match word {
            Word::Link(link) => self.handle_link(id, link, now),
            Word::Answer(answer) => self.handle_answer(id, answer, now),
            Word::Notice(notice) => self.handle_notice(id, &notice, now),
            Word::Standing(state) => {
                self.receipt(id);
                if self.book.learns_of_standing(&state) {
                    self.record(Fact::Standing { state }, now);
                }
            }
            Word::Synced(synced) => self.handle_synced(&synced, now),
            Word::Heartbeat(beat) => self.handle_heartbeat(&beat, now),
            Word::Refunded(word) => self.handle_refunded(id, word, now),
        }
    }

    fn handle_heartbeat(&mut self, beat: &Heartbeat, now: Moment) {
        if self.ear.heartbeat(beat, now.mono) {
            self.want_sync(now.mono);
        }
    }

    /// A link is shown only if it repeats exactly what this journal asked for; one that is known says
    /// nothing new. One for a sale that no longer waits is withdrawn: the cancel goes on until `closed`.
    fn handle_link(&mut self, id: String, link: Link, now: Moment) {
        self.receipt(id);
        let Some(sale) = self.book.sale(&link.reference).cloned() else { return };
        let newer = sale.link.as_ref().is_none_or(|(generation, _)| link.generation > *generation);
        if !newer || sale.closing.is_some() || sale.closed.is_some() || sale.money.is_some() {
            return;
        }
        let open = sale.result() == SaleResult::Open;
        let same = link.request == open_id(&link.reference) && link.money() == sale.amount;
        if !open || !same || self.settings.allowed.judge(&link.url).is_err() {
            self.begin_close(&link.reference, CloseReason::NoLink, now);
            return;
        }
        let fact =
            Fact::Linked { reference: link.reference.clone(), url: link.url, generation: link.generation };
        self.record(fact, now);
        let until = now.mono + self.settings.sale_ttl;
        let synced = self.ear.is_synced();
        let wait = self.waits.of(&link.reference);
        wait.code_until = Some(wait.code_until.map_or(until, |sooner| sooner.min(until)));
        wait.cleared = synced;
    }

    fn handle_answer(&mut self, id: String, answer: Answer, now: Moment) {
        self.receipt(id);
        let Some(sale) = self.book.sale(&answer.reference).cloned() else { return };
        let reference = answer.reference;
        let ended = !matches!(sale.result(), SaleResult::Open | SaleResult::Unknown);
        match answer.said {
            // What was said before the end and comes after it changes no result.
            Said::Refused | Said::Processing | Said::AttemptFailed if ended => {}
            Said::Unsure => {}
            Said::Refused if sale.refused => {}
            Said::Refused => {
                self.record(Fact::Refused { reference: reference.clone() }, now);
                if sale.link.is_some() && sale.is_payable() {
                    // Nobody watches a link that there is not.
                    self.begin_close(&reference, CloseReason::NoLink, now);
                }
            }
            Said::Processing if sale.processing => {}
            Said::Processing => self.record(Fact::Processing { reference }, now),
            Said::AttemptFailed if sale.declined => {}
            Said::AttemptFailed => self.record(Fact::Declined { reference }, now),
            Said::Closed(outcome) => self.handle_closed(reference, outcome, sale.result(), now),
        }
    }

    fn handle_closed(&mut self, reference: Reference, outcome: Outcome, before: SaleResult, now: Moment) {
        if self.book.sale(&reference).is_none_or(|sale| !sale.learns(outcome)) {
            return;
        }
        self.record(Fact::Closed { reference: reference.clone(), outcome }, now);
        let Some(sale) = self.book.sale(&reference) else { return };
        let told_unpaid = before == SaleResult::Unknown && sale.result() != SaleResult::Unknown;
        let (amount, at_unix_ms) = (sale.amount, sale.opened_unix_ms);
        if told_unpaid && sale.money.is_none() && !self.is_on_screen(&reference) {
            let strip = Strip { news: StripNews::Unpaid, amount, at_unix_ms, payment: None };
            self.show_strip(strip, now);
        }
    }

    fn handle_synced(&mut self, synced: &Synced, now: Moment) {
        let known = self.ear.relay_start() == Some(&synced.start);
        if !self.ear.synced(synced) {
            return;
        }
        if !known {
            // Another relay than the one that was last asked may have heard none of it.
            self.waits.reconnect(now.mono);
            self.asks.reconnect(now.mono);
        }
        if synced.upto > self.book.stream().have {
            // The relay tells again what is lacking, so much at a time.
            self.sync_period(now);
        }
        for open in &synced.open {
            let Some(sale) = self.book.sale(&open.reference) else { continue };
            if !open.known && sale.link.is_some() && sale.is_payable() {
                // The relay has lost its journal: nobody watches this link any more.
                self.begin_close(&open.reference, CloseReason::NoLink, now);
                continue;
            }
            let remaining = Duration::from_secs(u64::from(open.remaining_s));
            let until = now.mono + remaining;
            let linked = sale.link.is_some();
            let wait = self.waits.of(&open.reference);
            if linked {
                wait.code_until = Some(wait.code_until.map_or(until, |sooner| sooner.min(until)));
            }
            wait.cleared = linked && !remaining.is_zero();
        }
    }

    /// Books every notice that verifies and receipts it, a repeat included.
    fn handle_notice(&mut self, id: String, notice: &Notice, now: Moment) {
        self.receipt(id);
        if self.book.holds(notice) {
            return;
        }
        let verdict = self.book.judge(notice);
        let have = self.book.have_with(notice);
        let promised = self.book.promised(&notice.payment);
        let told = self.book.payment(&notice.payment).map_or(0, |paid| paid.refunded);
        self.record(Fact::Noticed { notice: notice.clone(), verdict, have, at_unix_ms: now.unix_ms }, now);
        if let (Some(verdict), false) = (verdict, notice.replay) {
            self.announce(notice, verdict, now);
        } else if !notice.replay && self.book.payment(&notice.payment).is_some() {
            self.tell_refund_elsewhere(notice, promised, now);
            self.tell_bounce_elsewhere(&notice.payment, told, now);
        }
    }

    fn announce(&mut self, notice: &Notice, verdict: Verdict, now: Moment) {
        if verdict == Verdict::Counter {
            self.meet_counter(&notice.payment, now);
            return;
        }
        let on_screen = notice.reference.as_ref().is_some_and(|reference| self.is_on_screen(reference));
        self.remember_announced(notice.payment.clone(), notice.reference.clone(), now);
        if on_screen && verdict != Verdict::Foreign {
            let extra = (verdict == Verdict::Duplicate).then(|| notice.money());
            self.leave_ask(now);
            self.till.renew_result(now.mono, extra);
            self.sound(if verdict == Verdict::Matched { Sound::Paid } else { Sound::Attention });
            return;
        }
        self.strip_payment(&notice.payment, now);
    }

    /// What a restart kept from being said.
    pub(super) fn announce_rest(&mut self, now: Moment) {
        let rest: Vec<_> = self.book.unannounced().map(|(key, paid)| (key.clone(), paid.clone())).collect();
        for (payment, paid) in rest {
            if paid.verdict == Verdict::Counter {
                self.meet_counter(&payment, now);
            } else {
                self.remember_announced(payment.clone(), paid.reference, now);
                self.strip_payment(&payment, now);
            }
        }
    }

    /// News of a payment that is not the one the screen is about.
    fn strip_payment(&mut self, payment: &PaymentKey, now: Moment) {
        let Some(paid) = self.book.payment(payment) else { return };
        let sale = paid.reference.as_ref().and_then(|reference| self.book.sale(reference));
        let news = match paid.verdict {
            Verdict::Duplicate if sale.is_some_and(|sale| self.was_wanted(sale)) => StripNews::Rest,
            Verdict::Duplicate => StripNews::Duplicate,
            Verdict::Foreign => StripNews::Foreign,
            Verdict::Counter => StripNews::Counter,
            Verdict::Matched | Verdict::Short | Verdict::Over | Verdict::Late => StripNews::Late,
        };
        let at_unix_ms = sale.map_or(paid.at_unix_ms, |sale| sale.opened_unix_ms);
        let amount = if news == StripNews::Counter { paid.kept() } else { paid.amount };
        let strip = Strip { news, amount, at_unix_ms, payment: Some(payment.clone()) };
        self.show_strip(strip, now);
    }

    /// Whether all that came for a sale that was short is still not more than it.
    fn was_wanted(&self, sale: &Sale) -> bool {
        let received = self.book.received(&sale.reference, sale.amount.currency);
        sale.result() == SaleResult::Short && received.minor <= sale.amount.minor
    }

    /// The sale's own payment came while the cashier was being asked about another one, which is thereby
    /// not the sale's.
    fn leave_ask(&mut self, now: Moment) {
        if let Screen::Ask { reference, payment, .. } = self.till.screen.clone() {
            self.till.show_sale(reference, None);
            self.announce_counter(&payment, now);
        }
    }

    /// Money over the standing link. Of exactly the open sale's amount it may be this customer's: ask.
    fn meet_counter(&mut self, payment: &PaymentKey, now: Moment) {
        let Some(paid) = self.book.payment(payment) else { return };
        let amount = paid.amount;
        let asked = self
            .sale_on_screen()
            .filter(|sale| sale.is_payable() && sale.amount == amount && paid.refunded == 0)
            .map(|sale| sale.reference.clone());
        match asked {
            Some(reference) if !matches!(self.till.screen, Screen::Ask { .. }) => {
                self.ask_about(reference, payment.clone(), amount, now);
            }
            Some(_) | None => self.announce_counter(payment, now),
        }
    }

    /// What was given back before it was heard of is not announced.
    pub(super) fn announce_counter(&mut self, payment: &PaymentKey, now: Moment) {
        let Some(paid) = self.book.payment(payment).cloned() else { return };
        self.remember_announced(payment.clone(), None, now);
        let amount = paid.kept();
        if amount.minor == 0 {
            return;
        }
        let fresh = now.unix_ms - paid.at_unix_ms <= ANNOUNCE_AGE_MS;
        if fresh && matches!(self.till.screen, Screen::Idle | Screen::Counter { .. }) {
            self.till.screen = Screen::Counter { amount, at: now.mono };
            self.sound(Sound::Paid);
            return;
        }
        self.strip_payment(payment, now);
    }
}
