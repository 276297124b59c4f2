//! Everything the bank knows, and the record of what changed since it was last saved. It is told the
//! time and keeps no file: `store` does. How money moves is in `pay`, how news goes out in `outbox`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::mem;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::core::money::Currency;
use crate::sandbox::bank::face::Thing;
use crate::sandbox::bank::ids::Ids;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::model::Call;
use crate::sandbox::bank::model::Checkout;
use crate::sandbox::bank::model::Delivery;
use crate::sandbox::bank::model::DeliveryStatus;
use crate::sandbox::bank::model::Endpoint;
use crate::sandbox::bank::model::Event;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Note;
use crate::sandbox::bank::model::Payment;
use crate::sandbox::bank::model::Price;
use crate::sandbox::bank::model::Refund;
use crate::sandbox::bank::model::Reply;
use crate::sandbox::bank::model::Subject;
use crate::sandbox::bank::refund::Refunding;

/// What the bank does where systems differ or nobody knows.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// In which links are made where a system's orders name no currency.
    pub currency: Currency,
    /// A checkout that was open before its link's last place was taken can still be paid. Whether
    /// the systems let it is not documented; `true` is the harder case for whoever counts the money.
    pub pay_twice: bool,
    /// After this long a delayed payment succeeds by itself; absent: it waits to be settled.
    pub pending_settles_ms: Option<i64>,
    /// What becomes of refunds, and after how long where that is later; absent: they wait to be settled.
    pub refunds: Refunding,
    pub refund_settles_ms: Option<i64>,
    /// How long a customer may stay on the page.
    pub checkout_life_ms: i64,
    /// How long after its event a webhook leaves first.
    pub webhook_delay_ms: i64,
    /// What a minute of a face's schedule of retries lasts here.
    pub retry_base_ms: i64,
    /// How long a former webhook secret goes on signing.
    pub secret_overlap_ms: i64,
}

/// Things of one kind, in the order in which they were made.
pub struct Shelf<T> {
    items: BTreeMap<String, T>,
    order: BTreeMap<u64, String>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { items: BTreeMap::new(), order: BTreeMap::new() }
    }
}

impl<T> Shelf<T> {
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&T> {
        self.items.get(id)
    }

    /// Oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.order.values().filter_map(|id| self.items.get(id))
    }
}

/// Something that is kept for good under its id.
pub trait Record: Clone + Serialize + DeserializeOwned {
    /// The name of the kind in the store.
    const KIND: &'static str;
    fn id(&self) -> &str;
    fn seq(&self) -> u64;
    fn shelf(world: &mut World) -> &mut Shelf<Self>;
}

macro_rules! record {
    ($type:ty, $kind:literal, $shelf:ident) => {
        impl Record for $type {
            const KIND: &'static str = $kind;
            fn id(&self) -> &str {
                &self.id
            }
            fn seq(&self) -> u64 {
                self.seq
            }
            fn shelf(world: &mut World) -> &mut Shelf<Self> {
                &mut world.$shelf
            }
        }
    };
}

record!(Price, "price", prices);
record!(Link, "link", links);
record!(Checkout, "checkout", checkouts);
record!(Payment, "payment", payments);
record!(Refund, "refund", refunds);
record!(Event, "event", events);
record!(Endpoint, "endpoint", endpoints);
record!(Delivery, "delivery", deliveries);
record!(Reply, "reply", replies);
record!(Note, "note", notes);

/// One row for the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: &'static str,
    pub id: String,
    pub body: String,
}

pub struct World {
    pub habits: Habits,
    pub prices: Shelf<Price>,
    pub links: Shelf<Link>,
    pub checkouts: Shelf<Checkout>,
    pub payments: Shelf<Payment>,
    pub refunds: Shelf<Refund>,
    pub events: Shelf<Event>,
    pub endpoints: Shelf<Endpoint>,
    pub deliveries: Shelf<Delivery>,
    pub replies: Shelf<Reply>,
    pub notes: Shelf<Note>,
    /// Whose call is being served; goes into the events that it causes.
    pub call: Option<Call>,
    pub(super) ids: Ids,
    pub(super) codes: BTreeMap<String, String>,
    pub(super) visits: BTreeMap<String, Vec<String>>,
    /// When which link, open checkout, unsettled payment or refund is due.
    pub(super) timers: BTreeSet<(i64, String)>,
    /// What is owed, by the time it is due.
    pub(super) owed: BTreeSet<(i64, String)>,
    changes: Vec<Change>,
    last_seq: u64,
}

