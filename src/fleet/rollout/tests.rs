use std::collections::BTreeSet;

use super::*;

fn second(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn id(n: usize) -> TerminalId {
    format!("counter-{n:03}").parse().unwrap()
}

fn terms(tolerate: &str) -> Terms {
    Terms {
        soak: second(60),
        away: second(100),
        answer: second(200),
        at_once: 3,
        tolerate: tolerate.parse().unwrap(),
    }
}

fn wave(ids: &[usize]) -> Vec<TerminalId> {
    ids.iter().copied().map(id).collect()
}

/// What it does, as words.
fn drain(rollout: &mut Rollout) -> Vec<String> {
    let word = |effect| match effect {
        Effect::Seal(id) => format!("seal {id}"),
        Effect::Publish(id) => format!("publish {id}"),
        Effect::Keep(Fact::Sent { terminal, .. }) => format!("keep sent {terminal}"),
        Effect::Keep(Fact::Ended { terminal, how, .. }) => format!("keep {how:?} {terminal}"),
        Effect::Keep(Fact::Passed { wave }) => format!("keep passed {wave}"),
        Effect::Keep(Fact::Stopped { .. }) => "keep stopped".to_owned(),
        Effect::Ended(end) => format!("{end:?}"),
    };
    std::iter::from_fn(|| rollout.poll_effect()).map(word).collect()
}

fn begun(waves: &[Vec<TerminalId>], online: &[usize], tolerate: &str) -> Rollout {
    let mut rollout = Rollout::resume(waves, &[], terms(tolerate), second(0));
    for n in online {
        rollout.handle(Event::Online { terminal: id(*n), online: true }, second(0));
    }
    rollout.handle(Event::Begin, second(0));
    rollout
}

fn seal(rollout: &mut Rollout, n: usize, at: u64) {
    let event = Event::Sealed { terminal: id(n), version: 1, txn: format!("t{n}") };
    rollout.handle(event, second(at));
    rollout.handle(Event::Published(id(n)), second(at));
}

fn answer(rollout: &mut Rollout, n: usize, outcome: Outcome, at: u64) {
    rollout.handle(Event::Answered { terminal: id(n), outcome, why: String::new() }, second(at));
}

#[test]
fn the_next_wave_waits_until_the_first_has_stood_its_time() {
    let mut rollout = begun(&[wave(&[1]), wave(&[2, 3])], &[1, 2, 3], "0");
    assert_eq!(drain(&mut rollout), ["seal counter-001"]);
    seal(&mut rollout, 1, 1);
    assert_eq!(drain(&mut rollout), ["keep sent counter-001", "publish counter-001"]);
    answer(&mut rollout, 1, Outcome::Applied, 10);
    assert_eq!(drain(&mut rollout), ["keep Applied counter-001"]);
    assert_eq!(rollout.poll_timeout(), Some(second(70)));
    rollout.handle_timeout(second(69));
    assert_eq!(drain(&mut rollout), [""; 0]);
    rollout.handle_timeout(second(70));
    assert_eq!(drain(&mut rollout), ["keep passed 0", "seal counter-002", "seal counter-003"]);
}

#[test]
fn who_rolls_back_while_it_is_watched_stops_it_and_who_is_on_the_way_is_heard_out() {
    let mut rollout = begun(&[wave(&[1, 2])], &[1, 2], "0");
    drain(&mut rollout);
    seal(&mut rollout, 1, 0);
    seal(&mut rollout, 2, 0);
    answer(&mut rollout, 1, Outcome::Applied, 5);
    drain(&mut rollout);
    answer(&mut rollout, 1, Outcome::RolledBack, 20);
    assert_eq!(drain(&mut rollout), ["keep RolledBack counter-001", "keep stopped"]);
    answer(&mut rollout, 2, Outcome::Applied, 21);
    let end = "Stopped(\"1 of 2 in wave 1 failed\")";
    assert_eq!(drain(&mut rollout), ["keep Applied counter-002", end]);
}

#[test]
fn who_is_off_is_sent_nothing_and_has_its_turn_when_it_appears() {
    let mut rollout = begun(&[wave(&[1]), wave(&[2])], &[1], "0");
    drain(&mut rollout);
    seal(&mut rollout, 1, 0);
    answer(&mut rollout, 1, Outcome::Applied, 1);
    rollout.handle(Event::Online { terminal: id(2), online: true }, second(30));
    rollout.handle(Event::Online { terminal: id(2), online: false }, second(40));
    drain(&mut rollout);
    rollout.handle_timeout(second(61));
    assert_eq!(drain(&mut rollout), ["keep passed 0", "keep passed 1", "Waiting"]);
    let mut canary_off = begun(&[wave(&[1]), wave(&[2])], &[2], "0");
    assert_eq!(drain(&mut canary_off), ["Waiting"], "nobody has tried it");
}

#[test]
fn an_outage_of_the_broker_is_nobodys_fault() {
    let mut rollout = begun(&[wave(&[1])], &[1], "0");
    drain(&mut rollout);
    let event = Event::Sealed { terminal: id(1), version: 1, txn: "t1".into() };
    rollout.handle(event, second(10));
    drain(&mut rollout);
    rollout.handle(Event::Broker(false), second(20));
    assert_eq!(rollout.poll_timeout(), None);
    rollout.handle_timeout(second(1000));
    assert_eq!(drain(&mut rollout), [""; 0]);
    rollout.handle(Event::Broker(true), second(1020));
    assert_eq!(drain(&mut rollout), ["publish counter-001"], "nobody knows whether the broker has it");
    assert_eq!(rollout.poll_timeout(), Some(second(1210)));
    rollout.handle_timeout(second(1210));
    assert_eq!(drain(&mut rollout)[0], "keep Unanswered counter-001");
}

#[test]
fn who_puts_it_off_holds_up_nobody_and_is_not_there_yet() {
    let mut rollout = begun(&[wave(&[1, 2])], &[1, 2], "0");
    drain(&mut rollout);
    seal(&mut rollout, 1, 0);
    seal(&mut rollout, 2, 0);
    answer(&mut rollout, 1, Outcome::Deferred, 1);
    answer(&mut rollout, 2, Outcome::Applied, 2);
    drain(&mut rollout);
    rollout.handle_timeout(second(62));
    assert_eq!(drain(&mut rollout), ["keep passed 0", "Waiting"]);
}

/// A small generator: the same seed gives the same run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// What a terminal of the model does with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nature {
    Good,
    Rejects,
    RollsBack,
    /// Takes it, and goes back while it is watched.
    GoesBackLater,
    /// Never seen again.
    Dies,
    Mute,
    /// Takes it at the second try.
    Busy,
}

