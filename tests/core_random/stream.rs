//! Streams of what can happen to a terminal, drawn from a seed. A step names sales and documents by their
//! place, not by their reference, so that a shortened stream still means something.

use qrtill::core::device::Device;
use qrtill::core::key::Key;
use qrtill::core::message::Outcome;
use qrtill::core::message::RefundSaid;
use qrtill::core::message::Said;
use qrtill::core::payment::PaymentStatus;

#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Key(Key),
    Up,
    Down,
    /// Answers this connection's sync (or another one's) about every sale that waits.
    Synced {
        right: bool,
        remaining_s: u32,
        known: bool,
    },
    Beat(Beat),
    /// From here on the relay has another start.
    RelayRestart,
    /// From here on the relay has another journal.
    NewStream,
    Link {
        sale: Who,
        wrong: Wrong,
        generation: u32,
    },
    Answer {
        sale: Who,
        said: Said,
    },
    Notice(News),
    /// What became of the newest refund, or of one that was never asked for.
    Refund {
        known: bool,
        said: RefundSaid,
    },
    /// Numbered, and lost on the way: `Retell` may bring it.
    Lost(News),
    /// One of the notices numbered so far, told once more, word for word.
    Retell(u8),
    /// Milliseconds in which the loop wakes whenever the core wants it to.
    Pass(u32),
    /// Milliseconds in which it does not.
    Oversleep(u32),
    NameTaken(bool),
    /// The customer's panel, and all other devices with it.
    Devices(Device),
    Unreadable,
    /// Killed between two events, and started again.
    Restart,
    /// Of what the next step leads to only so many effects are carried out; then killed and started again.
    Cut(u8),
    /// Of what the next step leads to only so many effects are carried out; then the disk fails.
    Break(u8),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Who {
    Newest,
    Before,
    /// A reference of another journal.
    Stranger,
    /// No sale at all.
    Counter,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wrong {
    Nothing,
    Amount,
    Currency,
    Request,
    Host,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Beat {
    Next,
    Old,
    OtherStart,
    NotServing,
}

#[derive(Clone, Debug, PartialEq)]
pub struct News {
    pub sale: Who,
    /// Which payment.
    pub pay: u8,
    pub status: PaymentStatus,
    /// Minor units more than the sale's amount.
    pub more: i64,
    pub refunded: i64,
    pub wrong_currency: bool,
    pub age_s: i64,
    pub replay: bool,
}

impl News {
    /// Exactly what the sale asks for.
    pub fn paid(sale: Who, pay: u8) -> Self {
        let status = PaymentStatus::Succeeded;
        Self { sale, pay, status, more: 0, refunded: 0, wrong_currency: false, age_s: 0, replay: false }
    }
}

/// SplitMix64.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).expect("an index")].clone()
    }
}

/// What happens under this seed.
pub fn draw(seed: u64, length: usize) -> Vec<Step> {
    let mut dice = Dice::new(seed);
    let mut pays = 0_u8;
    let mut steps = connect(&mut dice);
    while steps.len() < length {
        let phrase = match dice.below(100) {
            0..22 => sell(&mut dice),
            22..40 => pay(&mut dice, &mut pays),
            40..50 => close(&mut dice),
            50..58 => connect(&mut dice),
            58..68 => vec![Step::Beat(Beat::Next), pass(&mut dice)],
            68..73 => break_down(&mut dice),
            73..79 => look_up(&mut dice),
            79..86 => give_back(&mut dice, &mut pays),
            _ => vec![noise(&mut dice, &mut pays)],
        };
        for step in phrase {
            if dice.percent(6) {
                continue;
            }
            if dice.percent(6) {
                steps.push(step.clone());
            }
            steps.push(step);
            let last = steps.len() - 1;
            if last > 0 && dice.percent(4) {
                steps.swap(last, last - 1);
            }
        }
    }
    steps.truncate(length);
    steps
}

fn connect(dice: &mut Dice) -> Vec<Step> {
    let mut steps = if dice.percent(50) { vec![Step::Down, Step::Up] } else { vec![Step::Up] };
    let remaining_s = dice.pick(&[120, 120, 90, 31, 5, 0]);
    steps.push(Step::Synced { right: true, remaining_s, known: dice.percent(95) });
    steps.push(Step::Beat(Beat::Next));
    steps
}

