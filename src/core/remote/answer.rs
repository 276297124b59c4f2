//! What a terminal answers to a document of settings.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::slots::Document;
use super::slots::Trial;

/// How an attempt at a document ended. All but `Deferred` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// In force, and the terminal is back with it.
    Applied,
    /// It changes nothing.
    Unchanged,
    /// Something is wrong in it; nothing of it was taken.
    Rejected,
    /// Its version, or a later one, was there before.
    Stale,
    /// Not now; the terminal tries again by itself when what stands against it is gone.
    Deferred,
    /// It was in force, was not confirmed, and the one before it is back.
    RolledBack,
    /// A later one came before this one could be tried.
    Superseded,
}

/// What is wrong with one setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldFault {
    /// Path of the key, such as `sale.ttl_s`; empty where the document as a whole is meant.
    pub path: String,
    pub what: String,
    /// What to do about it; empty where `what` says it.
    pub mend: String,
}

/// The answer to one attempt; consumers count by `txn` and `attempt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The id of the document that it answers.
    pub txn: String,
    /// That document's.
    pub version: u64,
    /// From 1; more where one was deferred.
    pub attempt: u32,
    pub outcome: Outcome,
    /// Why, where the outcome alone does not say it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// All that is wrong with a rejected document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldFault>,
    /// Whether the broker has it. Until then it is sent again after each connect.
    #[serde(default)]
    #[schemars(skip)]
    pub told: bool,
}

impl Answer {
    #[must_use]
    pub fn of(document: &Document, attempt: u32, outcome: Outcome) -> Self {
        Self {
            txn: document.txn.clone(),
            version: document.version,
            attempt,
            outcome,
            why: String::new(),
            errors: Vec::new(),
            told: false,
        }
    }

    #[must_use]
    pub fn because(self, why: impl Into<String>) -> Self {
        Self { why: why.into(), ..self }
    }

    pub(super) fn rolled_back(trial: &Trial, why: &str) -> Self {
        Self::of(&trial.document, trial.attempt, Outcome::RolledBack).because(why)
    }
}
