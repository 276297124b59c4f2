//! Streams that once broke a promise, each with what must come of it.

use qrtill::core::event::Effect;
use qrtill::core::event::Event;
use qrtill::core::fact::Fact;
use qrtill::core::key::Key;
use qrtill::core::message::Outcome;
use qrtill::core::message::Said;
use qrtill::core::message::Synced;
use qrtill::core::message::Word;
use qrtill::core::payment::PaymentStatus;
use qrtill::core::scene::Deaf;
use qrtill::core::scene::SaleResult;
use qrtill::core::scene::Scene;

use crate::stream::Beat;
use crate::stream::News;
use crate::stream::Step;
use crate::stream::Who;
use crate::stream::Wrong;
use crate::world::World;

pub const CONNECTED: [Step; 3] =
    [Step::Up, Step::Synced { right: true, remaining_s: 120, known: true }, Step::Beat(Beat::Next)];
/// A sale of 5.00.
pub const KEYED: [Step; 3] = [Step::Key(Key::Digit(5)), Step::Key(Key::DoubleZero), Step::Key(Key::Enter)];
pub const LINK: Step = Step::Link { sale: Who::Newest, wrong: Wrong::Nothing, generation: 1 };

pub fn said(said: Said) -> Step {
    Step::Answer { sale: Who::Newest, said }
}

pub fn closed(outcome: Outcome) -> Step {
    said(Said::Closed(outcome))
}

/// A world in which these steps, and nothing else, have happened; every promise kept.
pub fn after(steps: &[&[Step]]) -> World {
    let mut world = World::new().expect("an empty journal");
    for step in steps.concat() {
        world.step(&step).expect("every promise is kept");
    }
    world
}

/// The same with a sale's code on the screen first.
pub fn shown(steps: &[Step]) -> World {
    after(&[&CONNECTED, &KEYED, &[LINK], steps])
}

pub fn scene(world: &World) -> &Scene {
    &world.core.view().expect("a view").scene
}

pub fn result(world: &World) -> SaleResult {
    let reference = world.name(Who::Newest).expect("a sale");
    world.core.book().sale(&reference).expect("in the book").result()
}

fn announced(world: &World) -> usize {
    world.facts.iter().filter(|fact| matches!(fact, Fact::Announced { .. })).count()
}

#[test]
fn a_broken_disk_is_said_instead_of_money_that_is_not_on_it() {
    let mut world = shown(&[]);
    let (id, notice) = world.number(&News::paid(Who::Newest, 1));
    let word = Word::Notice(notice);
    world.core.handle(Event::Word { id, word }, world.now);
    assert!(matches!(scene(&world), Scene::Paid { .. }));
    world.core.drop_effects();
    world.core.handle(Event::JournalBroken, world.now);
    assert!(matches!(scene(&world), Scene::Unavailable { why: Deaf::Journal, .. }));
    let shows = |effect| matches!(effect, Effect::Show(_));
    assert!(std::iter::from_fn(|| world.core.poll_effect()).any(shows), "the panel still has the code");
}

#[test]
fn a_cancelled_sale_whose_link_turns_out_paid_does_not_open_again() {
    let world = shown(&[Step::Key(Key::Cancel), closed(Outcome::Unpaid), closed(Outcome::Paid)]);
    assert_eq!(result(&world), SaleResult::Unknown);
}

#[test]
fn a_sale_in_doubt_whose_link_turns_out_paid_does_not_open_again() {
    let world = shown(&[closed(Outcome::Unsure), closed(Outcome::Paid)]);
    assert_eq!(result(&world), SaleResult::Unknown);
    let world =
        shown(&[closed(Outcome::Unsure), closed(Outcome::Paid), Step::Notice(News::paid(Who::Newest, 1))]);
    assert_eq!(result(&world), SaleResult::Late);
}

#[test]
fn what_was_said_before_the_end_and_comes_after_it_changes_no_result() {
    let ends = [Step::Pass(125_000), closed(Outcome::Unpaid)];
    for late in [LINK, said(Said::AttemptFailed), said(Said::Refused), said(Said::Processing)] {
        let world = shown(&[&ends[..], std::slice::from_ref(&late)].concat());
        assert_eq!(result(&world), SaleResult::Expired, "{late:?}");
    }
    let world = after(&[&CONNECTED, &KEYED, &[closed(Outcome::Unpaid), LINK]]);
    assert_eq!(result(&world), SaleResult::Expired);
}

#[test]
fn a_link_told_again_while_the_bank_is_at_work_does_not_close_the_sale() {
    let world = shown(&[said(Said::Processing), LINK, Step::Pass(20_000)]);
    assert!(matches!(scene(&world), Scene::Processing { .. }), "{:?}", scene(&world));
    let world = shown(&[said(Said::Processing), LINK, Step::Notice(News::paid(Who::Newest, 1))]);
    assert_eq!(result(&world), SaleResult::Paid);
}

