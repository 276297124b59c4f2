//! When e-paper is refreshed, and how. Pure: time is an argument.
//!
//! Its makers ask for a whole refresh at most every 180 s in the long run and at least once a day, and for sleep
//! between. Quick refreshes leave ghosts, and a ghost under a code is a code that is not read. A shop at noon has
//! more than one picture in three minutes. So:
//!
//! * A picture with a new code, and one that takes a code away, is drawn wholly and at once, whatever it costs.
//! * Every other picture is drawn quickly where the controller can, and after a number of quick ones wholly.
//! * Where it never can, a picture without a code waits until none came after it for a moment: a keyed amount is one
//!   flash instead of one a digit, and a code that comes soon after does not wait for "preparing" to be drawn.
//! * Whole refreshes fill an account that runs empty by one every 180 s. While it is full, pictures without a code
//!   that would need a whole one wait, and the newest takes the place of those that wait; none waits longer than
//!   10 s, since a cashier is looking.
//! * Words beside a code that stays, such as the time that is left, come every 10 s at most: a glass that flickers
//!   cannot be scanned.
//! * A glass that had quick refreshes is drawn wholly once it has been at rest for a minute, and any glass once a
//!   day.
//! * After some seconds without a refresh the controller sleeps.

use std::time::Duration;

/// The makers' advice for the long run.
const GAP: Duration = Duration::from_secs(180);
/// At least one whole refresh in this time.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest that a picture without a code waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// Without quick refreshes, a picture without a code is drawn once none took its place for so long: about the time
/// between two keys of somebody who reads the amount off a slip, and longer than most systems take to make a link.
const CALM: Duration = Duration::from_millis(1200);
/// The least time between two refreshes for words beside a code that stays.
const BESIDE: Duration = Duration::from_secs(10);
/// At rest for so long, ghosts of quick refreshes are cleaned away.
const REST: Duration = Duration::from_secs(60);

/// What can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Quick refreshes in a row before a whole one; 0 is none at all.
    pub quick_most: u32,
    /// Whole refreshes at once, beyond one every 180 s, before pictures without a code have to wait.
    pub burst: u32,
    /// Without a refresh for so long, the controller sleeps.
    pub sleep_after: Duration,
}

impl Default for Rules {
    /// Eight digits are more than most amounts have, and thirty whole refreshes are ten sales in a row.
    fn default() -> Self {
        Self { quick_most: 8, burst: 30, sleep_after: Duration::from_secs(10) }
    }
}

/// What a new picture changes on the glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A code comes, goes, or becomes another.
    Code,
    /// Words beside a code that stays.
    Beside,
    /// Anything without a code, before and after.
    Plain,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Refresh wholly, with the wanted picture or that on the glass.
    Full,
    /// Refresh quickly, with the wanted picture.
    Quick,
    Sleep,
    /// Ask again after this time, or with the next picture.
    Wait(Option<Duration>),
}

/// What is not on the glass yet.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    change: Change,
    since: Duration,
    /// When the newest picture came.
    newest: Duration,
}

/// The pace of one panel. Times are since any moment that stays the same.
#[derive(Debug)]
pub struct Pace {
    rules: Rules,
    has_quick: bool,
    wanted: Option<Wanted>,
    /// The account of whole refreshes, each worth [`GAP`], at the time of the last one.
    owed: Duration,
    quick_run: u32,
    full_at: Option<Duration>,
    drawn_at: Duration,
    asleep: bool,
}

impl Pace {
    /// Of a panel that shows nobody knows what and is awake. `has_quick` tells whether its controller has a quick
    /// refresh.
    #[must_use]
    pub fn new(rules: Rules, has_quick: bool) -> Self {
        Self {
            rules,
            has_quick,
            wanted: None,
            owed: Duration::ZERO,
            quick_run: 0,
            full_at: None,
            drawn_at: Duration::ZERO,
            asleep: false,
        }
    }

    /// Whether the controller has been put to sleep.
    #[must_use]
    pub fn is_asleep(&self) -> bool {
        self.asleep
    }

    /// There is a picture that changes this. It takes the place of one that waits, and has waited as long.
    pub fn want(&mut self, change: Change, now: Duration) {
        let since = self.wanted.map_or(now, |wanted| wanted.since);
        self.wanted = Some(Wanted { change, since, newest: now });
    }

    /// What is wanted is what the glass shows.
    pub fn settle(&mut self) {
        self.wanted = None;
    }

    #[must_use]
    pub fn next(&self, now: Duration) -> Step {
        let Some(wanted) = self.wanted else { return self.at_rest(now) };
        if self.full_at.is_none() {
            return Step::Full;
        }
        let may_be_quick = self.has_quick && self.quick_run < self.rules.quick_most;
        match wanted.change {
            Change::Code => Step::Full,
            Change::Beside if now < self.drawn_at + BESIDE => wait(self.drawn_at + BESIDE, now),
            Change::Beside | Change::Plain if may_be_quick => Step::Quick,
            Change::Beside | Change::Plain => self.by_account(wanted, now),
        }
    }

