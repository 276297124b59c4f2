//! What terminals ask: open, cancel, sync, receipt, refund. The same document gets the same answer however often
//! it comes.

use super::Relay;
use super::event::Effect;
use super::fact::Fact;
use super::money::notice_document;
use crate::core::message::Answer;
use crate::core::message::Cancel;
use crate::core::message::CloseReason;
use crate::core::message::Open;
use crate::core::message::Outcome;
use crate::core::message::Request;
use crate::core::message::Said;
use crate::core::message::StillOpen;
use crate::core::message::Sync;
use crate::core::message::Synced;
use crate::core::message::Word;
use crate::core::moment::Moment;
use crate::core::money::Money;
use crate::core::reference::Reference;
use crate::core::reference::TerminalId;
use crate::mqtt::outbox::Pace;
use crate::port::provider::Strategy;

/// Notices told again at a time to a terminal that has lost them.
const RECALL_MOST: u64 = 500;

impl Relay {
    pub(super) fn handle_request(&mut self, terminal: TerminalId, id: String, request: Request, now: Moment) {
        if !self.options.terminals.contains_key(&terminal) {
            return;
        }
        match request {
            Request::Open(open) if open.reference.terminal() == terminal => self.handle_open(id, open, now),
            Request::Cancel(cancel) if cancel.reference.terminal() == terminal => {
                self.handle_cancel(&cancel, now);
            }
            // Another terminal's sale is nobody else's to open or to cancel.
            Request::Open(_) | Request::Cancel(_) => {}
            Request::Sync(sync) => self.handle_sync(terminal, &sync, now),
            Request::Refund(refund) => self.handle_refund(terminal, refund, now),
            Request::Receipt(receipt) => {
                for document in receipt.ids {
                    self.take_receipt(&terminal, document, now);
                }
            }
        }
    }

    fn take_receipt(&mut self, terminal: &TerminalId, document: String, now: Moment) {
        self.outbox.done(terminal, &document, now.mono);
        if self.owed.contains_key(&(terminal.clone(), document.clone())) {
            self.record(Fact::Receipted { terminal: terminal.clone(), document });
        }
    }

    fn handle_open(&mut self, id: String, open: Open, now: Moment) {
        let reference = open.reference.clone();
        if let Some(sale) = self.sales.get(&reference) {
            match &sale.open {
                None => self.say(&reference, &id, Said::Refused, "it was cancelled before it was asked for"),
                Some(known) if *known == (open, id.clone()) => self.say_again(&reference, now),
                Some(_) => {
                    self.say(&reference, &id, Said::Refused, "conflict: the reference was used before")
                }
            }
            return;
        }
        let service = self.system_at(&reference.terminal()).and_then(|system| self.service(system)).cloned();
        let Some(service) = service else { return };
        let money = open.money();
        let ttl_ms = i64::from(open.ttl_s) * 1000;
        let system = service.provider.name().to_owned();
        self.record(Fact::Opened { open, request: id, system, at_unix_ms: now.unix_ms });
        let capabilities = service.provider.capabilities();
        let (least, most) = ((capabilities.minimum)(money.currency), (capabilities.maximum)(money.currency));
        if !(least..=most).contains(&money.minor) {
            let reason = format!("the payment-link system takes {least} to {most} minor units");
            self.record(Fact::Refused { reference: reference.clone(), reason: reason.clone() });
            self.answer(&reference, Said::Refused, &reason, now);
            return;
        }
        match service.strategy {
            Strategy::OneOff => self.plan(&reference, now),
            Strategy::Reference => self.ride_on_standing(&reference, money, now.unix_ms + ttl_ms, now),
        }
    }

