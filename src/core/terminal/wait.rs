//! What each waiting sale waits for, and until when: the timers of sales. Volatile; after a restart they
//! are set anew from the book, and the relay's `synced` shortens them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::backoff;
use crate::core::book::Book;
use crate::core::reference::Reference;
use crate::core::sale::Sale;
use crate::core::scene::SaleResult;
use crate::core::settings::Settings;
use crate::core::view::COUNTDOWN;

/// An `open` is resent this often until it is answered.
pub const OPEN_EVERY: Duration = Duration::from_secs(2);
const CANCEL_FIRST: Duration = Duration::from_secs(2);
const CANCEL_MOST: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, Default)]
pub struct Waits(BTreeMap<Reference, Wait>);

#[derive(Clone, Debug, Default)]
pub struct Wait {
    /// No link by then: the sale is given up.
    pub link_until: Option<Duration>,
    /// The code comes off then.
    pub code_until: Option<Duration>,
    /// The relay has said, on this connection, that the sale is open.
    pub cleared: bool,
    /// When the last word on a closing sale is given up for people.
    pub close_until: Option<Duration>,
    /// When `open` or `cancel` goes out next, and how often `cancel` has.
    pub send_at: Duration,
    pub attempt: u32,
}

impl Waits {
    pub fn resume(book: &Book, settings: &Settings, now: Duration) -> Self {
        let mut waits = Self::default();
        for sale in book.sales().filter(|sale| sale.is_waiting()) {
            let ttl = Duration::from_secs(u64::from(sale.ttl_s));
            waits.0.insert(
                sale.reference.clone(),
                Wait {
                    link_until: sale.link.is_none().then_some(now + settings.prepare_wait),
                    code_until: sale.link.is_some().then_some(now + ttl),
                    cleared: false,
                    close_until: sale.closing.is_some().then_some(now + settings.close_wait),
                    send_at: now,
                    attempt: 0,
                },
            );
        }
        waits
    }

    /// A fresh sale waits for its link.
    pub fn open(&mut self, reference: Reference, now: Duration, settings: &Settings) {
        let link_until = Some(now + settings.prepare_wait);
        self.0.insert(reference, Wait { link_until, send_at: now + OPEN_EVERY, ..Wait::default() });
    }

    /// The wait of a sale; one that was recalled from the journal begins to wait here.
    pub fn of(&mut self, reference: &Reference) -> &mut Wait {
        self.0.entry(reference.clone()).or_default()
    }

    /// Everything owed goes out at once on a new connection.
    pub fn reconnect(&mut self, now: Duration) {
        for wait in self.0.values_mut() {
            wait.send_at = now;
            wait.attempt = 0;
        }
    }

    pub fn lose_ear(&mut self) {
        self.0.values_mut().for_each(|wait| wait.cleared = false);
    }

    #[must_use]
    pub fn is_cleared(&self, reference: &Reference) -> bool {
        self.0.get(reference).is_some_and(|wait| wait.cleared)
    }

    #[must_use]
    pub fn code_until(&self, reference: &Reference) -> Option<Duration> {
        self.0.get(reference)?.code_until
    }

    /// When the countdown on the screen changes next.
    #[must_use]
    pub fn next_second(&self, reference: &Reference, now: Duration) -> Option<Duration> {
        let wait = self.0.get(reference).filter(|wait| wait.cleared)?;
        let left = wait.code_until?.checked_sub(now).filter(|left| !left.is_zero())?;
        if left > COUNTDOWN {
            return Some(now + (left - COUNTDOWN));
        }
        let part = left.subsec_nanos();
        let step = if part == 0 { Duration::from_secs(1) } else { Duration::from_nanos(u64::from(part)) };
        Some(now + step)
    }

    /// Forgets sales that wait for nothing any more.
    pub fn prune(&mut self, book: &Book) {
        self.0.retain(|reference, _| book.sale(reference).is_some_and(Sale::is_waiting));
    }

    /// The next time any sale has to be looked at. Offline nothing is sent, so only deadlines count.
    #[must_use]
    pub fn poll_timeout(&self, book: &Book, online: bool) -> Option<Duration> {
        let due = |(reference, wait): (&Reference, &Wait)| {
            let sale = book.sale(reference)?;
            wait.due(sale, online)
        };
        self.0.iter().filter_map(due).min()
    }

    pub fn references(&self) -> Vec<Reference> {
        self.0.keys().cloned().collect()
    }
}

impl Wait {
    fn due(&self, sale: &Sale, online: bool) -> Option<Duration> {
        let open = sale.result() == SaleResult::Open;
        let sends = online && (self.asks(sale) || sale.owes_cancel());
        [
            self.link_until.filter(|_| lacks_link(sale)),
            self.code_until.filter(|_| open && sale.closing.is_none()),
            self.close_until.filter(|_| open),
            sends.then_some(self.send_at),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Whether the link is still to be asked for.
    #[must_use]
    pub fn asks(&self, sale: &Sale) -> bool {
        sale.link.is_none() && sale.is_payable()
    }

    /// Plans the next `cancel` after one went out at `now`.
    pub fn cancel_sent(&mut self, now: Duration) {
        self.send_at = now + backoff::doubling(self.attempt, CANCEL_FIRST, CANCEL_MOST);
        self.attempt = self.attempt.saturating_add(1);
    }
}

/// Whether nothing but the link's own deadline ends this sale: what the relay says of a sale without a link
/// does not hold the counter.
#[must_use]
pub fn lacks_link(sale: &Sale) -> bool {
    sale.result() == SaleResult::Open && sale.closing.is_none() && sale.link.is_none()
}
