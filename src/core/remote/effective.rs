//! What is in force, and who says so.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Which layer a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Nobody said anything.
    Default,
    /// What the operator said when the terminal was paired.
    Paired,
    /// The terminal's own file.
    File,
    /// A document that was sent.
    Remote,
    /// A variable of the terminal's environment, which nobody can change from far away.
    Environment,
}

/// A setting in force.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Effective {
    /// Null where it is not set and has no default.
    pub value: Value,
    pub from: Layer,
}