    /// Strategy `reference`: the standing link with the sale's name in it.
    fn ride_on_standing(&mut self, reference: &Reference, money: Money, ends_unix_ms: i64, now: Moment) {
        match self.sale_url(reference, money) {
            Ok((system, link, url)) => {
                let (reference, generation) = (reference.clone(), 1);
                self.record(Fact::Linked {
                    reference: reference.clone(),
                    generation,
                    system,
                    link,
                    rides: true,
                    url,
                    ends_unix_ms,
                });
                self.offer_link(&reference, now);
                self.plan(&reference, now);
            }
            Err(reason) => {
                self.record(Fact::Refused { reference: reference.clone(), reason: reason.clone() });
                self.answer(reference, Said::Refused, &reason, now);
            }
        }
    }

    /// The system, the standing link's id, and its address with the sale's name in it.
    fn sale_url(&self, reference: &Reference, money: Money) -> Result<(String, String, String), String> {
        let terminal = reference.terminal();
        if self.standing_is_closed(&terminal) {
            return Err("the terminal's standing link cannot be paid any more".to_owned());
        }
        let served = self.options.terminals.get(&terminal);
        let standing = served.and_then(|terminal| terminal.standing.as_ref());
        let (Some(standing), Some(service)) = (standing, self.service_of(reference)) else {
            return Err("this terminal has no standing link in the relay's configuration".to_owned());
        };
        let url = service.provider.sale_url(&standing.url, reference, money).map_err(|no| no.to_string())?;
        self.options.allowed.judge(&url).map_err(|refusal| refusal.to_string())?;
        Ok((service.provider.name().to_owned(), standing.link.clone(), url))
    }

    /// An answer that is not the sale's own, so it is not kept: it goes out once for each time it is asked.
    fn say(&mut self, reference: &Reference, id: &str, said: Said, reason: &str) {
        let word = Word::Answer(Answer { reference: reference.clone(), said, reason: reason.to_owned() });
        let terminal = reference.terminal();
        self.effects.push_back(Effect::Publish { terminal, id: format!("{id}.answer"), word });
    }

    /// The stored answer, for a terminal that asks again.
    fn say_again(&mut self, reference: &Reference, now: Moment) {
        let Some(sale) = self.sales.get(reference) else { return };
        let (refused, closed) = (sale.refused.clone(), sale.closed);
        if let Some(reason) = refused {
            self.answer(reference, Said::Refused, &reason, now);
        }
        match closed {
            Some(outcome) => self.answer(reference, Said::Closed(outcome), "", now),
            None => self.offer_link(reference, now),
        }
    }

    fn handle_cancel(&mut self, cancel: &Cancel, now: Moment) {
        let reference = &cancel.reference;
        if self.sales.get(reference).is_none_or(|sale| sale.open.is_none()) {
            return self.cancel_unknown(cancel, now);
        }
        let Some(sale) = self.sales.get(reference) else { return };
        if sale.is_done() {
            let outcome = sale.closed.unwrap_or(Outcome::Unpaid);
            self.answer(reference, Said::Closed(outcome), "", now);
        } else {
            self.begin_close(reference, cancel.why, now);
        }
    }

    /// Never asked for, or forgotten with a journal that is gone. In that case the terminal has a link that may be
    /// paid all the same, and says so.
    fn cancel_unknown(&mut self, cancel: &Cancel, now: Moment) {
        let reference = &cancel.reference;
        if !self.sales.contains_key(reference) {
            self.record(Fact::Tombstone { reference: reference.clone(), at_unix_ms: now.unix_ms });
        }
        let (outcome, reason) = match cancel.why {
            CloseReason::NoLink => (Outcome::Unsure, "the relay does not know its link"),
            CloseReason::Cancelled | CloseReason::Expired | CloseReason::Paid => {
                (Outcome::Unpaid, "it was never asked for")
            }
        };
        self.answer(reference, Said::Closed(outcome), reason, now);
    }

