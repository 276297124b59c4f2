//! A bank with one link, for tests.

use crate::core::money::Currency;
use crate::sandbox::bank::model::AfterPayment;
use crate::sandbox::bank::model::Chargeable;
use crate::sandbox::bank::model::EventKind;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Line;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Price;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::world::World;

/// A link of three teas at 400 yen, `link` by its id.
pub fn world(pending_settles_ms: Option<i64>) -> World {
    let mut world = World::empty();
    world.habits.pending_settles_ms = pending_settles_ms;
    let currency = Currency::from_code("JPY").expect("a known code");
    let price = Price {
        id: "price".into(),
        seq: 1,
        created_ms: 0,
        active: true,
        currency,
        pricing: Pricing::Fixed(400),
        product: "prod".into(),
        name: "Tea".into(),
        description: None,
        metadata: Default::default(),
    };
    world.keep_link(Link {
        id: "link".into(),
        seq: 2,
        face: Face::Stripe,
        code: "code".into(),
        created_ms: 0,
        active: true,
        currency,
        chargeable: Chargeable { least: 50, most: 99_999_999, step: 1 },
        lines: vec![Line { id: "line".into(), price, quantity: 3, vat_bp: 0 }],
        limit: None,
        completed: 0,
        expires_ms: None,
        expiry_told_ms: None,
        metadata: Default::default(),
        payment_metadata: Default::default(),
        payment_description: None,
        inactive_message: None,
        after: AfterPayment::Thanks { message: None },
        questions: Vec::new(),
        methods: None,
        extras: Default::default(),
    });
    world
}

/// What was told, oldest first.
pub fn kinds(world: &World) -> Vec<EventKind> {
    world.events.iter().map(|event| event.kind).collect()
}
