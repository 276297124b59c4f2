//! What randomness covers badly: each result by its words, the time each stays, and the keys after it.

use qrtill::core::device::Device;
use qrtill::core::device::Devices;
use qrtill::core::device::Missing;
use qrtill::core::event::Event;
use qrtill::core::fact::Fact;
use qrtill::core::key::Key;
use qrtill::core::message::Outcome;
use qrtill::core::message::RefundSaid;
use qrtill::core::message::Said;
use qrtill::core::payment::PaymentStatus;
use qrtill::core::scene::EntryRefusal;
use qrtill::core::scene::Hint;
use qrtill::core::scene::PinAct;
use qrtill::core::scene::SaleResult;
use qrtill::core::scene::Scene;
use qrtill::core::scene::StripNews;

use crate::found::CONNECTED;
use crate::found::KEYED;
use crate::found::LINK;
use crate::found::after;
use crate::found::closed;
use crate::found::result;
use crate::found::said;
use crate::found::scene;
use crate::found::shown;
use crate::stream::News;
use crate::stream::Step;
use crate::stream::Who;
use crate::stream::Wrong;
use crate::world::World;

fn paid(more: i64) -> Step {
    Step::Notice(News { more, ..News::paid(Who::Newest, 1) })
}

#[test]
fn each_result_comes_by_its_words() {
    let cancel = Step::Key(Key::Cancel);
    let pass = Step::Pass;
    let bad = |wrong| Step::Link { sale: Who::Newest, wrong, generation: 2 };
    let table: [(&str, Vec<Step>, SaleResult); 18] = [
        ("nothing yet", vec![], SaleResult::Open),
        ("paid", vec![paid(0)], SaleResult::Paid),
        ("too little", vec![paid(-5)], SaleResult::Short),
        ("too much", vec![paid(5)], SaleResult::Over),
        ("cancelled, and not yet known", vec![cancel.clone()], SaleResult::Open),
        ("cancelled", vec![cancel.clone(), closed(Outcome::Unpaid)], SaleResult::Cancelled),
        ("paid while cancelling", vec![cancel.clone(), paid(0)], SaleResult::Paid),
        ("paid after cancelling", vec![cancel.clone(), closed(Outcome::Unpaid), paid(0)], SaleResult::Late),
        ("no last word", vec![cancel.clone(), pass(10_000)], SaleResult::Unknown),
        (
            "a late last word",
            vec![cancel.clone(), pass(10_000), closed(Outcome::Unpaid)],
            SaleResult::Cancelled,
        ),
        ("late money", vec![cancel, pass(10_000), paid(0)], SaleResult::Late),
        ("time is over", vec![pass(120_000), closed(Outcome::Unpaid)], SaleResult::Expired),
        (
            "declined",
            vec![said(Said::AttemptFailed), pass(120_000), closed(Outcome::Unpaid)],
            SaleResult::Failed,
        ),
        ("declined, then paid", vec![said(Said::AttemptFailed), paid(0)], SaleResult::Paid),
        ("at work", vec![said(Said::Processing), pass(130_000)], SaleResult::Unknown),
        ("paid twice", vec![paid(0), Step::Notice(News::paid(Who::Newest, 2))], SaleResult::Paid),
        ("a link of another amount", vec![bad(Wrong::Amount), closed(Outcome::Unpaid)], SaleResult::Failed),
        ("unreadable", vec![Step::Unreadable, closed(Outcome::Unpaid)], SaleResult::Failed),
    ];
    for (name, steps, wanted) in table {
        assert_eq!(result(&shown(&steps)), wanted, "{name}");
    }
}

#[test]
fn what_was_never_shown_is_final_at_once() {
    for (name, steps, wanted) in [
        ("cancelled", vec![Step::Key(Key::Cancel)], SaleResult::Cancelled),
        ("refused", vec![said(Said::Refused)], SaleResult::Failed),
        ("no link in time", vec![Step::Pass(30_000)], SaleResult::Failed),
        ("unsure, and then a link", vec![said(Said::Unsure), LINK], SaleResult::Open),
    ] {
        assert_eq!(result(&after(&[&CONNECTED, &KEYED, &steps])), wanted, "{name}");
    }
    for wrong in [Wrong::Amount, Wrong::Currency, Wrong::Request, Wrong::Host] {
        let link = Step::Link { sale: Who::Newest, wrong, generation: 1 };
        let world = after(&[&CONNECTED, &KEYED, &[link]]);
        assert_eq!(result(&world), SaleResult::Failed, "{wrong:?}");
    }
}

