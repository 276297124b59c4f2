//! What randomness covers badly: each result by its words, the time each stays, and the keys after it.

use qrtill::core::key::Key;
use qrtill::core::message::Outcome;
use qrtill::core::message::Said;
use qrtill::core::scene::SaleResult;
use qrtill::core::scene::Scene;

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
fn the_standing_code_is_there_only_while_a_payment_could_be_heard_of() {
    let code = |steps: &[&[Step]]| scene(&after(steps)).code().is_some();
    assert!(!code(&[]));
    assert!(code(&[&CONNECTED]));
    assert!(!code(&[&CONNECTED, &[Step::Down]]));
    assert!(!code(&[&CONNECTED, &[Step::NameTaken(true)]]));
    assert!(!code(&[&CONNECTED, &[Step::Beat(crate::stream::Beat::NotServing)]]));
    assert!(code(&[&CONNECTED, &[Step::Pass(24_999)]]));
    assert!(!code(&[&CONNECTED, &[Step::Pass(25_000)]]));
}