impl World {
    #[must_use]
    pub fn new(habits: Habits, seed: u64) -> Self {
        Self {
            habits,
            prices: Shelf::default(),
            links: Shelf::default(),
            checkouts: Shelf::default(),
            payments: Shelf::default(),
            refunds: Shelf::default(),
            events: Shelf::default(),
            endpoints: Shelf::default(),
            deliveries: Shelf::default(),
            replies: Shelf::default(),
            notes: Shelf::default(),
            call: None,
            ids: Ids::seeded(seed),
            codes: BTreeMap::new(),
            visits: BTreeMap::new(),
            timers: BTreeSet::new(),
            owed: BTreeSet::new(),
            changes: Vec::new(),
            last_seq: 0,
        }
    }

    /// Takes in one row that was saved before. Rows of a kind this version does not know are left alone.
    pub fn restore(&mut self, kind: &str, body: &str) -> Result<(), serde_json::Error> {
        match kind {
            Price::KIND => self.put::<Price>(serde_json::from_str(body)?),
            Link::KIND => self.put_link(serde_json::from_str(body)?),
            Checkout::KIND => self.put_checkout(serde_json::from_str(body)?),
            Payment::KIND => self.put_payment(serde_json::from_str(body)?),
            Refund::KIND => self.put_refund(serde_json::from_str(body)?),
            Event::KIND => self.put::<Event>(serde_json::from_str(body)?),
            Endpoint::KIND => self.put::<Endpoint>(serde_json::from_str(body)?),
            Delivery::KIND => self.put_delivery(serde_json::from_str(body)?),
            Reply::KIND => self.put::<Reply>(serde_json::from_str(body)?),
            Note::KIND => self.put::<Note>(serde_json::from_str(body)?),
            _ => {}
        }
        Ok(())
    }

    /// What is to be saved, in order; empty afterwards.
    pub fn take_changes(&mut self) -> Vec<Change> {
        mem::take(&mut self.changes)
    }

    /// The number of the next thing made; later ones have higher numbers.
    pub fn next_seq(&mut self) -> u64 {
        self.last_seq += 1;
        self.last_seq
    }

    pub fn mint(&mut self, manner: Manner) -> String {
        self.ids.mint(manner)
    }

    /// An id of the bank's own making, in the manner of the face it was made through.
    pub fn id(&mut self, face: Face, thing: Thing) -> String {
        self.ids.mint(face.dialect().id(thing))
    }

    /// Makes or replaces a thing that nothing else is derived from.
    pub fn keep<T: Record>(&mut self, value: T) {
        self.note(&value);
        self.put(value);
    }

    /// A short word that no link's URL ends in yet.
    pub fn fresh_code(&mut self, length: usize) -> String {
        loop {
            let code = self.ids.mint(Manner::Letters("", length));
            if !self.codes.contains_key(&code) {
                return code;
            }
        }
    }

    pub fn keep_link(&mut self, value: Link) {
        self.note(&value);
        self.put_link(value);
    }

    pub(super) fn keep_checkout(&mut self, value: Checkout) {
        self.note(&value);
        self.put_checkout(value);
    }

    pub(super) fn keep_payment(&mut self, value: Payment) {
        self.note(&value);
        self.put_payment(value);
    }

    pub(super) fn keep_refund(&mut self, value: Refund) {
        self.note(&value);
        self.put_refund(value);
    }

    pub(super) fn keep_delivery(&mut self, value: Delivery) {
        self.note(&value);
        self.put_delivery(value);
    }