#[test]
fn a_result_stays_for_its_time() {
    let cancelled = [Step::Key(Key::Cancel), closed(Outcome::Unpaid)];
    for (steps, name, hold_ms) in
        [(&cancelled[..], "cancelled", 10_000), (&[paid(0)], "paid", 60_000), (&[paid(-5)], "short", 60_000)]
    {
        // Heartbeats go on: the counter is armed when the result leaves.
        let beats =
            vec![[Step::Pass(5_000), Step::Beat(crate::stream::Beat::Next)]; hold_ms as usize / 5_000 - 1];
        let until = [steps, &beats.concat(), &[Step::Pass(4_999)]].concat();
        assert_eq!(scene(&shown(&until)).name(), name);
        assert_eq!(scene(&shown(&[&until[..], &[Step::Pass(1)]].concat())).name(), "idle");
    }
}

#[test]
fn a_number_with_too_much_behind_its_point_opens_no_sale_and_the_next_one_does() {
    let number = [Key::Digit(1), Key::Digit(2), Key::Point, Key::Digit(5), Key::DoubleZero];
    let steps = |keys: &[Key]| keys.iter().map(|key| Step::Key(*key)).collect::<Vec<_>>();
    let typed = steps(&number);
    let world = after(&[&CONNECTED, &typed]);
    let shown = scene(&world);
    let pointed = Some(EntryRefusal::decimals(world.settings.currency));
    assert!(matches!(shown, Scene::Entering { amount, refused } if amount.minor == 0 && *refused == pointed));
    let enter = steps(&[Key::Enter]);
    let world = after(&[&CONNECTED, &typed, &enter]);
    assert_eq!(scene(&world).name(), "entering");
    let with_point = [Key::Digit(1), Key::Digit(2), Key::Point, Key::Digit(5), Key::Enter];
    for again in [&[Key::Digit(1), Key::Digit(2), Key::Digit(5), Key::Digit(0), Key::Enter], &with_point] {
        let world = after(&[&CONNECTED, &typed, &enter, &steps(again)]);
        assert!(matches!(scene(&world), Scene::Preparing { amount } if amount.minor == 1250));
    }
}

#[test]
fn keys_after_a_result_do_what_the_screen_says() {
    let table = [
        (499, Key::Enter, "paid"),
        (499, Key::Digit(7), "paid"),
        (499, Key::Cancel, "idle"),
        (500, Key::Enter, "idle"),
        (500, Key::Clear, "idle"),
        (500, Key::Digit(7), "entering"),
        (500, Key::List, "last_payments"),
        (500, Key::Plus, "entering"),
    ];
    for (wait, key, wanted) in table {
        let world = shown(&[paid(0), Step::Pass(wait), Step::Key(key)]);
        assert_eq!(scene(&world).name(), wanted, "{key:?} after {wait} ms");
    }
}

const GONE: Step = Step::Devices(Device::Gone);
const THERE: Step = Step::Devices(Device::There);

fn was_shown(world: &World) -> bool {
    world.core.sale_on_screen().expect("a sale").shown
}

#[test]
fn a_code_waits_for_the_customers_panel_and_is_not_shown_before() {
    let waiting = after(&[&CONNECTED, &[GONE], &KEYED, &[LINK]]);
    assert!(matches!(scene(&waiting), Scene::Preparing { .. }) && !was_shown(&waiting));
    assert_eq!(waiting.core.view().expect("a view").missing, Some(Missing::Panel));
    // One that has not been looked for to the end shows nothing either, and is not called missing.
    let opening = after(&[&CONNECTED, &[Step::Devices(Device::Opening)], &KEYED, &[LINK]]);
    assert!(matches!(scene(&opening), Scene::Preparing { .. }) && !was_shown(&opening));
    assert_eq!(opening.core.view().expect("a view").missing, None);
    let back = after(&[&CONNECTED, &[GONE], &KEYED, &[LINK, Step::Pass(9_000), THERE]]);
    assert!(matches!(scene(&back), Scene::Scan { .. }) && was_shown(&back));
    // What was in front of a customer was, whatever became of the panel.
    let lost = shown(&[GONE]);
    assert!(matches!(scene(&lost), Scene::Preparing { .. }) && was_shown(&lost));
    assert!(matches!(scene(&shown(&[GONE, THERE])), Scene::Scan { .. }));
}

