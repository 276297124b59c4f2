//! What must not change: the screen, the books of both sides; and documents to try it with.

use qrtill::core::fact::Fact;
use qrtill::core::key::Key;
use qrtill::mqtt::document;
use qrtill::mqtt::document::Kind;
use qrtill::mqtt::key::SecretKey;
use qrtill::relay::decide::fact::Fact as Told;
use qrtill::store::Reader;

use crate::webhook::Door;
use crate::world::Counter;

pub fn door(counter: &Counter) -> Door {
    Door::of(counter.world.relay_address(), "")
}

pub fn told(counter: &Counter) -> Vec<Told> {
    let path = qrtill::relay::journal_path(&counter.options().data.join("relay"));
    Reader::open(&path).expect("a journal").between(0, i64::MAX).expect("readable facts")
}

/// What people see and hear: all of the state but its number and the running clock.
pub fn seen(counter: &Counter) -> (String, u64) {
    let mut state = counter.state();
    (state.seq, state.expires_in_s) = (0, None);
    let sound = counter.snapshots.borrow().as_ref().expect("the terminal has shown something").sound.0;
    (format!("{state:?}"), sound)
}

/// The relay's facts about money and links.
pub fn dealings(counter: &Counter) -> Vec<Told> {
    let is_one = |fact: &Told| {
        let kinds = ["opened", "asked", "linked", "refused", "closing", "closed", "paid", "tombstone"];
        kinds.contains(&fact.kind())
    };
    told(counter).into_iter().filter(is_one).collect()
}

pub fn booked(counter: &Counter) -> usize {
    counter.facts().iter().filter(|fact| matches!(fact, Fact::Noticed { verdict: Some(_), .. })).count()
}

pub fn announced(counter: &Counter) -> usize {
    counter.facts().iter().filter(|fact| matches!(fact, Fact::Announced { .. })).count()
}

pub async fn pay_and_see(counter: &mut Counter, url: &str) {
    let before = (booked(counter), announced(counter));
    assert_eq!(counter.pay(url, "paid", None).await, 303);
    counter.until_scene("paid").await;
    assert_eq!((booked(counter), announced(counter)), (before.0 + 1, before.1 + 1));
    counter.press(&[Key::Cancel]).await;
    counter.until_scene("idle").await;
}

/// The envelope's two fields changed as told.
pub fn spoiled(document: &[u8], change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let mut envelope = serde_json::from_slice(document).expect("an envelope");
    change(&mut envelope);
    envelope.to_string().into_bytes()
}

/// A payload of any text at all, rightly signed.
pub fn sealed_text(kind: Kind, payload: &str, key: &SecretKey) -> Vec<u8> {
    document::seal(kind, payload.as_bytes(), key).into_bytes()
}
