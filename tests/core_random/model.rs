//! What the rules of a sale say must be so, written as a state machine and not as the core's flags: the
//! best news of each reference, the verdict of each payment, and whether a result could be heard of.

use std::collections::BTreeMap;
use std::time::Duration;

use qrtill::core::fact::Fact;
use qrtill::core::fact::Verdict;
use qrtill::core::message::CloseReason;
use qrtill::core::message::Notice;
use qrtill::core::message::Outcome;
use qrtill::core::message::RefundSaid;
use qrtill::core::money::Money;
use qrtill::core::payment::PaymentKey;
use qrtill::core::reference::Reference;
use qrtill::core::scene::SaleResult;

#[derive(Clone, Debug)]
pub struct Best {
    pub due: Money,
    pub result: SaleResult,
    /// The provider's money decided: nothing changes it any more.
    pub money: bool,
    pub shown: bool,
    declined: bool,
    refused: bool,
    settled: bool,
    told_paid: bool,
    why: Option<CloseReason>,
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub best: BTreeMap<Reference, Best>,
    pub verdicts: BTreeMap<PaymentKey, Verdict>,
    pub back: BTreeMap<PaymentKey, Back>,
}

/// What went back of one payment, told by whom.
#[derive(Clone, Debug, Default)]
pub struct Back {
    came: i64,
    /// In the provider's word, and the notice that this is from.
    told: i64,
    rank: u8,
    at: (String, u64),
    done: BTreeMap<String, i64>,
    /// What a person says, by what the provider had given back by then.
    by_hand: Vec<(i64, String, i64)>,
    /// Refunds that nobody has answered, with what was taken before each.
    open: BTreeMap<String, (i64, i64)>,
    /// Refunds that the provider has taken, done or pending, in the same way.
    taken: BTreeMap<String, (i64, i64)>,
    unsupported: BTreeMap<String, i64>,
}

impl Back {
    pub fn given(&self) -> i64 {
        let done: i64 = self.done.values().sum();
        self.told.max(done).max(self.sums().last().copied().unwrap_or(0))
    }

    /// What has gone back with each that was done by hand.
    fn sums(&self) -> Vec<i64> {
        let mut sum = 0;
        let each = self.by_hand.iter().map(|(then, _, amount)| {
            sum = sum.max(*then) + amount;
            sum
        });
        each.collect()
    }

    /// The provider's word may have a pending refund in it, or not.
    fn level(&self) -> i64 {
        let least = self.taken.values().map(|(amount, before)| amount + before).max();
        self.given().max(least.unwrap_or(0))
    }

    /// The higher number is the later truth; another stream can only add.
    fn tell(&mut self, notice: &Notice) {
        let (same, rank) = (self.at.0 == notice.stream, notice.status.rank());
        let later = same && notice.n > self.at.1 && notice.status.is_money();
        let more = !same && rank >= self.rank && notice.refunded >= self.told;
        if !later && !more {
            return;
        }
        if notice.refunded < self.told {
            let (told, sums) = (self.told, self.sums());
            let hands = std::mem::take(&mut self.by_hand).into_iter().zip(sums);
            let rest = hands.filter(|(_, sum)| *sum > told);
            self.by_hand =
                rest.map(|((then, id, amount), _)| (then.min(notice.refunded), id, amount)).collect();
            self.by_hand.sort();
        }
        (self.told, self.rank, self.at) = (notice.refunded, rank, (notice.stream.clone(), notice.n));
    }

    fn learn(&mut self, fact: &Fact) {
        match fact {
            Fact::RefundIntended { refund, amount, .. } => {
                self.open.insert(refund.clone(), (amount.minor, self.level()));
            }
            Fact::RefundAnswered { refund, said, .. } if *said != RefundSaid::Unsure => {
                let was_taken = self.taken.remove(refund);
                let Some((amount, before)) = self.open.remove(refund).or(was_taken) else { return };
                self.done.remove(refund);
                match said {
                    RefundSaid::Done => drop(self.done.insert(refund.clone(), amount)),
                    RefundSaid::Unsupported => drop(self.unsupported.insert(refund.clone(), amount)),
                    RefundSaid::Refused if was_taken.is_some() => self.fail(refund, amount, before),
                    _ => {}
                }
                if matches!(said, RefundSaid::Done | RefundSaid::Pending) {
                    self.taken.insert(refund.clone(), (amount, before));
                }
            }
            Fact::RefundedByHand { refund, refunded, .. } => {
                let amount = self.unsupported.remove(refund).unwrap_or(0);
                self.by_hand.push((*refunded, refund.clone(), amount));
                self.by_hand.sort();
            }
            _ => {}
        }
    }

    /// It came back: what was asked for on top of it was not.
    fn fail(&mut self, refund: &str, amount: i64, before: i64) {
        let later = self.open.iter_mut().chain(self.taken.iter_mut());
        for (_, (_, level)) in later.filter(|(id, _)| id.as_str() > refund) {
            if *level >= before + amount {
                *level -= amount;
            }
        }
    }
}

impl Model {
    fn take_back(&mut self, notice: &Notice) {
        if let Some(back) = self.back.get_mut(&notice.payment) {
            back.tell(notice);
        } else if notice.status.is_money() {
            let (came, told, rank) = (notice.amount, notice.refunded, notice.status.rank());
            let at = (notice.stream.clone(), notice.n);
            self.back.insert(notice.payment.clone(), Back { came, told, rank, at, ..Back::default() });
        }
    }