    /// Records that something happened, and owes it to every endpoint of that face, if it has a word for it.
    pub fn tell(&mut self, face: Face, kind: EventKind, subject: Subject, now_ms: i64) {
        if face.dialect().word(kind, &subject).is_none() {
            return;
        }
        let id = self.id(face, Thing::Event);
        let (seq, call) = (self.next_seq(), self.call.clone());
        self.keep(Event { id: id.clone(), seq, face, at_ms: now_ms, kind, subject, call });
        let endpoints: Vec<String> =
            self.endpoints.iter().filter(|one| one.face == face).map(|one| one.id.clone()).collect();
        for endpoint in endpoints {
            let seq = self.next_seq();
            self.keep_delivery(Delivery {
                id: format!("{id}:{endpoint}"),
                seq,
                event: id.clone(),
                endpoint,
                attempts: 0,
                due_ms: now_ms + self.habits.webhook_delay_ms,
                status: DeliveryStatus::Waiting,
            });
        }
    }

    /// The link whose URL ends in `code`.
    #[must_use]
    pub fn link_by_code(&self, code: &str) -> Option<&Link> {
        self.codes.get(code).and_then(|id| self.links.get(id))
    }

    /// The link that something is about, as it is now; none where it is about the merchant.
    #[must_use]
    pub fn link_of(&self, subject: &Subject) -> Option<&Link> {
        let id = match subject {
            Subject::Link(link) => &link.id,
            Subject::Checkout(checkout) => &checkout.link,
            Subject::Payment(payment) => &payment.link,
            Subject::Refund(refund) => &self.payments.get(&refund.payment)?.link,
            Subject::Connection(_) => return None,
        };
        self.links.get(id)
    }

    /// The visits to a link's page, oldest first.
    pub fn visits(&self, link: &str) -> impl DoubleEndedIterator<Item = &Checkout> {
        self.visits.get(link).into_iter().flatten().filter_map(|id| self.checkouts.get(id))
    }

    /// The payments that came over a link, oldest first.
    pub fn payments_of(&self, link: &str) -> impl DoubleEndedIterator<Item = &Payment> {
        self.visits(link).filter_map(|visit| self.payments.get(visit.payment.as_ref()?))
    }

    fn note<T: Record>(&mut self, value: &T) {
        let body = serde_json::to_string(value).expect("the model's own values are always JSON");
        self.changes.push(Change { kind: T::KIND, id: value.id().to_owned(), body });
    }

    fn put<T: Record>(&mut self, value: T) {
        self.last_seq = self.last_seq.max(value.seq());
        let shelf = T::shelf(self);
        shelf.order.insert(value.seq(), value.id().to_owned());
        shelf.items.insert(value.id().to_owned(), value);
    }

    fn put_link(&mut self, value: Link) {
        self.codes.insert(value.code.clone(), value.id.clone());
        self.time_link(&value);
        self.put(value);
    }

    fn put_checkout(&mut self, value: Checkout) {
        if self.checkouts.get(&value.id).is_none() {
            self.visits.entry(value.link.clone()).or_default().push(value.id.clone());
        }
        self.time_checkout(&value);
        self.put(value);
    }

    fn put_payment(&mut self, value: Payment) {
        self.time_payment(&value);
        self.put(value);
    }

    fn put_refund(&mut self, value: Refund) {
        self.time_refund(&value);
        self.put(value);
    }

    fn put_delivery(&mut self, value: Delivery) {
        if let Some(before) = self.deliveries.get(&value.id) {
            self.owed.remove(&(before.due_ms, value.id.clone()));
        }
        if value.status == DeliveryStatus::Waiting {
            self.owed.insert((value.due_ms, value.id.clone()));
        }
        self.put(value);
    }
}

#[cfg(test)]
impl World {
    /// A world without anything in it, for tests.
    pub fn empty() -> Self {
        let habits = Habits {
            currency: Currency::from_code("EUR").expect("a currency"),
            pay_twice: true,
            pending_settles_ms: None,
            refunds: Refunding::Succeed,
            refund_settles_ms: None,
            checkout_life_ms: 86_400_000,
            webhook_delay_ms: 0,
            retry_base_ms: 1,
            secret_overlap_ms: 0,
        };
        Self::new(habits, 1)
    }
}