#[test]
fn a_sale_goes_on_without_any_device_and_ends_as_one_that_nobody_saw() {
    let unseen = |steps: &[Step]| after(&[&CONNECTED, &[GONE], &KEYED, &[LINK], steps]);
    assert_eq!(result(&unseen(&[Step::Key(Key::Cancel)])), SaleResult::Cancelled);
    assert_eq!(result(&unseen(&[Step::Pass(120_000)])), SaleResult::Expired);
    assert_eq!(result(&unseen(&[paid(0)])), SaleResult::Paid, "money is believed wherever it comes from");
    assert_eq!(result(&shown(&[GONE, paid(0)])), SaleResult::Paid);
    let mut world = shown(&[]);
    let devices = Devices { panel: Device::There, cashier_panel: Device::Gone, keypad: Device::Gone };
    world.core.handle(Event::Devices(devices), world.now);
    assert!(matches!(scene(&world), Scene::Scan { .. }), "the customer can pay");
    assert_eq!(world.core.view().expect("a view").missing, Some(Missing::CashierPanel));
}

#[test]
fn a_sale_that_fails_says_whether_its_code_was_in_front_of_a_customer() {
    let unseen = after(&[&CONNECTED, &KEYED, &[Step::Pass(30_000)]]);
    assert!(matches!(scene(&unseen), Scene::Failed { shown: false, .. }));
    let declined = [said(Said::AttemptFailed), Step::Pass(120_000), closed(Outcome::Unpaid)];
    assert!(matches!(scene(&shown(&declined)), Scene::Failed { shown: true, .. }));
}

#[test]
fn without_an_ear_it_is_said_whether_somebody_may_have_paid() {
    let silent = [Step::Down];
    assert!(matches!(scene(&shown(&silent)), Scene::Unavailable { amount: Some(_), shown: true, .. }));
    let unseen = after(&[&CONNECTED, &KEYED, &silent]);
    assert!(matches!(scene(&unseen), Scene::Unavailable { amount: Some(_), shown: false, .. }));
}

#[test]
fn an_amount_to_repeat_is_offered_once_there_is_one() {
    let offered = |world: &World| world.core.view().expect("a view").hints.contains(&Hint::PlusRepeat);
    assert!(!offered(&after(&[&CONNECTED])));
    assert!(offered(&shown(&[paid(0), Step::Pass(600), Step::Key(Key::Enter)])));
}

#[test]
fn plus_repeats_the_last_amount_and_a_digit_begins_anew() {
    let entering =
        |key| match scene(&shown(&[paid(0), Step::Pass(600), Step::Key(Key::Enter), Step::Key(key)])) {
            Scene::Entering { amount, .. } => amount.minor,
            other => panic!("{other:?}"),
        };
    assert_eq!(entering(Key::Plus), 500);
    assert_eq!(entering(Key::Digit(7)), 7);
    let fresh = after(&[&CONNECTED, &[Step::Key(Key::Plus)]]);
    assert_eq!(scene(&fresh).name(), "idle");
}

#[test]
fn the_till_asks_about_counter_money_of_the_sales_amount_and_never_guesses() {
    let counter = |more| Step::Notice(News { more, ..News::paid(Who::Counter, 1) });
    assert_eq!(scene(&shown(&[counter(0)])).name(), "ask");
    assert_eq!(scene(&shown(&[counter(5)])).name(), "scan");
    let yes = shown(&[counter(0), Step::Key(Key::Enter)]);
    assert_eq!((result(&yes), scene(&yes).name()), (SaleResult::Paid, "paid"));
    let no = shown(&[counter(0), Step::Key(Key::Cancel)]);
    assert_eq!((result(&no), scene(&no).name()), (SaleResult::Open, "scan"));
    let beat = Step::Beat(crate::stream::Beat::Next);
    let silence = shown(&[counter(0), Step::Pass(20_000), beat, Step::Pass(10_000)]);
    assert_eq!((result(&silence), scene(&silence).name()), (SaleResult::Open, "scan"));
    let then = shown(&[counter(0), Step::Key(Key::Cancel), Step::Notice(News::paid(Who::Newest, 2))]);
    assert_eq!(result(&then), SaleResult::Paid);
}

