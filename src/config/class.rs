//! Who may change a setting from far away, said by the type of its key. The schema that operators get, and the
//! judgement of what they send, are both made from these types; there is no list of names beside them.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;

/// Set on this machine alone: devices, paths, secrets, and whom to believe in the end.
pub type Local<T> = Setting<T, Nobody>;
/// Set by the operations role: what can be a nuisance and moves no money.
pub type Operational<T> = Setting<T, Operations>;
/// Set by the money role alone: who is paid, how much, over which link, and whose word counts.
pub type Monetary<T> = Setting<T, Money>;

/// What a key's type says of it, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Local,
    Operations,
    Money,
}

/// The keyword of the schema that has a key's class.
pub const KEYWORD: &str = "x-class";

/// A key's value, where it has one, and its class.
#[derive(Debug)]
pub struct Setting<T, C>(pub Option<T>, PhantomData<C>);

#[derive(Debug)]
pub struct Nobody;
#[derive(Debug)]
pub struct Operations;
#[derive(Debug)]
pub struct Money;

impl<T, C> Setting<T, C> {
    #[cfg(test)]
    pub fn of(value: T) -> Self {
        Self(Some(value), PhantomData)
    }
}

impl<T, C> Default for Setting<T, C> {
    fn default() -> Self {
        Self(None, PhantomData)
    }
}

impl<T, C> From<Option<T>> for Setting<T, C> {
    fn from(value: Option<T>) -> Self {
        Self(value, PhantomData)
    }
}

impl<T: Clone, C> Clone for Setting<T, C> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<T: Serialize, C> Serialize for Setting<T, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>, C> Deserialize<'de> for Setting<T, C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| Self(value, PhantomData))
    }
}

/// Nobody far away sets it, so its form is nobody's business there.
impl<T> JsonSchema for Setting<T, Nobody> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Local".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ (KEYWORD): Class::Local })
    }
}

impl<T: JsonSchema> JsonSchema for Setting<T, Operations> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        with_class::<T>(generator, Class::Operations)
    }
}

impl<T: JsonSchema> JsonSchema for Setting<T, Money> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        with_class::<T>(generator, Class::Money)
    }
}

fn with_class<T: JsonSchema>(generator: &mut SchemaGenerator, class: Class) -> Schema {
    let mut schema = generator.subschema_for::<T>();
    schema.insert(KEYWORD.to_owned(), serde_json::json!(class));
    schema
}