    /// A whole refresh once nothing newer is to be expected and the account has room, or patience is at its end.
    fn by_account(&self, wanted: Wanted, now: Duration) -> Step {
        let is_ever_quick = self.has_quick && self.rules.quick_most > 0;
        let calm = if is_ever_quick { Duration::ZERO } else { CALM };
        let at = self.has_room_at().max(wanted.newest + calm).min(wanted.since + PATIENCE);
        if now >= at { Step::Full } else { wait(at, now) }
    }

    fn limit(&self) -> Duration {
        GAP * self.rules.burst.max(1)
    }

    /// From when on one more whole refresh stays within the account.
    fn has_room_at(&self) -> Duration {
        let full_at = self.full_at.unwrap_or_default();
        full_at + (self.owed + GAP).saturating_sub(self.limit())
    }

    fn at_rest(&self, now: Duration) -> Step {
        let Some(full_at) = self.full_at else { return Step::Wait(None) };
        let cleaning = (self.quick_run > 0).then(|| (self.drawn_at + REST).max(self.has_room_at()));
        let fresh = cleaning.unwrap_or(full_at + DAY).min(full_at + DAY);
        if now >= fresh {
            return Step::Full;
        }
        let asleep_at = self.drawn_at + self.rules.sleep_after;
        if self.asleep {
            return wait(fresh, now);
        }
        if now >= asleep_at { Step::Sleep } else { wait(fresh.min(asleep_at), now) }
    }

    /// That step has been done; a refresh, until `now`.
    pub fn did(&mut self, step: Step, now: Duration) {
        match step {
            Step::Full => {
                let past = now.saturating_sub(self.full_at.unwrap_or_default());
                // A debt beyond twice the limit would outlast the night.
                self.owed = (self.owed.saturating_sub(past) + GAP).min(self.limit() * 2);
                (self.full_at, self.quick_run) = (Some(now), 0);
                self.drawn(now);
            }
            Step::Quick => {
                self.quick_run += 1;
                self.drawn(now);
            }
            Step::Sleep => self.asleep = true,
            Step::Wait(_) => {}
        }
    }

    fn drawn(&mut self, now: Duration) {
        (self.wanted, self.drawn_at, self.asleep) = (None, now, false);
    }
}