#[test]
fn counter_money_is_shown_on_an_idle_screen_while_it_is_fresh() {
    let counter = |age_s| Step::Notice(News { age_s, ..News::paid(Who::Counter, 1) });
    for (age_s, wanted) in [(0, "paid"), (120, "paid"), (121, "idle")] {
        let world = after(&[&CONNECTED, &[counter(age_s)]]);
        assert_eq!(scene(&world).name(), wanted, "{age_s} s old");
        let strip = world.core.view().is_some_and(|view| view.strip.is_some());
        assert_eq!(strip, wanted == "idle", "{age_s} s old");
    }
    let entering = after(&[&CONNECTED, &[Step::Key(Key::Digit(7)), counter(0)]]);
    assert_eq!(scene(&entering).name(), "entering");
}

#[test]
fn a_digit_over_the_limit_makes_the_first_enter_lead_nowhere() {
    let nines = vec![Step::Key(Key::Digit(9)); 12];
    let at = |keys: &[Key]| {
        let keys: Vec<_> = keys.iter().map(|key| Step::Key(*key)).collect();
        scene(&after(&[&CONNECTED, &nines, &keys])).name()
    };
    assert_eq!(at(&[Key::Enter]), "entering");
    assert_eq!(at(&[Key::Enter, Key::Enter]), "confirm", "the amount that stands there was seen");
    assert_eq!(at(&[Key::Back, Key::Enter]), "confirm", "another amount was made of it");
}

/// A bare keypad has no cancel: its `*` is back.
#[test]
fn back_with_nothing_to_take_away_leaves() {
    let at = |keys: &[Key]| {
        let keys: Vec<_> = keys.iter().map(|key| Step::Key(*key)).collect();
        scene(&after(&[&CONNECTED, &keys])).name()
    };
    assert_eq!(at(&[Key::Digit(5), Key::Back]), "entering");
    assert_eq!(at(&[Key::Digit(5), Key::Back, Key::Back]), "idle");
    assert_eq!(at(&[Key::DoubleZero, Key::Back]), "idle");
    assert_eq!(at(&[Key::Point, Key::Back]), "entering", "the point is taken away");
    assert_eq!(at(&[Key::Digit(1), Key::Point, Key::Point, Key::Back]), "entering", "what was said is heard");
    assert_eq!(at(&[Key::Digit(1), Key::Point, Key::Point, Key::Back, Key::Back]), "idle");
    let pin = [&PICK[..], &[Key::Plus]].concat();
    let refund = |keys: &[Key]| scene(&shown(&refunding(&[&pin[..], keys].concat()))).name();
    assert_eq!(refund(&[Key::Digit(4), Key::Back]), "pin");
    assert_eq!(refund(&[Key::Digit(4), Key::Back, Key::Back]), "idle");
    let amount = [&PIN[..], &[Key::Clear]].concat();
    assert_eq!(refund(&amount), "refund");
    assert_eq!(refund(&[&amount[..], &[Key::Back]].concat()), "idle");
}

#[test]
fn the_standing_code_is_there_only_while_a_payment_could_be_heard_of() {
    let code = |steps: &[&[Step]]| scene(&after(steps)).code().is_some();
    assert!(!code(&[]));
    assert!(code(&[&CONNECTED]));
    assert!(!code(&[&CONNECTED, &[Step::Down]]));
    assert!(!code(&[&CONNECTED, &[Step::NameTaken(true)]]));
    assert!(!code(&[&CONNECTED, &[GONE]]) && code(&[&CONNECTED, &[GONE, THERE]]));
    assert!(!code(&[&CONNECTED, &[Step::Beat(crate::stream::Beat::NotServing)]]));
    assert!(code(&[&CONNECTED, &[Step::Pass(24_999)]]));
    assert!(!code(&[&CONNECTED, &[Step::Pass(25_000)]]));
}

/// A sale of 5.00 that was paid, and the keys after it.
fn refunding(keys: &[Key]) -> Vec<Step> {
    let leave = [paid(0), Step::Pass(600), Step::Key(Key::Cancel), Step::Beat(crate::stream::Beat::Next)];
    leave.into_iter().chain(keys.iter().map(|key| Step::Key(*key))).collect()
}

const PICK: [Key; 2] = [Key::List, Key::Enter];
const PIN: [Key; 5] = [Key::Digit(4), Key::Digit(7), Key::Digit(1), Key::Digit(1), Key::Enter];

