//! A bank with one link, for tests.

use crate::core::money::Currency;
use crate::sandbox::bank::model::Chargeable;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Line;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Made;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::world::World;

/// A link of three teas at 400 yen, `link` by its id.
pub fn world(pending_settles_ms: Option<i64>) -> World {
    let mut world = World::empty();
    world.habits.pending_settles_ms = pending_settles_ms;
    let currency = Currency::from_code("JPY").expect("a known code");
    let made = |id: &str, seq| Made { id: id.into(), seq, created_ms: 0 };
    let tea = Line::plain(made("line", 1), "Tea".into(), currency, Pricing::Fixed(400));
    let chargeable = Chargeable { least: 50, most: 99_999_999, step: 1 };
    let lines = vec![Line { quantity: 3, ..tea }];
    world.keep_link(Link::blank(made("link", 2), Face::Stripe, "code".into(), currency, chargeable, lines));
    world
}

/// What was told, oldest first.
pub fn kinds(world: &World) -> Vec<EventKind> {
    world.events.iter().map(|event| event.kind).collect()
}
