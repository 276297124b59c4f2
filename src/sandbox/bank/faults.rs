//! What goes wrong on purpose. The n-th decision follows from the seed and n alone, so a run can be
//! repeated; carrying a decision out is the delivery loop's and the API's.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::sync::Notify;

/// Sebastiano Vigna's SplitMix64 generator: small, and good enough to scatter faults.
#[derive(Clone, Debug)]
pub struct SplitMix(u64);

impl SplitMix {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw().checked_rem(bound).unwrap_or(0)
    }

    fn hits(&mut self, percent: u8) -> bool {
        self.below(100) < u64::from(percent)
    }
}

/// How often webhooks go astray, in percent of the attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebhookOdds {
    pub seed: u64,
    /// Nothing leaves at all until this is lifted; nothing is counted as an attempt either.
    pub stopped: bool,
    /// Lost on the way: the bank takes it for a time-out and tries again later.
    pub drop: u8,
    /// Sent twice.
    pub double: u8,
    /// Held back for `delay_ms`.
    pub delay: u8,
    pub delay_ms: u64,
    /// Held back for anything up to `reorder_ms`, so that later ones overtake it.
    pub reorder: u8,
    pub reorder_ms: u64,
}

/// What happens to one attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebhookFault {
    pub drop: bool,
    pub double: bool,
    pub hold_ms: u64,
}

impl WebhookOdds {
    /// The fate of attempt number `n`.
    #[must_use]
    pub fn decide(&self, n: u64) -> WebhookFault {
        let mut dice = dice(self.seed, n);
        let drop = dice.hits(self.drop);
        let double = dice.hits(self.double);
        let delayed = if dice.hits(self.delay) { self.delay_ms } else { 0 };
        let moved = if dice.hits(self.reorder) { dice.below(self.reorder_ms) } else { 0 };
        WebhookFault { drop, double, hold_ms: delayed + moved }
    }
}

/// How often the API misbehaves, in percent of the calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApiOdds {
    pub seed: u64,
    /// Every call is answered 503.
    pub stopped: bool,
    /// Answered 500 or 503 with nothing done.
    pub refuse: u8,
    /// Answered 429 with nothing done.
    pub busy: u8,
    /// Done, and then the connection is cut in the middle of the answer.
    pub half: u8,
    /// Done, and answered `delay_ms` later.
    pub delay: u8,
    pub delay_ms: u64,
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApiFault {
    /// Answer this status instead of doing anything.
    pub refuse: Option<u16>,
    pub half: bool,
    pub hold_ms: u64,
}

impl ApiOdds {
    /// The fate of call number `n`.
    #[must_use]
    pub fn decide(&self, n: u64) -> ApiFault {
        let mut dice = dice(self.seed, n);
        let refused = dice.hits(self.refuse);
        let status = if dice.hits(50) { 500 } else { 503 };
        let busy = dice.hits(self.busy);
        let half = dice.hits(self.half);
        let hold_ms = if dice.hits(self.delay) { self.delay_ms } else { 0 };
        let refuse = match (self.stopped, refused, busy) {
            (true, _, _) => Some(503),
            (false, true, _) => Some(status),
            (false, false, true) => Some(429),
            (false, false, false) => None,
        };
        ApiFault { refuse, half, hold_ms }
    }
}

fn dice(seed: u64, n: u64) -> SplitMix {
    SplitMix::new(SplitMix::new(seed ^ n.wrapping_mul(0xD6E8_FEB8_6659_FD93)).draw())
}

/// The switchboard: odds can be changed while the bank runs. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    board: Arc<Mutex<Board>>,
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Board {
    webhooks: WebhookOdds,
    webhook_count: u64,
    api: ApiOdds,
    api_count: u64,
}

impl Faults {
    /// In force from the next attempt on, counted from 0 again. `WebhookOdds::default()` ends all.
    pub fn set_webhooks(&self, odds: WebhookOdds) {
        self.with(|board| (board.webhooks, board.webhook_count) = (odds, 0));
        self.changed.notify_one();
    }

    /// In force from the next call on, counted from 0 again. `ApiOdds::default()` ends all.
    pub fn set_api(&self, odds: ApiOdds) {
        self.with(|board| (board.api, board.api_count) = (odds, 0));
    }

    #[must_use]
    pub fn webhooks(&self) -> WebhookOdds {
        self.with(|board| board.webhooks)
    }

    /// How many attempts to deliver were made since the odds were last set.
    #[must_use]
    pub fn webhook_attempts(&self) -> u64 {
        self.with(|board| board.webhook_count)
    }

    #[must_use]
    pub fn api(&self) -> ApiOdds {
        self.with(|board| board.api)
    }

    /// Wakes the delivery loop when the odds change.
    pub(super) fn changed(&self) -> &Notify {
        &self.changed
    }

    pub(super) fn next_webhook(&self) -> WebhookFault {
        self.with(|board| {
            board.webhook_count += 1;
            board.webhooks.decide(board.webhook_count - 1)
        })
    }

    pub(super) fn next_call(&self) -> ApiFault {
        self.with(|board| {
            board.api_count += 1;
            board.api.decide(board.api_count - 1)
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Board) -> T) -> T {
        act(&mut self.board.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        let mut mix = SplitMix::new(1_234_567);
        assert_eq!([mix.draw(), mix.draw()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn the_same_seed_misbehaves_in_the_same_way() {
        let odds =
            ApiOdds { seed: 7, refuse: 30, busy: 10, half: 20, delay: 20, delay_ms: 5, stopped: false };
        let run = |odds: ApiOdds| (0..200).map(|n| odds.decide(n)).collect::<Vec<_>>();
        assert_eq!(run(odds), run(odds));
        assert_ne!(run(odds), run(ApiOdds { seed: 8, ..odds }));
    }

    #[test]
    fn odds_are_kept_within_reason() {
        let odds = WebhookOdds { seed: 3, drop: 25, ..WebhookOdds::default() };
        let dropped = (0..10_000).filter(|n| odds.decide(*n).drop).count();
        assert!((2_200..2_800).contains(&dropped), "{dropped} of 10000");
        let never = WebhookOdds { seed: 3, ..WebhookOdds::default() };
        assert!((0..1_000).all(|n| never.decide(n) == WebhookFault::default()));
    }

    #[test]
    fn switching_faults_on_again_starts_the_same_run() {
        let faults = Faults::default();
        let odds = WebhookOdds { seed: 11, drop: 40, reorder: 50, reorder_ms: 90, ..WebhookOdds::default() };
        let run = || {
            faults.set_webhooks(odds);
            (0..50).map(|_| faults.next_webhook()).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
    }
}