fn asked(keys: &[Key]) -> Option<i64> {
    let world = shown(&refunding(&[&PICK[..], &[Key::Plus], &PIN, keys].concat()));
    world.facts.iter().find_map(|fact| match fact {
        Fact::RefundIntended { amount, .. } => Some(amount.minor),
        _ => None,
    })
}

#[test]
fn a_refund_proposes_all_that_is_left_takes_a_part_and_never_more() {
    let over = [Key::Digit(9), Key::DoubleZero, Key::Enter];
    let behind = [Key::Digit(1), Key::Point, Key::Digit(5), Key::DoubleZero];
    for (name, keys, wanted) in [
        ("whole", &[Key::Enter][..], Some(500)),
        ("part", &[Key::Digit(2), Key::DoubleZero, Key::Enter], Some(200)),
        ("taken back", &[Key::Digit(2), Key::DoubleZero, Key::Back, Key::Enter], Some(20)),
        ("over", &over, None),
        ("nothing", &[Key::Clear, Key::Enter], None),
        ("left", &[Key::Cancel, Key::Enter], None),
        ("a point", &[Key::Digit(1), Key::Point, Key::Digit(5), Key::Enter], Some(150)),
        ("too much behind it", &[&behind[..], &[Key::Enter]].concat(), None),
        (
            "too much behind it, then rightly",
            &[&behind[..], &[Key::Enter, Key::Digit(7), Key::Enter]].concat(),
            Some(7),
        ),
        ("over, then mended", &[Key::Digit(9), Key::DoubleZero, Key::Enter, Key::Back, Key::Enter], Some(90)),
    ] {
        assert_eq!(asked(keys), wanted, "{name}");
    }
    let world = shown(&refunding(&[&PICK[..], &[Key::Plus], &PIN, &over].concat()));
    assert!(matches!(scene(&world), Scene::Refund { refused: Some(EntryRefusal::OverLimit { .. }), .. }));
}

#[test]
fn nothing_is_given_back_without_the_pin() {
    let wrong = [Key::Digit(4), Key::Enter];
    let world = shown(&refunding(&[&PICK[..], &[Key::Plus], &wrong].concat()));
    assert!(matches!(scene(&world), Scene::Pin { wrong: true, act: PinAct::Refund, .. }));
    let world = shown(&refunding(&[&PICK[..], &[Key::Plus], &wrong, &wrong, &wrong, &[Key::Enter]].concat()));
    assert_eq!(scene(&world).name(), "idle");
    let world = shown(&refunding(&[&PICK[..], &[Key::Plus, Key::Enter, Key::Cancel, Key::Enter]].concat()));
    assert_eq!(scene(&world).name(), "idle");
}

#[test]
fn each_word_about_a_refund_is_said_and_frees_the_counter() {
    let keys = [&PICK[..], &[Key::Plus], &PIN, &[Key::Enter]].concat();
    let after = |more: &[Step]| shown(&[&refunding(&keys)[..], more].concat());
    let word = |said| Step::Refund { known: true, said };
    for (more, wanted) in [
        (vec![], "refunding"),
        (vec![word(RefundSaid::Done)], "refunded"),
        (vec![word(RefundSaid::Pending)], "refunded"),
        (vec![word(RefundSaid::Pending), word(RefundSaid::Refused)], "refund_refused"),
        (vec![word(RefundSaid::Refused)], "refund_refused"),
        (vec![word(RefundSaid::Unsure)], "refund_unknown"),
        (vec![word(RefundSaid::Unsure), word(RefundSaid::Done)], "refunded"),
        (vec![word(RefundSaid::Unsupported)], "refund_by_hand"),
        (vec![word(RefundSaid::Unsupported), Step::Pass(600), Step::Key(Key::Enter)], "refunded"),
        (vec![Step::Pass(10_000)], "refund_unknown"),
        (vec![Step::Key(Key::Cancel)], "idle"),
        (vec![word(RefundSaid::Done), Step::Pass(600), Step::Key(Key::Enter)], "idle"),
    ] {
        assert_eq!(scene(&after(&more)).name(), wanted, "{more:?}");
    }
    let away = after(&[Step::Key(Key::Cancel), word(RefundSaid::Done)]);
    let strip = away.core.view().and_then(|view| view.strip.clone()).expect("the strip tells the end");
    assert_eq!((strip.news, strip.amount.minor), (StripNews::Refunded, 500));
    let again = after(&[Step::Key(Key::Cancel), word(RefundSaid::Done), word(RefundSaid::Done)]);
    let told = again.facts.iter().filter(|fact| matches!(fact, Fact::RefundAnswered { .. })).count();
    assert_eq!(told, 1);
}