fn sell(dice: &mut Dice) -> Vec<Step> {
    let mut steps = vec![Step::Beat(Beat::Next)];
    // Whatever is on the screen goes first.
    if dice.percent(70) {
        steps.extend([Step::Pass(600), Step::Key(Key::Enter)]);
    }
    for _ in 0..=dice.below(3) {
        steps.push(Step::Key(Key::Digit(u8::try_from(dice.below(10)).expect("a digit"))));
    }
    steps.extend([Step::Key(Key::DoubleZero), Step::Key(Key::Enter)]);
    if dice.percent(30) {
        steps.push(Step::Key(Key::Enter));
    }
    if dice.percent(30) {
        steps.push(pass(dice));
    }
    if dice.percent(92) {
        steps.push(Step::Link { sale: Who::Newest, wrong: Wrong::Nothing, generation: 1 });
    }
    steps
}

fn pay(dice: &mut Dice, pays: &mut u8) -> Vec<Step> {
    let mut steps = vec![];
    if dice.percent(15) {
        steps.push(Step::Answer { sale: Who::Newest, said: Said::Processing });
    }
    if dice.percent(15) {
        steps.push(Step::Answer { sale: Who::Newest, said: Said::AttemptFailed });
    }
    if dice.percent(20) {
        steps.push(Step::Notice(News { sale: Who::Counter, ..news(dice, pays) }));
        steps.push(Step::Key(dice.pick(&[Key::Enter, Key::Cancel])));
    }
    let told = if dice.percent(60) {
        *pays += 1;
        News::paid(Who::Newest, *pays)
    } else {
        news(dice, pays)
    };
    steps.push(if dice.percent(90) { Step::Notice(told) } else { Step::Lost(told) });
    if dice.percent(50) {
        steps.push(Step::Answer { sale: Who::Newest, said: Said::Closed(Outcome::Paid) });
    }
    steps
}

fn close(dice: &mut Dice) -> Vec<Step> {
    let mut steps = vec![dice.pick(&[Step::Key(Key::Cancel), Step::Pass(125_000), Step::Unreadable])];
    if dice.percent(40) {
        steps.push(pass(dice));
    }
    let outcome =
        dice.pick(&[Outcome::Unpaid, Outcome::Unpaid, Outcome::Unpaid, Outcome::Paid, Outcome::Unsure]);
    steps.push(Step::Answer { sale: Who::Newest, said: Said::Closed(outcome) });
    steps
}

fn break_down(dice: &mut Dice) -> Vec<Step> {
    let few = u8::try_from(dice.below(6)).expect("few");
    vec![dice.pick(&[Step::Restart, Step::Cut(few), Step::Cut(few), Step::Break(few)])]
}

/// The list, and settling an unknown sale by hand.
fn look_up(dice: &mut Dice) -> Vec<Step> {
    let mut keys = vec![Key::Cancel, Key::List];
    if dice.percent(30) {
        keys.push(Key::Plus);
    }
    keys.extend([Key::Enter, Key::Clear]);
    keys.extend([
        Key::Digit(4),
        Key::Digit(7),
        Key::Digit(1),
        Key::Digit(if dice.percent(80) { 1 } else { 2 }),
    ]);
    keys.push(Key::Enter);
    keys.into_iter().map(Step::Key).collect()
}

/// The list, and a refund of what was picked: all of it, or a part.
fn give_back(dice: &mut Dice, pays: &mut u8) -> Vec<Step> {
    let mut steps = vec![Step::Pass(600), Step::Key(Key::Cancel), Step::Beat(Beat::Next)];
    let mut keys = vec![Key::List];
    if dice.percent(20) {
        keys.push(Key::Plus);
    }
    keys.extend([
        Key::Enter,
        Key::Plus,
        Key::Digit(4),
        Key::Digit(7),
        Key::Digit(1),
        Key::Digit(1),
        Key::Enter,
    ]);
    if dice.percent(50) {
        keys.extend([Key::Digit(u8::try_from(dice.below(3)).expect("a digit")), Key::DoubleZero]);
    }
    keys.push(Key::Enter);
    steps.extend(keys.into_iter().map(Step::Key));
    if dice.percent(30) {
        let wait = pass(dice);
        steps.push(dice.pick(&[wait, Step::Key(Key::Cancel)]));
    }
    for _ in 0..dice.below(3) {
        let said = refund_said(dice);
        steps.push(Step::Refund { known: true, said });
        if said == RefundSaid::Unsupported {
            steps.extend([Step::Pass(600), Step::Key(Key::Enter)]);
        }
    }
    if dice.percent(30) {
        let refunded = dice.pick(&[100, 200, 500]);
        let status = PaymentStatus::PartiallyRefunded;
        steps.push(Step::Notice(News { refunded, status, ..News::paid(Who::Newest, *pays) }));
    }
    steps
}

