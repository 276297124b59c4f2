//! Decides which unanswered documents go out now: again and again until the other side's application says that it
//! has them. Holds names and times only; the documents themselves are in the journal.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use super::backoff::doubled;

/// How often an unanswered document is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    pub first: Duration,
    pub max: Duration,
}

impl Pace {
    /// Links, notices and answers: after 2 s, doubling to 60 s.
    pub const DOCUMENT: Self = Self { first: Duration::from_secs(2), max: Duration::from_secs(60) };
    /// A customer waits for the answer: every 2 s.
    pub const OPEN: Self = Self { first: Duration::from_secs(2), max: Duration::from_secs(2) };

    fn is_slowest(self, sent: u32) -> bool {
        self.first < self.max && doubled(self.first, self.max, sent.saturating_sub(1)) == self.max
    }
}

/// What is owed to each peer `P`, named `K`, oldest first. All times are monotonic, as in `Moment::mono`.
#[derive(Clone, Debug)]
pub struct Outbox<P, K> {
    window: usize,
    next: u64,
    peers: BTreeMap<P, Peer<K>>,
    /// When something in flight is sent again.
    timers: BTreeSet<(Duration, P, u64)>,
}

#[derive(Clone, Debug)]
struct Peer<K> {
    places: BTreeMap<K, u64>,
    waiting: BTreeMap<u64, Owed<K>>,
    in_flight: BTreeMap<u64, Owed<K>>,
}

#[derive(Clone, Debug)]
struct Owed<K> {
    key: K,
    pace: Pace,
    sent: u32,
    due: Duration,
}

impl<K> Default for Peer<K> {
    fn default() -> Self {
        Self { places: BTreeMap::new(), waiting: BTreeMap::new(), in_flight: BTreeMap::new() }
    }
}

impl<P: Ord + Clone, K: Ord + Clone> Default for Outbox<P, K> {
    fn default() -> Self {
        Self::new(16)
    }
}

impl<P: Ord + Clone, K: Ord + Clone> Outbox<P, K> {
    /// `window` documents at most are in flight, that is sent and unanswered, per peer.
    #[must_use]
    pub fn new(window: usize) -> Self {
        Self { window, next: 0, peers: BTreeMap::new(), timers: BTreeSet::new() }
    }

    /// From now on `key` is owed to `peer`. Says whether that is new; a repeat changes nothing.
    pub fn owe(&mut self, peer: P, key: K, pace: Pace, now: Duration) -> bool {
        let place = self.next;
        let box_of = self.peers.entry(peer.clone()).or_default();
        if box_of.places.contains_key(&key) {
            return false;
        }
        self.next += 1;
        box_of.places.insert(key.clone(), place);
        box_of.waiting.insert(place, Owed { key, pace, sent: 0, due: now });
        self.admit(&peer, now);
        true
    }

    /// The peer's application has it, or it is owed no more. Says whether it was owed.
    pub fn done(&mut self, peer: &P, key: &K, now: Duration) -> bool {
        let Some(box_of) = self.peers.get_mut(peer) else { return false };
        let Some(place) = box_of.places.remove(key) else { return false };
        box_of.waiting.remove(&place);
        if let Some(owed) = box_of.in_flight.remove(&place) {
            self.timers.remove(&(owed.due, peer.clone(), place));
        }
        self.admit(peer, now);
        true
    }

    /// What to send now, in the order in which it was owed. Each counts as sent; one that could not be handed to
    /// the broker comes again at its next time.
    pub fn due(&mut self, now: Duration) -> Vec<(P, K)> {
        let mut ready = BTreeMap::new();
        while let Some((when, peer, place)) = self.timers.first().cloned() {
            if when > now {
                break;
            }
            self.timers.pop_first();
            let Some(box_of) = self.peers.get_mut(&peer) else { continue };
            let Some(mut owed) = box_of.in_flight.remove(&place) else { continue };
            // One that is never answered must not keep its place from those that may be.
            if owed.pace.is_slowest(owed.sent) && !box_of.waiting.is_empty() {
                owed.sent = 0;
                box_of.places.insert(owed.key.clone(), self.next);
                box_of.waiting.insert(self.next, owed);
                self.next += 1;
                self.admit(&peer, now);
                continue;
            }
            owed.due = now.saturating_add(doubled(owed.pace.first, owed.pace.max, owed.sent));
            owed.sent = owed.sent.saturating_add(1);
            ready.insert(place, (peer.clone(), owed.key.clone()));
            self.timers.insert((owed.due, peer, place));
            box_of.in_flight.insert(place, owed);
        }
        ready.into_values().collect()
    }

