use super::*;

const S: Duration = Duration::from_secs(1);

fn document(version: u64) -> Document {
    Document {
        version,
        txn: format!("t{version}"),
        confirm_s: 120,
        by_money: false,
        settings: serde_json::json!({ "lang": "de" }),
    }
}

/// A terminal around it: the disk, what it answered, and how often it switched.
struct World {
    disk: Slots,
    remote: Remote,
    now: Duration,
    judged: fn(&Document) -> Judged,
    answers: Vec<(u64, Outcome)>,
    switches: u32,
    notices: u32,
}

impl World {
    fn new(judged: fn(&Document) -> Judged) -> Self {
        let remote = Remote::resume(Slots::default(), Duration::ZERO);
        let disk = Slots::default();
        Self { disk, remote, now: Duration::ZERO, judged, answers: Vec::new(), switches: 0, notices: 0 }
    }

    fn tell(&mut self, event: Event) {
        self.remote.handle(event, self.now);
        self.drain();
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.remote.handle_timeout(self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(effect) = self.remote.poll_effect() {
            match effect {
                Effect::Keep(slots) => self.disk = *slots,
                Effect::Judge(document) => {
                    let judged = (self.judged)(&document);
                    self.remote.handle(Event::Judged { txn: document.txn, judged }, self.now);
                }
                Effect::Switch => {
                    self.switches += 1;
                    self.start();
                    return;
                }
                Effect::Answer(answer) => self.answers.push((answer.version, answer.outcome)),
                Effect::Notice => self.notices += 1,
                Effect::Report => {}
            }
        }
    }

    /// As after a power cut: what is on the disk is all there is.
    fn start(&mut self) {
        self.disk = std::mem::take(&mut self.disk).start();
        self.remote = Remote::resume(self.disk.clone(), self.now);
    }

    fn in_force(&self) -> Option<u64> {
        self.disk.in_force().map(|document| document.version)
    }
}

fn good(document: &Document) -> Judged {
    // Versions in the tens reach for the broker, in the hundreds for the money.
    Judged::Good(Reach { way: (10..100).contains(&document.version), money: document.version >= 100 })
}

#[test]
fn a_good_document_is_tried_while_idle_and_stays_once_the_broker_has_the_report() {
    let mut world = World::new(good);
    world.tell(Event::Offered(document(1)));
    assert_eq!((world.in_force(), world.switches), (None, 0), "the counter is busy");
    world.tell(Event::Idle(true));
    assert_eq!((world.in_force(), world.switches, world.disk.burned), (Some(1), 1, 1));
    assert_eq!(world.answers, []);
    world.tell(Event::Reported);
    assert_eq!(world.answers, [(1, Outcome::Applied)]);
    assert_eq!(world.disk.good, Some(document(1)));
    world.pass(1000 * S);
    assert_eq!((world.in_force(), world.switches, world.notices), (Some(1), 1, 0));
}

#[test]
fn what_reaches_for_the_broker_is_not_tried_while_the_relay_is_silent_and_stays_only_once_armed() {
    let mut world = World::new(good);
    world.tell(Event::Idle(true));
    world.tell(Event::Offered(document(10)));
    assert_eq!(world.switches, 0);
    world.pass(300 * S);
    assert_eq!(world.answers, [(10, Outcome::Deferred)]);
    world.pass(300 * S);
    assert_eq!(world.answers.len(), 1, "it is said once");
    world.tell(Event::Armed(true));
    assert_eq!(world.switches, 1);
    world.tell(Event::Reported);
    assert_eq!(world.disk.good, None, "the broker alone proves nothing");
    world.tell(Event::Armed(true));
    assert_eq!(world.answers.last(), Some(&(10, Outcome::Applied)));
    assert_eq!(world.disk.last.as_ref().map(|answer| answer.attempt), Some(2));
}

#[test]
fn money_is_noticed_once_it_is_confirmed() {
    let mut world = World::new(good);
    world.tell(Event::Idle(true));
    world.tell(Event::Offered(document(100)));
    assert_eq!(world.notices, 0);
    world.tell(Event::Reported);
    assert_eq!(world.notices, 1);
}

#[test]
fn money_is_noticed_at_each_start_until_somebody_has_read_it() {
    let mut world = World::new(good);
    world.tell(Event::Idle(true));
    world.tell(Event::Offered(document(100)));
    world.tell(Event::Reported);
    // Another change, which starts it anew, takes nothing off the screen for good.
    world.tell(Event::Idle(true));
    world.tell(Event::Offered(document(101)));
    world.tell(Event::Reported);
    assert!(world.notices >= 2 && world.disk.unread);
    world.tell(Event::Read);
    let notices = world.notices;
    world.start();
    world.drain();
    assert_eq!((world.notices, world.disk.unread), (notices, false));
}

#[test]
fn another_document_under_the_version_of_one_that_waits_is_stale() {
    let mut world = World::new(good);
    world.tell(Event::Offered(document(7)));
    world.tell(Event::Offered(document(7)));
    assert_eq!(world.answers, [], "the same again");
    world.tell(Event::Offered(Document { txn: "another".into(), ..document(7) }));
    world.tell(Event::Offered(document(6)));
    assert_eq!(world.answers, [(7, Outcome::Stale), (6, Outcome::Stale)]);
    world.tell(Event::Idle(true));
    world.tell(Event::Reported);
    assert_eq!(world.answers.last(), Some(&(7, Outcome::Applied)));
}

#[test]
fn one_that_is_not_confirmed_in_time_is_gone_and_its_version_with_it() {
    let mut world = World::new(good);
    world.tell(Event::Idle(true));
    world.tell(Event::Offered(document(1)));
    world.tell(Event::Reported);
    world.tell(Event::Idle(true));
    world.tell(Event::Offered(document(2)));
    world.pass(119 * S);
    assert_eq!(world.in_force(), Some(2));
    world.pass(S);
    assert_eq!((world.in_force(), world.disk.burned), (Some(1), 2));
    world.tell(Event::Up);
    assert_eq!(world.answers.last(), Some(&(2, Outcome::RolledBack)));
    world.tell(Event::Told { txn: "t2".into(), attempt: 1 });
    let before = world.answers.len();
    world.tell(Event::Up);
    world.tell(Event::Idle(true));
    world.tell(Event::Offered(document(2)));
    assert_eq!((world.answers.len(), world.switches), (before, 3), "it is neither tried nor answered again");
}

#[test]
fn three_starts_without_a_word_bring_the_one_before_back() {
    let mut world = World::new(good);
    world.tell(Event::Idle(true));
    world.tell(Event::Offered(document(1)));
    world.start();
    world.start();
    assert_eq!(world.in_force(), Some(1));
    world.start();
    assert_eq!(world.in_force(), None);
    assert_eq!(world.disk.last.as_ref().map(|answer| answer.outcome), Some(Outcome::RolledBack));
}

#[test]
fn starts_share_the_time_of_one_trial() {
    let mut world = World::new(good);
    world.tell(Event::Idle(true));
    world.tell(Event::Offered(document(1)));
    for _ in 0..10 {
        world.pass(10 * S);
    }
    world.start();
    world.pass(20 * S);
    assert_eq!(world.in_force(), None, "120 s in all");
}

#[test]
fn what_is_wrong_or_changes_nothing_is_answered_once_and_switches_nothing() {
    let fault = || FieldFault { path: "lang".into(), what: "no such language".into(), mend: String::new() };
    let mut world = World::new(|document| match document.version {
        1 => Judged::Unchanged,
        _ => Judged::Wrong(vec![FieldFault {
            path: "lang".into(),
            what: "no such language".into(),
            mend: String::new(),
        }]),
    });
    world.tell(Event::Offered(document(1)));
    world.tell(Event::Offered(document(2)));
    assert_eq!(world.answers, [(1, Outcome::Unchanged), (2, Outcome::Rejected)]);
    assert_eq!(world.disk.last.as_ref().map(|answer| answer.errors.clone()), Some(vec![fault()]));
    world.tell(Event::Offered(document(1)));
    world.tell(Event::Offered(document(2)));
    assert_eq!(world.answers.len(), 2);
    assert_eq!((world.in_force(), world.disk.burned, world.switches), (Some(1), 2, 0));
}

#[test]
fn a_version_of_before_with_other_content_is_stale_and_told_once() {
    let mut world = World::new(good);
    world.tell(Event::Idle(true));
    world.tell(Event::Offered(document(5)));
    world.tell(Event::Reported);
    for old in [4, 5, 5] {
        world.tell(Event::Offered(Document { txn: "other".into(), ..document(old) }));
    }
    assert_eq!(world.answers[1..], [(4, Outcome::Stale), (5, Outcome::Stale)]);
    assert_eq!(world.in_force(), Some(5));
}

#[test]
fn a_later_document_takes_the_place_of_one_that_waits_and_waits_for_one_on_trial() {
    let mut world = World::new(good);
    world.tell(Event::Offered(document(1)));
    world.tell(Event::Offered(document(2)));
    world.tell(Event::Offered(document(1)));
    assert_eq!(world.answers, [(1, Outcome::Superseded)]);
    world.tell(Event::Idle(true));
    assert_eq!(world.in_force(), Some(2));
    world.tell(Event::Offered(document(3)));
    world.tell(Event::Idle(true));
    assert_eq!(world.in_force(), Some(2));
    world.tell(Event::Reported);
    assert_eq!(world.answers, [(1, Outcome::Superseded), (2, Outcome::Applied)]);
    assert_eq!(world.in_force(), Some(3), "judged and tried at once");
}

/// Documents, losses, restarts and power cuts in any order: what is in force is one whole document that was in
/// force or on trial before, and no version comes back.
#[test]
fn any_walk_leaves_the_old_or_the_new_and_versions_never_fall() {
    fn next(seed: &mut u64) -> u64 {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *seed
    }
    for run in 1..=2_000_u64 {
        let mut seed = run.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut world = World::new(|document| match document.version % 4 {
            0 => Judged::Wrong(Vec::new()),
            1 => Judged::Unchanged,
            _ => good(document),
        });
        let mut burned = 0;
        for _ in 0..60 {
            let trial = world.disk.trial.clone();
            match next(&mut seed) % 9 {
                0..=2 => {
                    let version = next(&mut seed) % 30;
                    world.tell(Event::Offered(document(version)));
                }
                3 => world.tell(Event::Idle(next(&mut seed).is_multiple_of(2))),
                4 => world.tell(Event::Armed(next(&mut seed).is_multiple_of(2))),
                5 => world.tell(Event::Reported),
                6 => world.tell(Event::Up),
                7 => world.start(),
                _ => {
                    let seconds = u32::try_from(next(&mut seed) % 100).unwrap();
                    world.pass(S * seconds);
                }
            }
            assert!(world.disk.burned >= burned, "run {run}: a version came back");
            burned = world.disk.burned;
            if let Some(document) = world.disk.in_force() {
                assert!(document.version <= burned && document.version % 4 != 0, "run {run}");
            }
            if let (Some(before), None) = (trial, &world.disk.trial) {
                let kept =
                    world.disk.good.as_ref().is_some_and(|good| good.version >= before.document.version);
                let told =
                    world.disk.last.as_ref().is_some_and(|answer| answer.version >= before.document.version);
                assert!(kept || told, "run {run}: a trial ended without a word");
            }
        }
    }
}