    fn handle_sync(&mut self, terminal: TerminalId, sync: &Sync, now: Moment) {
        let replaced = self.note_journal(&terminal, &sync.journal, now);
        if replaced || sync.stream != self.stream {
            self.retell_standing(&terminal, now);
        }
        let upto = self.given_out.get(&terminal).copied().unwrap_or(0);
        let have = if sync.stream == self.stream { sync.have } else { 0 };
        // The lowest first, so that no gap stays; the next sync asks for more.
        let lost: Vec<String> = (have + 1..=upto.min(have.saturating_add(RECALL_MOST)))
            .map(|n| notice_document(&self.stream, &terminal, n))
            .filter(|document| !self.owed.contains_key(&(terminal.clone(), document.clone())))
            .collect();
        if !lost.is_empty() {
            self.effects.push_back(Effect::Recall { terminal: terminal.clone(), documents: lost });
        }
        self.outbox.reset_peer(&terminal, now.mono);
        let system = self.system_at(&terminal).unwrap_or_default().to_owned();
        let served = self.options.terminals.get(&terminal);
        let standing =
            served.and_then(|served| served.standing.as_ref()).map(|standing| standing.url.clone());
        let open = sync.open.iter().map(|reference| self.still_open(reference, now)).collect();
        let synced = Synced {
            nonce: sync.nonce.clone(),
            start: self.start.clone(),
            stream: self.stream.clone(),
            system,
            standing,
            upto,
            open,
        };
        let id = format!("{}.synced", sync.nonce);
        self.effects.push_back(Effect::Publish { terminal, id, word: Word::Synced(synced) });
        self.beat_soon(now);
    }

    fn still_open(&self, reference: &Reference, now: Moment) -> StillOpen {
        let sale = self.sales.get(reference);
        // At a system that is not served any more nobody would hear of the payment.
        let ends = sale
            .filter(|sale| sale.is_open() && self.served.contains_key(sale.system.as_str()))
            .and_then(|sale| sale.link.as_ref());
        let left_ms = ends.map_or(0, |link| link.ends_unix_ms - now.unix_ms);
        StillOpen {
            reference: reference.clone(),
            remaining_s: u32::try_from(left_ms / 1000).unwrap_or(0),
            known: sale.is_some(),
        }
    }

    /// Another journal under a known name is a replaced card: nobody waits for its old sales any more. One
    /// that was replaced itself replaces nothing: a sync recorded long ago must not end the sales of today.
    fn note_journal(&mut self, terminal: &TerminalId, journal: &str, now: Moment) -> bool {
        let known = self.journals.get(terminal);
        let retired = self.retired.contains(&(terminal.clone(), journal.to_owned()));
        if retired || known.is_some_and(|(known, _)| known == journal) {
            return false;
        }
        let replaced = known.is_some();
        let (terminal, journal) = (terminal.clone(), journal.to_owned());
        self.record(Fact::Journal {
            terminal: terminal.clone(),
            journal: journal.clone(),
            at_unix_ms: now.unix_ms,
        });
        let orphans: Vec<Reference> = self
            .sales
            .values()
            .filter(|sale| sale.is_open() && sale.reference.terminal() == terminal)
            .filter(|sale| sale.open.as_ref().is_some_and(|(open, _)| open.journal != journal))
            .map(|sale| sale.reference.clone())
            .collect();
        for reference in orphans {
            self.begin_close(&reference, CloseReason::Cancelled, now);
        }
        replaced
    }

    /// Owes again what had been receipted by a journal that is gone, or that came back older. What came before
    /// the terminal's present journal was heard of is history to it.
    pub(super) fn handle_recalled(&mut self, terminal: &TerminalId, facts: Vec<Fact>, now: Moment) {
        let began = self.journals.get(terminal).map_or(i64::MAX, |(_, at_unix_ms)| *at_unix_ms);
        for fact in facts {
            let Fact::Owed { document, word, .. } = fact else { continue };
            let word = match word {
                Word::Notice(mut notice) => {
                    notice.replay |= notice.at_unix_ms < began;
                    Word::Notice(notice)
                }
                Word::Link(_)
                | Word::Answer(_)
                | Word::Synced(_)
                | Word::Heartbeat(_)
                | Word::Standing(_)
                | Word::Refunded(_) => word,
            };
            self.owed.insert((terminal.clone(), document.clone()), word);
            self.outbox.owe(terminal.clone(), document, Pace::DOCUMENT, now.mono);
        }
    }
}
