//! What a terminal publishes for who reads along: the shop's systems and its operators. Not signed, and no decision about
//! money follows from it. `config/schemas` is made from these types; what they say of a field is said there.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::core::event::SaleChange;
use crate::core::event::SalePayment;
use crate::core::money::Currency;
use crate::core::reference::Reference;
use crate::core::remote::Answer;
use crate::core::remote::Effective;
use crate::core::scene::SaleResult;

/// The document on `sale/event`: how a sale stands, told at each change. What is owed is on the terminal's disk and is sent
/// until the broker has it, over outages and restarts too; of changes that could not be told meanwhile only the last one is,
/// and what the broker loses after that is not told again. The same may come twice, and one that is late may come after a
/// newer one: of a sale the event with the highest `n` counts. Payments over the counter's own link are no sales and not among these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SaleEvent {
    /// Unique for ever. The terminal's id is everything but the last 27 characters.
    #[schemars(with = "String")]
    pub reference: Reference,
    /// Rises with each event of a terminal, over its restarts too, and not by one.
    pub n: u64,
    /// What was keyed in, in minor units: cents for EUR, yen for JPY.
    pub amount: i64,
    /// ISO 4217 code.
    #[schemars(with = "String")]
    pub currency: Currency,
    pub result: SaleResult,
    /// All money that came for it, also what is too little, too much, late or a second time.
    pub payments: Vec<SalePayment>,
    /// Given back of it in all, in minor units; falls where a refund fails after all.
    pub refunded: i64,
    /// When the terminal said so, by its own clock; of one that is told again after a restart, the time of that.
    pub at_unix_ms: i64,
}

impl SaleEvent {
    #[must_use]
    pub fn of(change: SaleChange, n: u64) -> Self {
        Self {
            reference: change.reference,
            n,
            amount: change.amount.minor,
            currency: change.amount.currency,
            result: change.result,
            payments: change.payments,
            refunded: change.refunded,
            at_unix_ms: change.at_unix_ms,
        }
    }
}

/// The document on `config/reported`: what is in force.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Reported<'a> {
    /// The sent document in force, on trial or for good; null where nothing was sent.
    pub version: Option<u64>,
    /// Whether that one is still on trial.
    pub trial: bool,
    /// No version up to this one is taken any more.
    pub burned: u64,
    /// The set of keys that is believed; null before the first.
    pub keys_version: Option<u64>,
    /// Every setting that may be sent, by its path, such as `sale.ttl_s`. No secret is among them.
    pub settings: &'a BTreeMap<String, Effective>,
    /// The answer to the last document that was tried; null before the first. What the broker lost of `config/result` is
    /// here.
    pub last_result: Option<Told<'a>>,
}

/// The document on `config/result`: what became of a document of settings. Each `txn` and `attempt` has one answer, which may
/// come twice.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ConfigResult<'a> {
    #[serde(flatten)]
    pub told: Told<'a>,
    /// The version that is in force now; null where nothing that was sent is.
    pub current: Option<u64>,
}

/// An answer as operators read it. Whether the broker has it is the terminal's own matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Told<'a>(pub &'a Answer);

impl Serialize for Told<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serde_json::to_value(self.0).map_err(serde::ser::Error::custom)?;
        body.as_object_mut().map(|table| table.remove("told"));
        body.serialize(serializer)
    }
}

impl JsonSchema for Told<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Answer::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Answer::json_schema(generator)
    }
}

/// The document on `command/<name>/result`: what became of a command.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CommandResult {
    /// The id of the command; null for one that was not believed, which could be anybody's.
    pub txn: Option<String>,
    #[serde(flatten)]
    pub obeyed: Obeyed,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Obeyed {
    /// It was carried out.
    Done {
        /// What it was asked for: lines of the log, the document on `health`, sums of what was sold, the number of parts of each
        /// picture, or null.
        data: Value,
    },
    /// It is of nobody knows when: it is done when it comes again with this word in it, signed, within a minute.
    Challenge { challenge: String },
    /// It was not carried out.
    Refused {
        /// In words.
        why: String,
    },
    /// A part of a picture; the answer with `done` follows the last.
    Part {
        /// `customer` or `cashier`.
        side: String,
        /// From 0.
        part: usize,
        /// How many parts this picture has.
        of: usize,
        /// Base64 of these bytes of the PNG.
        png: String,
    },
}

impl Obeyed {
    /// As it is said in the document.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Challenge { .. } => "challenge",
            Self::Refused { .. } => "refused",
            Self::Part { .. } => "part",
        }
    }
}
