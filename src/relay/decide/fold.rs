//! How facts become what the relay knows, live, at start, and when old ones are recalled; and what is let go of.

use std::collections::BTreeSet;
use std::collections::VecDeque;

use super::KEPT;
use super::Relay;
use super::event::EventId;
use super::fact::Fact;
use super::sale::Sale;
use crate::core::message::Open;
use crate::core::message::Said;
use crate::core::message::Word;
use crate::core::reference::Reference;

impl Relay {
    /// The only way facts become state, live and at start.
    pub(super) fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Opened { open: Open { reference, .. }, .. } | Fact::Tombstone { reference, .. } => {
                self.begin_sale(reference).apply(fact);
            }
            // A sale whose beginning is not here is recalled whole when it is needed.
            Fact::Asked { reference, .. }
            | Fact::Linked { reference, .. }
            | Fact::Refused { reference, .. }
            | Fact::Closing { reference, .. }
            | Fact::Closed { reference, .. } => {
                if let Some(sale) = self.sales.get_mut(reference) {
                    sale.apply(fact);
                }
            }
            Fact::Paid { payment, reference, terminal } => {
                if let Some(terminal) = terminal {
                    self.owners.insert(payment.key.clone(), terminal.clone());
                }
                let mut payment = payment.clone();
                // Whose it was found to be is kept with it: a link alone leads to a sale only while that is here.
                payment.reference =
                    payment.reference.or_else(|| reference.as_ref().map(Reference::to_string));
                let known = self.payments.insert(payment.key.clone(), payment.clone());
                if known.is_none() && reference.is_none() {
                    self.loose.push_back(payment.key.clone());
                }
                if let Some(sale) = reference.as_ref().and_then(|reference| self.sales.get_mut(reference)) {
                    sale.apply(fact);
                }
            }
            Fact::RefundOpened { .. }
            | Fact::RefundAsked { .. }
            | Fact::RefundSaid { .. }
            | Fact::RefundDoubted { .. } => self.refunds.apply(fact),
            Fact::Received { system, news, .. } => {
                let id = EventId { system: system.clone(), event: news.event.clone() };
                self.pending.insert(id, news.clone());
            }
            Fact::Handled { event, .. } => {
                self.pending.remove(event);
            }
            Fact::Owed { terminal, document, word } => {
                self.owed.insert((terminal.clone(), document.clone()), word.clone());
                self.note_told(word);
            }
            Fact::Receipted { terminal, document } => {
                self.owed.remove(&(terminal.clone(), document.clone()));
            }
            Fact::Watched { terminal, .. }
            | Fact::Stands { terminal, .. }
            | Fact::Listed { terminal, .. } => {
                if let Fact::Watched { system, link, .. } = fact {
                    self.stood_links.insert((system.clone(), link.clone()), terminal.clone());
                }
                match self.watches.get_mut(terminal) {
                    Some(watch) => watch.known.apply(fact),
                    None => self.stood.entry(terminal.clone()).or_default().apply(fact),
                }
            }
            Fact::Journal { terminal, journal, at_unix_ms } => {
                let new = (journal.clone(), *at_unix_ms);
                if let Some((old, _)) = self.journals.insert(terminal.clone(), new) {
                    self.retired.insert((terminal.clone(), old));
                }
            }
        }
    }

    fn note_told(&mut self, word: &Word) {
        if let Word::Answer(answer) = word
            && let Some(sale) = self.sales.get_mut(&answer.reference)
        {
            sale.told_processing |= answer.said == Said::Processing;
            sale.told_declined |= answer.said == Said::AttemptFailed;
        }
    }

    fn begin_sale(&mut self, reference: &Reference) -> &mut Sale {
        self.sales.entry(reference.clone()).or_insert_with(|| {
            self.order.push_back(reference.clone());
            Sale::new(reference.clone())
        })
    }

    /// Takes facts that the journal has and memory has let go.
    pub fn recall(&mut self, facts: &[Fact]) {
        facts.iter().filter(|fact| !matches!(fact, Fact::Owed { .. })).for_each(|fact| self.apply(fact));
    }

    /// Lets go of what has ended; the journal has it.
    pub(super) fn trim(&mut self) {
        self.forget_loose();
        self.refunds.forget(&self.payments);
        if self.order.len() <= KEPT {
            return;
        }
        let busy: BTreeSet<Reference> = self.works.keys().cloned().collect();
        let mut kept = VecDeque::new();
        let mut over = self.order.len() - KEPT;
        for reference in std::mem::take(&mut self.order) {
            if over > 0 && !busy.contains(&reference) {
                over -= 1;
                self.sales.remove(&reference);
                let refunds = &self.refunds;
                self.payments.retain(|key, paid| {
                    paid.reference.as_deref() != Some(reference.as_str()) || refunds.needs(key)
                });
            } else {
                kept.push_back(reference);
            }
        }
        self.order = kept;
        self.owners.retain(|key, _| self.payments.contains_key(key));
    }
}