#[test]
fn a_link_that_comes_after_news_of_the_bank_is_kept_and_not_shown() {
    let world = after(&[&CONNECTED, &KEYED, &[said(Said::Processing), LINK]]);
    assert!(matches!(scene(&world), Scene::Processing { .. }), "{:?}", scene(&world));
    assert_eq!(result(&world), SaleResult::Open);
}

#[test]
fn a_code_that_the_relay_refuses_leaves_the_panel() {
    let world = shown(&[said(Said::Refused)]);
    assert!(matches!(scene(&world), Scene::Closing { .. }), "{:?}", scene(&world));
}

#[test]
fn a_sale_without_a_link_ends_whatever_the_relay_says_of_it() {
    for word in [Said::Processing, Said::Closed(Outcome::Paid)] {
        let world = after(&[&CONNECTED, &KEYED, &[said(word), Step::Pass(45_000)]]);
        assert_ne!(result(&world), SaleResult::Open, "{word:?}");
    }
}

#[test]
fn history_is_not_announced_after_a_restart_either() {
    let history = News { replay: true, ..News::paid(Who::Newest, 1) };
    let world = shown(&[Step::Notice(history), Step::Restart]);
    assert_eq!((result(&world), announced(&world)), (SaleResult::Paid, 0));
}

#[test]
fn counter_money_in_question_is_said_when_the_sales_own_comes() {
    let counter = Step::Notice(News::paid(Who::Counter, 1));
    let world = shown(&[counter, Step::Notice(News::paid(Who::Newest, 2))]);
    assert!(matches!(scene(&world), Scene::Paid { reference: Some(_), .. }), "{:?}", scene(&world));
    assert_eq!(announced(&world), 2);
    assert!(world.core.view().is_some_and(|view| view.strip.is_some()));
}

#[test]
fn a_question_that_a_restart_interrupted_is_asked_again() {
    let world = shown(&[Step::Notice(News::paid(Who::Counter, 1)), Step::Restart]);
    assert!(matches!(scene(&world), Scene::Ask { .. }), "{:?}", scene(&world));
    assert_eq!(announced(&world), 0);
}

#[test]
fn money_that_is_on_the_disk_and_was_not_announced_is_said_after_a_restart() {
    let late = [Step::Key(Key::Cancel), closed(Outcome::Unpaid), Step::Cut(1)];
    let world = shown(&[&late[..], &[Step::Notice(News::paid(Who::Newest, 1))]].concat());
    assert_eq!((result(&world), announced(&world)), (SaleResult::Late, 1));
    assert!(world.core.view().is_some_and(|view| view.strip.is_some()));
}

#[test]
fn counter_money_given_back_is_not_the_sales() {
    let news = News { refunded: 10, status: PaymentStatus::PartiallyRefunded, ..News::paid(Who::Counter, 1) };
    let world = shown(&[Step::Notice(news.clone())]);
    assert!(matches!(scene(&world), Scene::Scan { .. }), "{:?}", scene(&world));
    let whole = Step::Notice(News::paid(Who::Counter, 1));
    let world = shown(&[whole, Step::Notice(news), Step::Key(Key::Enter)]);
    assert_eq!(result(&world), SaleResult::Open);
}

#[test]
fn a_second_connection_without_a_farewell_waits_for_the_relays_word_too() {
    let mut world = shown(&[Step::Up]);
    let nonce = world.checks.ear.nonce.clone().expect("a connection");
    let synced = Synced {
        nonce,
        start: "start-1".into(),
        stream: "stream-1".into(),
        system: "stripe".into(),
        standing: None,
        upto: 0,
        open: vec![],
    };
    world.checks.hear_synced(&synced, world.now, world.core.book());
    world.tell("synced".into(), Word::Synced(synced)).expect("every promise is kept");
    world.step(&Step::Beat(Beat::Next)).expect("every promise is kept");
    assert_eq!(world.core.deaf(world.now), None);
    assert!(matches!(scene(&world), Scene::Preparing { .. }), "{:?}", scene(&world));
}

#[test]
fn recalled_facts_leave_the_stream_where_it_is() {
    let old = shown(&[Step::Notice(News::paid(Who::Newest, 1))]);
    let mut world = shown(&[Step::NewStream, Step::Notice(News::paid(Who::Newest, 1))]);
    let before = world.core.book().stream().clone();
    assert_eq!((before.id.as_str(), before.have), ("stream-2", 1));
    world.core.recall(&old.facts);
    assert_eq!(world.core.book().stream(), &before);
}
