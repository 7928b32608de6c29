//! A JSON object that leaves out what has its default value.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};

use super::ToJson;

/// A JSON object that leaves out what has its default value.
#[derive(Default)]
pub(super) struct Object(Map<String, Value>);

/// Bytes as base64.
pub(super) fn bytes(bytes: &[u8]) -> Value {
    BASE64.encode(bytes).into()
}

impl Object {
    pub(super) fn build(self) -> Value {
        Value::Object(self.0)
    }

    /// A value that is there even if it is the default one.
    pub(super) fn set(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    fn set_if(self, condition: bool, key: &str, value: impl FnOnce() -> Value) -> Self {
        if condition { self.set(key, value()) } else { self }
    }

    pub(super) fn bool(self, key: &str, value: bool) -> Self {
        self.set_if(value, key, || Value::Bool(true))
    }

    pub(super) fn string(self, key: &str, value: &str) -> Self {
        self.set_if(!value.is_empty(), key, || value.into())
    }

    pub(super) fn bytes(self, key: &str, value: &[u8]) -> Self {
        self.set_if(!value.is_empty(), key, || bytes(value))
    }

    /// A number that is written as one: in protobuf JSON, those of 32 bits.
    pub(super) fn number<N: Into<Value> + Default + PartialEq>(self, key: &str, value: N) -> Self {
        self.set_if(value != N::default(), key, || value.into())
    }

    /// A number of 64 bits.
    pub(super) fn long<N: ToString + Default + PartialEq + Copy>(
        self,
        key: &str,
        value: N,
    ) -> Self {
        self.set_if(value != N::default(), key, || value.to_string().into())
    }

    /// An enumeration: the name of the value, if it has one.
    pub(super) fn choice(self, key: &str, value: i32, name: Option<&str>) -> Self {
        self.set_if(value != 0, key, || name.map_or_else(|| value.into(), Into::into))
    }

    pub(super) fn message(self, key: &str, value: Option<&impl ToJson>) -> Self {
        self.some(key, value.map(ToJson::to_json))
    }

    /// A value that has been made already, if there is one.
    pub(super) fn some(self, key: &str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.set(key, value),
            None => self,
        }
    }

    pub(super) fn list(self, key: &str, values: impl Iterator<Item = Value>) -> Self {
        let values: Vec<Value> = values.collect();
        self.set_if(!values.is_empty(), key, || values.into())
    }

    pub(super) fn messages(self, key: &str, values: &[impl ToJson]) -> Self {
        self.list(key, values.iter().map(ToJson::to_json))
    }

    pub(super) fn texts(self, key: &str, values: &[String]) -> Self {
        self.list(key, values.iter().map(|text| text.as_str().into()))
    }

    pub(super) fn map<'a>(
        self,
        key: &str,
        values: impl Iterator<Item = (&'a String, Value)>,
    ) -> Self {
        let mut object = Map::new();
        for (key, value) in values {
            object.insert(key.clone(), value);
        }
        self.set_if(!object.is_empty(), key, || object.into())
    }

    pub(super) fn strings(self, key: &str, values: &BTreeMap<String, String>) -> Self {
        self.map(key, values.iter().map(|(key, text)| (key, text.as_str().into())))
    }
}