struct Model {
    nature: Nature,
    online: bool,
    /// When it next does something about the document.
    due: Option<u64>,
    said: Option<Outcome>,
    sent: usize,
}

struct World {
    chance: Chance,
    terminals: Vec<Model>,
    waves: Vec<Vec<TerminalId>>,
    facts: Vec<Fact>,
    rollout: Rollout,
    terms: Terms,
    /// Documents that the broker has.
    taken: BTreeSet<TerminalId>,
    up: bool,
    end: Option<End>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
        let count = 1 + chance.below(30);
        let faulty = [1_000, 20, 4][chance.below(3)];
        let terminals: Vec<_> = (0..count)
            .map(|_| {
                let bad =
                    [Nature::Rejects, Nature::RollsBack, Nature::GoesBackLater, Nature::Dies, Nature::Mute];
                let nature = match chance.one_in(faulty) {
                    true => bad[chance.below(5)],
                    false if chance.one_in(8) => Nature::Busy,
                    false => Nature::Good,
                };
                Model { nature, online: !chance.one_in(5), due: None, said: None, sent: 0 }
            })
            .collect();
        let member = |(n, model): (usize, &Model)| Member {
            id: id(n),
            site: Some((n % 3).to_string()),
            online: model.online,
            canary: false,
        };
        let members: Vec<_> = terminals.iter().enumerate().map(member).collect();
        let waves = waves(&members, 1 + chance.below(2), &[Part::Share(10), Part::Share(50)]);
        let tolerate = [Part::Count(0), Part::Share(20), Part::Count(2)][chance.below(3)];
        let at_once = 1 + chance.below(6);
        let terms = Terms { soak: second(30), away: second(40), answer: second(100), at_once, tolerate };
        let rollout = Rollout::resume(&waves, &[], terms, second(0));
        let facts = Vec::new();
        let mut own = Self {
            chance,
            terminals,
            waves,
            facts,
            rollout,
            terms,
            taken: BTreeSet::new(),
            up: true,
            end: None,
        };
        own.begin(0);
        own
    }

    /// As a process that starts: it hears who is there and what they have said.
    fn begin(&mut self, at: u64) {
        for n in 0..self.terminals.len() {
            self.look(n, at);
        }
        self.tell(Event::Begin, at);
    }

    fn tell(&mut self, event: Event, at: u64) {
        self.rollout.handle(event, second(at));
        self.carry_out(at);
    }

    fn look(&mut self, n: usize, at: u64) {
        let online = self.terminals[n].online;
        self.tell(Event::Online { terminal: id(n), online }, at);
        if let Some(outcome) = self.terminals[n].said {
            self.tell(Event::Answered { terminal: id(n), outcome, why: String::new() }, at);
        }
    }

    fn carry_out(&mut self, at: u64) {
        while let Some(effect) = self.rollout.poll_effect() {
            match effect {
                Effect::Seal(id) => {
                    self.check_turn(&id);
                    let event = Event::Sealed { version: 1, txn: format!("t-{id}"), terminal: id };
                    self.rollout.handle(event, second(at));
                }
                Effect::Keep(fact) => {
                    let stopped = self.facts.iter().any(|fact| matches!(fact, Fact::Stopped { .. }));
                    assert!(!(stopped && matches!(fact, Fact::Sent { .. })), "sent after it stopped");
                    self.facts.push(fact);
                }
                Effect::Publish(id) => self.publish(id, at),
                Effect::Ended(end) => {
                    assert_eq!(self.end, None, "it ends once");
                    self.end = Some(end);
                }
            }
        }
    }

    fn publish(&mut self, id: TerminalId, at: u64) {
        let kept =
            self.facts.iter().filter(|fact| matches!(fact, Fact::Sent { terminal, .. } if *terminal == id));
        assert_eq!(kept.count(), 1, "it was written down before, once");
        if !self.up || self.chance.one_in(9) {
            return;
        }
        if self.taken.insert(id.clone()) {
            let n: usize = id.as_str()[8..].parse().unwrap();
            self.terminals[n].sent += 1;
            self.terminals[n].due = Some(at + 1 + self.chance.below(20) as u64);
        }
        self.rollout.handle(Event::Published(id), second(at));
    }

    /// Whoever is sent something has its turn: those before it are through, and it is there.
    fn check_turn(&self, id: &TerminalId) {
        let n: usize = id.as_str()[8..].parse().unwrap();
        assert!(self.up && self.terminals[n].online, "{id} is off");
        let wave = self.waves.iter().position(|wave| wave.contains(id)).unwrap();
        let passed = self.facts.iter().filter(|fact| matches!(fact, Fact::Passed { .. })).count();
        assert!(wave <= passed, "{id} is in wave {wave}, and {passed} are through");
        for earlier in 0..wave {
            let failed = |id: &&TerminalId| self.rollout.ones()[*id].has_failed();
            let failed = self.waves[earlier].iter().filter(failed).count();
            assert!(failed <= self.terms.tolerate.at_most(self.waves[earlier].len()));
        }
        let on_their_way = self.rollout.ones().values().filter(|one| one.is_on_its_way()).count();
        assert!(on_their_way <= self.terms.at_once, "{on_their_way} at once");
    }

    fn act(&mut self, n: usize, at: u64) {
        let later = at + 1 + self.chance.below(25) as u64;
        let model = &mut self.terminals[n];
        let (said, online, due) = match (model.nature, model.said) {
            (Nature::Good, _) | (Nature::Busy, Some(_)) => (Some(Outcome::Applied), true, None),
            (Nature::Busy, None) => (Some(Outcome::Deferred), true, Some(later)),
            (Nature::Rejects, _) => (Some(Outcome::Rejected), true, None),
            (Nature::RollsBack, _) | (Nature::GoesBackLater, Some(_)) => {
                (Some(Outcome::RolledBack), true, None)
            }
            (Nature::GoesBackLater, None) => (Some(Outcome::Applied), true, Some(later)),
            (Nature::Dies, _) => (None, false, None),
            (Nature::Mute, _) => (None, true, None),
        };
        (model.said, model.online, model.due) = (said, online, due);
        if self.up {
            self.look(n, at);
        }
    }

    /// One second; things happen by chance.
    fn step(&mut self, at: u64) {
        for n in 0..self.terminals.len() {
            if self.terminals[n].due.is_some_and(|due| due <= at) {
                self.act(n, at);
            } else if self.terminals[n].due.is_none()
                && self.terminals[n].sent == 0
                && self.chance.one_in(150)
            {
                self.terminals[n].online = !self.terminals[n].online;
                if self.up {
                    self.look(n, at);
                }
            }
        }
        if self.chance.one_in(80) {
            self.up = !self.up;
            if self.up {
                (0..self.terminals.len()).for_each(|n| self.look(n, at));
            }
            self.tell(Event::Broker(self.up), at);
        }
        if self.end.is_none() && self.up && self.chance.one_in(60) {
            self.rollout = Rollout::resume(&self.waves, &self.facts, self.terms, second(at));
            self.begin(at);
        }
        if self.rollout.poll_timeout().is_some_and(|due| due <= second(at)) {
            self.rollout.handle_timeout(second(at));
            self.carry_out(at);
            let next = self.rollout.poll_timeout();
            assert!(next.is_none_or(|due| due > second(at)), "it would turn on the spot");
        }
    }

    fn check_end(&self) {
        let ones = self.rollout.ones();
        let held = |n: usize| ones[&id(n)].holds();
        for (n, model) in self.terminals.iter().enumerate() {
            assert!(model.sent <= 1, "{} was sent it twice", id(n));
            if held(n) {
                assert!(model.said == Some(Outcome::Applied) || model.nature == Nature::GoesBackLater);
            }
        }
        let over = |wave: &Vec<TerminalId>| {
            let failed = wave.iter().filter(|id| ones[*id].has_failed()).count();
            failed > self.terms.tolerate.at_most(wave.len())
        };
        match &self.end {
            Some(End::Done) => {
                assert!(ones.values().all(|one| matches!(one.step, Step::Ended { .. })));
                assert!(!self.waves.iter().any(over));
            }
            Some(End::Waiting) => assert!(!self.waves.iter().any(over)),
            Some(End::Stopped(_)) => {
                assert!(self.facts.iter().any(|fact| matches!(fact, Fact::Stopped { .. })));
            }
            None => panic!("it never ends"),
        }
    }
}

#[test]
fn whatever_terminals_do_nobody_is_sent_it_twice_or_before_its_turn() {
    let (mut done, mut waiting, mut stopped) = (0, 0, 0);
    for seed in 0..500 {
        let mut world = World::new(seed);
        for at in 1..20_000 {
            if world.end.is_some() {
                break;
            }
            world.step(at);
        }
        world.check_end();
        match world.end {
            Some(End::Done) => done += 1,
            Some(End::Waiting) => waiting += 1,
            Some(End::Stopped(_)) | None => stopped += 1,
        }
    }
    assert!(done > 40 && waiting > 40 && stopped > 40, "{done} {waiting} {stopped}");
}