    /// The verdict that the rules give this notice, where it has one.
    pub fn verdict(&self, notice: &Notice) -> Option<Verdict> {
        if !notice.status.is_money() || self.verdicts.contains_key(&notice.payment) {
            return None;
        }
        let Some(reference) = &notice.reference else { return Some(Verdict::Counter) };
        let net = notice.amount - notice.refunded;
        Some(match self.best.get(reference) {
            None => Verdict::Foreign,
            Some(best) if best.due.currency != notice.currency => Verdict::Foreign,
            Some(best) if best.money => Verdict::Duplicate,
            Some(best) if best.result != SaleResult::Open => Verdict::Late,
            Some(best) if net < best.due.minor => Verdict::Short,
            Some(best) if net > best.due.minor => Verdict::Over,
            Some(_) => Verdict::Matched,
        })
    }

    /// What can still be given back of a payment.
    pub fn left(&self, payment: &PaymentKey) -> i64 {
        let open = |back: &Back| back.open.values().map(|(amount, _)| amount).sum::<i64>();
        let left = |back: &Back| back.came - back.level() - open(back);
        self.back.get(payment).map_or(0, |back| left(back).max(0))
    }

    /// What changes with this fact.
    pub fn take(&mut self, fact: &Fact) {
        if let Fact::Noticed { notice, .. } = fact {
            self.take_back(notice);
        }
        if let Some(back) = fact.payment().and_then(|payment| self.back.get_mut(payment)) {
            back.learn(fact);
        }
        if let Fact::Intended { reference, amount, .. } = fact {
            self.best.insert(reference.clone(), Best::new(*amount));
        }
        if let Fact::Noticed { notice, .. } = fact
            && let Some(verdict) = self.verdict(notice)
        {
            self.verdicts.insert(notice.payment.clone(), verdict);
            if let Some(best) = notice.reference.as_ref().and_then(|name| self.best.get_mut(name)) {
                best.pay(verdict);
            }
        }
        if let Fact::Assigned { reference, payment } = fact {
            self.verdicts.insert(payment.clone(), Verdict::Matched);
            if let Some(best) = self.best.get_mut(reference) {
                best.pay(Verdict::Matched);
            }
        }
        if let Some(best) = fact.reference().and_then(|name| self.best.get_mut(name)) {
            best.learn(fact);
        }
    }
}

impl Best {
    fn new(due: Money) -> Self {
        let (result, why) = (SaleResult::Open, None);
        let (money, shown, declined, refused, settled, told_paid) = Default::default();
        Self { due, result, money, shown, declined, refused, settled, told_paid, why }
    }

    fn pay(&mut self, verdict: Verdict) {
        let result = match verdict {
            Verdict::Matched => SaleResult::Paid,
            Verdict::Short => SaleResult::Short,
            Verdict::Over => SaleResult::Over,
            Verdict::Late => SaleResult::Late,
            Verdict::Duplicate | Verdict::Foreign | Verdict::Counter => return,
        };
        (self.result, self.money) = (result, true);
    }

    fn learn(&mut self, fact: &Fact) {
        let open = self.result == SaleResult::Open;
        match fact {
            Fact::Shown { .. } => self.shown = true,
            Fact::Declined { .. } => self.declined = true,
            Fact::Refused { .. } => self.refused = true,
            Fact::Closing { why, .. } => self.why = Some(*why),
            _ => {}
        }
        if self.money {
            return;
        }
        let unknown = self.result == SaleResult::Unknown;
        let doubtful = open || unknown || self.result == SaleResult::Paid;
        let unseen_end = !self.shown && (self.refused || self.why.is_some());
        self.result = match fact {
            // Nobody saw a code: nobody can have paid.
            Fact::Closing { .. } if open && !self.shown => self.unpaid(),
            Fact::Refused { .. } if (open || unknown) && !self.shown => SaleResult::Failed,
            Fact::GivenUp { .. } if open => SaleResult::Unknown,
            Fact::Closed { outcome: Outcome::Unpaid, .. } if doubtful && !self.told_paid => self.unpaid(),
            Fact::Closed { outcome: Outcome::Unsure, .. } if open && !self.told_paid => SaleResult::Unknown,
            // A link said to be closed without money, and then with: nobody but a person who has settled it
            // knows until the money itself is told.
            Fact::Closed { outcome: Outcome::Paid, .. } if !doubtful && !unseen_end => {
                if self.settled {
                    SaleResult::Paid
                } else {
                    SaleResult::Unknown
                }
            }
            Fact::Settled { .. } if unknown => SaleResult::Paid,
            _ => self.result,
        };
        self.told_paid |= matches!(fact, Fact::Closed { outcome: Outcome::Paid, .. });
        self.settled |= matches!(fact, Fact::Settled { .. });
    }

    fn unpaid(&self) -> SaleResult {
        match self.why {
            Some(CloseReason::Cancelled) => SaleResult::Cancelled,
            Some(CloseReason::NoLink) => SaleResult::Failed,
            _ if self.declined || self.refused => SaleResult::Failed,
            _ => SaleResult::Expired,
        }
    }
}

/// *Armed*, from what was told.
#[derive(Clone, Debug, Default)]
pub struct Ear {
    pub nonce: Option<String>,
    pub start: Option<String>,
    beat: Option<(String, u64, bool, Duration)>,
    pub name_taken: bool,
}

impl Ear {
    pub fn beat(&mut self, start: &str, count: u64, serving: bool, now: Duration) {
        let of_another = self.start.as_ref().is_some_and(|known| known != start);
        let old = self.beat.as_ref().is_some_and(|last| last.0 == start && last.1 >= count);
        if !of_another && !old {
            self.beat = Some((start.to_owned(), count, serving, now));
        }
    }

    pub fn armed(&self, now: Duration) -> bool {
        let heard = self.beat.as_ref().is_some_and(|(start, _, serving, at)| {
            *serving && Some(start) == self.start.as_ref() && now < *at + Duration::from_secs(25)
        });
        heard && self.nonce.is_some() && !self.name_taken
    }
}