    /// When `due` has something next; never, if nothing is owed.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.timers.first().map(|(when, _, _)| *when)
    }

    /// A new connection: whatever was in flight may be lost, so all of it is due at once and from the start.
    pub fn reset(&mut self, now: Duration) {
        let peers: Vec<P> = self.peers.keys().cloned().collect();
        peers.iter().for_each(|peer| self.reset_peer(peer, now));
    }

    /// As `reset`, for one peer that has just come back.
    pub fn reset_peer(&mut self, peer: &P, now: Duration) {
        let Some(box_of) = self.peers.get_mut(peer) else { return };
        for (place, owed) in &mut box_of.in_flight {
            self.timers.remove(&(owed.due, peer.clone(), *place));
            (owed.sent, owed.due) = (0, now);
            self.timers.insert((now, peer.clone(), *place));
        }
    }

    /// How many documents are owed to `peer`, in flight or not.
    #[must_use]
    pub fn owed_to(&self, peer: &P) -> usize {
        self.peers.get(peer).map_or(0, |box_of| box_of.places.len())
    }

    /// How many documents are owed in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.peers.values().map(|box_of| box_of.places.len()).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    /// Moves what waits into flight while there is room, and forgets a peer to whom nothing is owed.
    fn admit(&mut self, peer: &P, now: Duration) {
        let Some(box_of) = self.peers.get_mut(peer) else { return };
        while box_of.in_flight.len() < self.window {
            let Some((place, mut owed)) = box_of.waiting.pop_first() else { break };
            owed.due = now;
            self.timers.insert((now, peer.clone(), place));
            box_of.in_flight.insert(place, owed);
        }
        if box_of.places.is_empty() {
            self.peers.remove(peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn owing(count: u32) -> Outbox<&'static str, u32> {
        let mut outbox = Outbox::default();
        for key in 0..count {
            assert!(outbox.owe("till", key, Pace::DOCUMENT, s(0)));
        }
        outbox
    }

    #[test]
    fn an_unanswered_document_comes_again_after_2_s_doubling_to_60_s() {
        let mut outbox = owing(1);
        let mut sent_at = Vec::new();
        for _ in 0..8 {
            let now = outbox.poll_timeout().expect("something is owed");
            assert_eq!(outbox.due(now), [("till", 0)]);
            assert!(outbox.due(now).is_empty());
            sent_at.push(now.as_secs());
        }
        assert_eq!(sent_at, [0, 2, 6, 14, 30, 62, 122, 182]);
    }

    #[test]
    fn an_open_comes_again_every_2_s() {
        let mut outbox = Outbox::default();
        outbox.owe((), "open", Pace::OPEN, s(5));
        for turn in 0..20 {
            assert_eq!(outbox.poll_timeout(), Some(s(5 + 2 * turn)));
            assert_eq!(outbox.due(s(5 + 2 * turn)).len(), 1);
        }
    }

    #[test]
    fn at_most_16_are_in_flight_and_an_answer_lets_the_next_out() {
        let mut outbox = owing(40);
        let first: Vec<u32> = outbox.due(s(0)).into_iter().map(|(_, key)| key).collect();
        assert_eq!(first, (0..16).collect::<Vec<_>>());
        assert!(outbox.due(s(1)).is_empty());
        assert!(outbox.done(&"till", &3, s(1)));
        assert_eq!(outbox.due(s(1)), [("till", 16)]);
        assert_eq!(outbox.owed_to(&"till"), 39);
    }

    #[test]
    fn one_peer_who_never_answers_does_not_hold_up_another() {
        let mut outbox = owing(40);
        outbox.due(s(0));
        outbox.owe("other", 1, Pace::DOCUMENT, s(0));
        assert_eq!(outbox.due(s(0)), [("other", 1)]);
    }

    #[test]
    fn a_document_that_is_never_answered_gives_its_place_to_those_that_wait() {
        let mut outbox = owing(20);
        let mut seen = BTreeSet::new();
        for now in 0..300 {
            let sent = outbox.due(s(now));
            assert!(sent.len() <= 16);
            for (peer, key) in sent {
                seen.insert(key);
                if key >= 16 {
                    assert!(outbox.done(&peer, &key, s(now)));
                }
            }
        }
        assert_eq!(seen.len(), 20);
        assert_eq!(outbox.owed_to(&"till"), 16);
    }

    #[test]
    fn a_new_connection_makes_all_in_flight_due_at_once_and_no_more_than_16() {
        let mut outbox = owing(40);
        outbox.due(s(0));
        outbox.reset(s(1));
        assert_eq!(outbox.due(s(1)).len(), 16);
        assert_eq!(outbox.poll_timeout(), Some(s(3)));
    }

    #[test]
    fn a_repeat_is_owed_once_and_an_answer_to_nothing_changes_nothing() {
        let mut outbox = owing(1);
        assert!(!outbox.owe("till", 0, Pace::DOCUMENT, s(9)));
        assert!(!outbox.done(&"till", &7, s(9)));
        assert!(!outbox.done(&"nobody", &0, s(9)));
        assert!(outbox.done(&"till", &0, s(9)));
        assert!(outbox.is_empty() && outbox.poll_timeout().is_none());
    }

    #[test]
    fn whatever_is_lost_every_document_gets_through_and_never_17_are_in_flight() {
        for seed in 0..50_u64 {
            let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            let mut roll = move |sides: u64| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                random % sides
            };
            let mut outbox = owing(100);
            let mut now = s(0);
            while !outbox.is_empty() {
                now = outbox.poll_timeout().expect("what is owed has a time").max(now);
                let sent = outbox.due(now);
                let live = outbox.peers.get("till").map_or(0, |peer| peer.in_flight.len());
                assert!(live <= 16, "seed {seed}: {live} in flight");
                for (peer, key) in sent {
                    if roll(3) == 0 {
                        outbox.done(&peer, &key, now);
                    }
                }
                if roll(40) == 0 {
                    outbox.reset(now);
                }
                assert!(now < s(100_000), "seed {seed}: never empty");
            }
        }
    }
}