fn wait(until: Duration, now: Duration) -> Step {
    Step::Wait(Some(until.saturating_sub(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A panel whose whole refresh takes three seconds, and a quick one half of one.
    struct Bench {
        pace: Pace,
        now: Duration,
        done: Vec<(Step, u64)>,
    }

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    impl Bench {
        /// Drawn once, at second 100.
        fn new(has_quick: bool, rules: Rules) -> Self {
            let mut bench = Self { pace: Pace::new(rules, has_quick), now: secs(97), done: Vec::new() };
            bench.want(Change::Plain);
            assert_eq!(bench.done.drain(..).collect::<Vec<_>>(), [(Step::Full, 97)]);
            bench
        }

        fn want(&mut self, change: Change) {
            self.pace.want(change, self.now);
            self.run(self.now);
        }

        /// Does what is to be done until then.
        fn run(&mut self, until: Duration) {
            loop {
                let step = self.pace.next(self.now);
                let took = match step {
                    Step::Full => secs(3),
                    Step::Quick => Duration::from_millis(500),
                    Step::Sleep => Duration::ZERO,
                    Step::Wait(Some(wait)) if self.now + wait <= until => {
                        assert!(wait > Duration::ZERO);
                        self.now += wait;
                        continue;
                    }
                    Step::Wait(_) => {
                        self.now = self.now.max(until);
                        return;
                    }
                };
                self.done.push((step, self.now.as_secs()));
                self.now += took;
                self.pace.did(step, self.now);
            }
        }

        fn pass(&mut self, seconds: u64) {
            self.run(self.now + secs(seconds));
        }

        fn steps(&mut self) -> Vec<Step> {
            self.done.drain(..).map(|(step, _)| step).collect()
        }
    }

    #[test]
    fn a_code_comes_and_goes_wholly_and_at_once_whatever_it_costs() {
        let mut bench = Bench::new(true, Rules { burst: 1, ..Rules::default() });
        for _ in 0..200 {
            let before = bench.now;
            bench.want(Change::Code);
            assert_eq!(bench.now, before + secs(3));
        }
        assert_eq!(bench.steps(), [Step::Full; 200]);
    }

    #[test]
    fn digits_are_quick_and_after_some_of_them_comes_a_whole_one() {
        let mut bench = Bench::new(true, Rules { quick_most: 3, ..Rules::default() });
        for _ in 0..8 {
            bench.want(Change::Plain);
        }
        use Step::Full;
        use Step::Quick;
        assert_eq!(bench.steps(), [Quick, Quick, Quick, Full, Quick, Quick, Quick, Full]);
        let mut without = Bench::new(true, Rules { quick_most: 0, ..Rules::default() });
        without.want(Change::Plain);
        assert_eq!(without.steps(), []);
        without.pass(2);
        assert_eq!(without.steps(), [Full]);
    }

    #[test]
    fn with_a_full_account_pictures_without_a_code_wait_and_become_one() {
        let mut bench = Bench::new(false, Rules { burst: 2, ..Rules::default() });
        bench.want(Change::Plain);
        bench.pass(2);
        assert_eq!(bench.steps(), [Step::Full], "the second of two");
        let asked = bench.now;
        for _ in 0..5 {
            bench.want(Change::Plain);
            bench.pass(1);
        }
        assert_eq!(bench.steps(), []);
        bench.pass(6);
        assert_eq!(bench.done.drain(..).collect::<Vec<_>>(), [(Step::Full, asked.as_secs() + 10)]);
        // A code that comes while one waits is not held up by it.
        bench.want(Change::Plain);
        bench.want(Change::Code);
        assert_eq!(bench.steps(), [Step::Full]);
    }

    #[test]
    fn without_quick_refreshes_an_amount_is_one_flash_and_its_code_waits_for_none() {
        let mut bench = Bench::new(false, Rules::default());
        for _ in 0..5 {
            bench.want(Change::Plain);
            bench.run(bench.now + Duration::from_millis(800));
        }
        assert_eq!(bench.steps(), [], "digits come");
        bench.pass(2);
        assert_eq!(bench.steps(), [Step::Full], "they came to an end");
        bench.want(Change::Plain);
        bench.run(bench.now + Duration::from_millis(700));
        bench.want(Change::Code);
        assert_eq!(bench.steps(), [Step::Full], "the code takes the place of what was to be said before it");
        // Whoever keys without end is shown something all the same.
        let begun = bench.now;
        while bench.done.is_empty() {
            bench.want(Change::Plain);
            bench.pass(1);
        }
        assert!(bench.now - begun <= PATIENCE + secs(4), "{:?}", bench.now - begun);
    }

    /// The promise of the account: in any time, at most the burst, one every 180 s, and those nobody may wait for.
    #[test]
    fn over_a_long_day_the_account_is_kept_but_for_what_is_waited_for_longest() {
        let rules = Rules { burst: 5, sleep_after: secs(10), quick_most: 0 };
        let mut bench = Bench::new(false, rules);
        for _ in 0..400 {
            bench.want(Change::Plain);
            bench.pass(180);
        }
        let full = bench.steps().iter().filter(|step| **step == Step::Full).count();
        assert_eq!(full, 400, "one every three minutes is within the account");
        let start = bench.now;
        for _ in 0..3_600 {
            bench.want(Change::Plain);
            bench.pass(1);
        }
        let hour = (bench.now - start).as_secs();
        let full = bench.steps().iter().filter(|step| **step == Step::Full).count() as u64;
        assert!(full <= 5 + hour / 13 + 1, "{full} in {hour} s");
        assert!(full >= hour / 14 - 5, "nothing waits longer than 10 s: {full} in {hour} s");
    }

    #[test]
    fn a_busy_day_is_forgiven_by_the_next_morning() {
        let mut bench = Bench::new(false, Rules::default());
        for _ in 0..600 {
            bench.want(Change::Code);
            bench.pass(30);
        }
        bench.pass(6 * 60 * 60);
        bench.steps();
        bench.want(Change::Plain);
        bench.pass(2);
        assert_eq!(bench.steps(), [Step::Full]);
    }

    #[test]
    fn words_beside_a_code_leave_it_in_peace_for_ten_seconds() {
        let mut bench = Bench::new(true, Rules::default());
        bench.want(Change::Code);
        bench.steps();
        let shown = bench.now;
        for _ in 0..28 {
            bench.want(Change::Beside);
            bench.pass(1);
        }
        let at: Vec<_> = bench.done.iter().map(|(step, at)| (*step, at - shown.as_secs())).collect();
        assert_eq!(at, [(Step::Quick, 10), (Step::Quick, 20)]);
        bench.want(Change::Code);
        assert_eq!(bench.done.last().map(|(step, _)| *step), Some(Step::Full), "the code goes at once");
    }

    #[test]
    fn it_sleeps_cleans_ghosts_at_rest_and_is_fresh_once_a_day() {
        let mut bench = Bench::new(true, Rules::default());
        bench.want(Change::Plain);
        bench.pass(120);
        assert_eq!(
            bench.done,
            [(Step::Quick, 100), (Step::Sleep, 110), (Step::Full, 160), (Step::Sleep, 173)]
        );
        bench.done.clear();
        bench.pass(3 * 24 * 60 * 60);
        let days: Vec<_> =
            bench.done.iter().filter(|(step, _)| *step == Step::Full).map(|(_, at)| *at).collect();
        assert_eq!(days, [163 + 86_400, 166 + 2 * 86_400, 169 + 3 * 86_400]);
        assert!(bench.pace.is_asleep());
        bench.want(Change::Plain);
        assert!(!bench.pace.is_asleep());
    }

    #[test]
    fn a_picture_that_is_taken_back_while_it_waits_costs_nothing() {
        let mut bench = Bench::new(false, Rules { burst: 1, ..Rules::default() });
        bench.want(Change::Plain);
        bench.pace.settle();
        bench.pass(60);
        assert_eq!(bench.steps(), [Step::Sleep]);
    }
}
