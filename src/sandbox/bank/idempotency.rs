//! One answer per key: a call that comes again with its key gets the first answer and does nothing. What
//! counts as the same call, and how long a key lives, is the face's to say.

use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Reply;

/// A key as one face knows it, with the call that carries it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    pub face: Face,
    pub key: &'a str,
    /// The call, in one order whatever order its parameters came in; equal for equal calls. A face that
    /// does not compare calls leaves it empty.
    pub asked: String,
}

/// What the bank knows of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Earlier {
    Nothing,
    /// The same call was answered so.
    Answered(Reply),
    /// The key belongs to another call.
    Otherwise,
}

impl Key<'_> {
    /// Whether this key was answered within the last `life_ms`.
    #[must_use]
    pub fn earlier(&self, desk: &Desk<'_>, life_ms: i64) -> Earlier {
        let known = desk.world.replies.get(&self.id()).filter(|reply| desk.now_ms - reply.at_ms < life_ms);
        match known {
            None => Earlier::Nothing,
            Some(reply) if reply.asked != self.asked => Earlier::Otherwise,
            Some(reply) => Earlier::Answered(reply.clone()),
        }
    }

    /// Keeps the answer. `request` is the id of the call.
    pub fn remember(self, desk: &mut Desk<'_>, request: &str, status: u16, body: &str) {
        let (id, seq, at_ms) = (self.id(), desk.world.next_seq(), desk.now_ms);
        let (request, body) = (request.to_owned(), body.to_owned());
        desk.world.keep(Reply { id, seq, at_ms, asked: self.asked, request, status, body });
    }

    /// A line feed is in no header, so no key of the first face, which stands bare, looks like another's.
    fn id(&self) -> String {
        if self.face == Face::FIRST {
            return self.key.to_owned();
        }
        format!("{}\n{}", self.face.dialect().name(), self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bank::world::World;

    #[test]
    fn a_key_gives_its_answer_while_it_lives() {
        let mut world = World::empty();
        let mut desk = Desk { world: &mut world, now_ms: 0, public_url: "", api_key: "", quota: None };
        let key = |asked: &str| Key { face: Face::Stripe, key: "k", asked: asked.into() };
        assert_eq!(key("a").earlier(&desk, 100), Earlier::Nothing);
        key("a").remember(&mut desk, "req_1", 200, "{}");
        desk.now_ms = 99;
        assert!(matches!(key("a").earlier(&desk, 100), Earlier::Answered(reply) if reply.body == "{}"));
        assert_eq!(key("b").earlier(&desk, 100), Earlier::Otherwise);
        desk.now_ms = 100;
        assert_eq!(key("b").earlier(&desk, 100), Earlier::Nothing);
    }
}