#[test]
fn a_refund_made_elsewhere_is_told_once_and_takes_from_what_is_left() {
    let status = PaymentStatus::PartiallyRefunded;
    let elsewhere = Step::Notice(News { refunded: 200, status, ..News::paid(Who::Newest, 1) });
    let world = shown(&[&refunding(&[])[..], &[elsewhere.clone(), elsewhere]].concat());
    let strip = world.core.view().and_then(|view| view.strip.clone()).expect("it is told");
    assert_eq!((strip.news, strip.amount.minor), (StripNews::Refunded, 200));
    let mut world = world;
    for key in [&PICK[..], &[Key::Plus], &PIN].concat() {
        world.press(key).expect("every promise is kept");
    }
    assert!(matches!(scene(&world), Scene::Refund { left, .. } if left.minor == 300), "{:?}", scene(&world));
}

#[test]
fn an_unanswered_refund_is_asked_for_again_under_the_same_id_also_after_a_restart() {
    let keys = [&PICK[..], &[Key::Plus], &PIN, &[Key::Enter]].concat();
    let steps = [&refunding(&keys)[..], &[Step::Restart, Step::Up, Step::Pass(2_000)]].concat();
    let mut world = shown(&steps);
    let sent = |world: &crate::world::World| world.checks.refunds_sent.clone();
    let before = sent(&world);
    assert!(before.len() >= 2, "{before:?}");
    assert!(before.iter().all(|id| *id == before[0]), "{before:?}");
    world.step(&Step::Refund { known: true, said: RefundSaid::Unsure }).expect("every promise is kept");
    world.step(&Step::Pass(20_000)).expect("every promise is kept");
    assert_eq!(sent(&world), before, "the relay has it");
}

#[test]
fn a_refund_that_fails_after_it_was_done_stays_on_the_strip_until_a_key_and_in_the_list_for_good() {
    let keys = [&PICK[..], &[Key::Plus], &PIN, &[Key::Enter]].concat();
    let word = |said| Step::Refund { known: true, said };
    let on_screen = [word(RefundSaid::Done), word(RefundSaid::Refused)];
    let there = shown(&[&refunding(&keys)[..], &on_screen].concat());
    assert_eq!(scene(&there).name(), "refund_refused");
    let away = [word(RefundSaid::Done), Step::Pass(600), Step::Key(Key::Cancel), word(RefundSaid::Refused)];
    for later in [&[][..], &[Step::Pass(3_600_000)], &[word(RefundSaid::Done)], &[word(RefundSaid::Refused)]]
    {
        let world = shown(&[&refunding(&keys)[..], &away, later].concat());
        let strip = world.core.view().and_then(|view| view.strip.clone()).expect("a strip");
        assert_eq!((strip.news, strip.amount.minor), (StripNews::Bounced, 500), "{later:?}");
    }
    let list = [Step::Key(Key::List), Step::Key(Key::Enter)];
    let world = shown(&[&refunding(&keys)[..], &away, &list].concat());
    assert!(world.core.view().is_some_and(|view| view.strip.is_none()), "a key takes it off");
    let Scene::Payment { row, left } = scene(&world) else { panic!("{:?}", scene(&world)) };
    assert_eq!((row.bounced, row.refunded, left.minor), (500, 0, 500));
}

#[test]
fn counter_money_given_back_before_it_was_heard_of_is_announced_by_what_is_left() {
    let counter = |refunded, age_s| {
        let status = match refunded {
            0 => PaymentStatus::Succeeded,
            _ => PaymentStatus::PartiallyRefunded,
        };
        Step::Notice(News { refunded, status, age_s, ..News::paid(Who::Counter, 1) })
    };
    let heard = |step: Step| after(&[&CONNECTED, &[step]]);
    let announced = |world: &World| match scene(world) {
        Scene::Paid { amount, .. } => Some(amount.minor),
        _ => None,
    };
    let whole = heard(counter(0, 5));
    let came = announced(&whole).expect("announced");
    assert_eq!(announced(&heard(counter(came - 1, 5))), Some(1));
    let gone = heard(counter(came, 5));
    assert_eq!(announced(&gone), None, "it is no fresh money");
    assert!(gone.core.view().is_some_and(|view| view.strip.is_none()));
    assert_eq!(gone.core.book().newest().count(), 1, "and booked");
}
