//! One screen in words, a sign and a tone, ready to be arranged on any panel. What a scene says is the
//! reader's business, where it stands the composer's.

use super::amount::Parts;
use super::icon::Icon;
use super::ink::Tone;

/// One screen in words. Empty strings are not drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub tone: Tone,
    pub icon: Option<Icon>,
    pub title: String,
    pub amount: String,
    /// What to do, in one sentence.
    pub say: String,
    /// The shop's logo belongs on it, if there is one.
    pub logo: bool,
    /// `say` refuses something and must be seen.
    pub alarm: bool,
    /// Small, for the cashier on the customer's panel.
    pub note: String,
    pub body: Body,
    /// Time left, when it is nearly over.
    pub left: String,
    pub band: String,
    pub hints: Vec<KeyHint>,
}

impl Page {
    /// The typed amount that has rows of its own on a panel of a few lines. Below a title there is no room for them.
    #[must_use]
    pub fn keyed_apart(&self) -> Option<&Keyed> {
        match &self.body {
            Body::Typed { keyed, .. } if self.title.is_empty() => Some(keyed),
            Body::Typed { .. }
            | Body::Plain
            | Body::Logo
            | Body::Code(_)
            | Body::Sums(_)
            | Body::Dots(_)
            | Body::List { .. }
            | Body::Secret(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    Plain,
    /// The amount is being typed. Nearly every amount takes no more room than `usual`, and none more than `most`.
    Typed {
        usual: String,
        most: String,
        keyed: Keyed,
    },
    /// The shop's logo alone.
    Logo,
    /// The link to show as a code.
    Code(String),
    /// Labels and amounts; the last is the one that matters.
    Sums(Vec<(String, String)>),
    /// Digits of a PIN typed so far.
    Dots(u8),
    List {
        rows: Vec<Row>,
        picked: usize,
    },
    /// Characters to compare one by one.
    Secret(String),
}

/// A typed amount for a panel of a few lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    pub typed: Parts,
    /// The digits of nothing, which are as many as a key changes.
    pub none: String,
    /// The digits of the largest amount there can be.
    pub most: String,
}

/// One payment in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub time: String,
    pub amount: String,
    pub result: String,
}

/// A key as it is engraved, and what it does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHint {
    pub key: String,
    pub does: String,
}