fn refund_said(dice: &mut Dice) -> RefundSaid {
    dice.pick(&[
        RefundSaid::Done,
        RefundSaid::Done,
        RefundSaid::Pending,
        RefundSaid::Refused,
        RefundSaid::Unsupported,
        RefundSaid::Unsure,
    ])
}

fn news(dice: &mut Dice, pays: &mut u8) -> News {
    if *pays == 0 || dice.percent(70) {
        *pays += 1;
    }
    let fresh = dice.percent(70);
    let pay = if fresh { *pays } else { u8::try_from(dice.below(u64::from(*pays) + 1)).expect("few") };
    use PaymentStatus as S;
    News {
        sale: dice.pick(&[Who::Newest, Who::Newest, Who::Newest, Who::Before, Who::Stranger, Who::Counter]),
        pay,
        status: dice.pick(&[
            S::Succeeded,
            S::Succeeded,
            S::Succeeded,
            S::Succeeded,
            S::Pending,
            S::Failed,
            S::PartiallyRefunded,
            S::Refunded,
            S::Unknown("settled".into()),
        ]),
        more: dice.pick(&[0, 0, 0, 0, -5, 5]),
        refunded: dice.pick(&[0, 0, 0, 0, 0, 10]),
        wrong_currency: dice.percent(5),
        age_s: dice.pick(&[0, 0, 5, 600]),
        replay: dice.percent(7),
    }
}

fn pass(dice: &mut Dice) -> Step {
    Step::Pass(dice.pick(&[1, 20, 300, 600, 1_000, 3_000, 9_000, 11_000, 26_000, 31_000, 61_000, 130_000]))
}

fn noise(dice: &mut Dice, pays: &mut u8) -> Step {
    let sale = dice.pick(&[Who::Newest, Who::Newest, Who::Newest, Who::Before, Who::Stranger]);
    match dice.below(17) {
        0..3 => {
            let digit = Key::Digit(u8::try_from(dice.below(10)).expect("a digit"));
            let others = [
                Key::DoubleZero,
                Key::Enter,
                Key::Back,
                Key::Clear,
                Key::Cancel,
                Key::Plus,
                Key::Point,
                Key::List,
            ];
            Step::Key(if dice.percent(30) { digit } else { dice.pick(&others) })
        }
        3 => dice.pick(&[Step::Down, Step::RelayRestart, Step::NewStream, Step::Up]),
        4 => Step::Beat(dice.pick(&[Beat::Old, Beat::OtherStart, Beat::NotServing, Beat::Next])),
        5..7 => {
            let wrong =
                [Wrong::Nothing, Wrong::Nothing, Wrong::Amount, Wrong::Currency, Wrong::Request, Wrong::Host];
            Step::Link { sale, wrong: dice.pick(&wrong), generation: dice.pick(&[1, 1, 1, 2]) }
        }
        7..10 => {
            let said = [
                Said::Refused,
                Said::Unsure,
                Said::Processing,
                Said::AttemptFailed,
                Said::Closed(Outcome::Unpaid),
                Said::Closed(Outcome::Paid),
                Said::Closed(Outcome::Unsure),
            ];
            Step::Answer { sale, said: dice.pick(&said) }
        }
        10 if dice.percent(20) => Step::Refund { known: dice.percent(80), said: refund_said(dice) },
        10 => Step::Retell(u8::try_from(dice.below(64)).expect("small")),
        11 => Step::Notice(news(dice, pays)),
        12 => Step::NameTaken(dice.percent(30)),
        13 => Step::Oversleep(dice.pick(&[5, 700, 12_000, 40_000])),
        14 => Step::Synced {
            right: dice.percent(60),
            remaining_s: dice.pick(&[0, 1, 40, 120, 100_000]),
            known: dice.percent(80),
        },
        15 => Step::Devices(dice.pick(&[Device::There, Device::There, Device::Gone, Device::Opening])),
        _ => pass(dice),
    }
}
