//! JSON as Go's `json.MarshalIndent(value, "", "  ")` writes it, byte for byte.
//!
//! Fields keep the order in which they are added, and `<`, `>`, `&` and the line separators of
//! Unicode are escaped.

use std::fmt::{Display, Write as _};

use aliasfront_gotext::json::push_string;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use buildkit_proto::json::go;
use serde_json::Value;

use crate::secrets::Secrets;
use crate::shown;

const INDENT: &str = "  ";

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// As it is written.
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Object),
}

/// A JSON object, with its fields in the order of their being added.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Object {
    fields: Vec<(String, Json)>,
}

impl Object {
    /// Adds a field.
    #[must_use]
    pub(super) fn with(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Adds a field unless its value is what Go's `omitempty` leaves out: false, zero, nil, and what
    /// has no elements. An object without fields is a pointer to an empty struct, which stays.
    #[must_use]
    pub(super) fn filled(self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        let value = value.into();
        if value.is_empty() { self } else { self.with(name, value) }
    }
}

impl Json {
    /// An array of what `show` makes of the items.
    pub(super) fn list<T>(items: impl IntoIterator<Item = T>, show: impl Fn(T) -> Object) -> Self {
        Self::Array(items.into_iter().map(|item| Self::Object(show(item))).collect())
    }

    /// The same, but null where there are no items, as Go shows a slice that nothing was added to.
    pub(super) fn list_or_null<T>(items: &[T], show: impl Fn(&T) -> Object) -> Self {
        if items.is_empty() { Self::Null } else { Self::list(items, show) }
    }

    /// Bytes, in base64.
    pub(super) fn bytes(bytes: &[u8]) -> Self {
        Self::String(STANDARD.encode(bytes))
    }

    /// A number.
    pub(super) fn number(number: impl Display) -> Self {
        Self::Number(number.to_string())
    }

    /// The value without secrets: in its strings, not in names of fields. Recurses as deep as a view nests its answer.
    pub(super) fn hidden(self, secrets: &Secrets) -> Self {
        match self {
            Self::String(string) => Self::String(secrets.hide(&string)),
            Self::Array(items) => {
                Self::Array(items.into_iter().map(|item| item.hidden(secrets)).collect())
            }
            Self::Object(Object { fields }) => {
                let fields = fields.into_iter();
                let fields = fields.map(|(name, value)| (name, value.hidden(secrets))).collect();
                Self::Object(Object { fields })
            }
            other => other,
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Null | Self::Bool(false) => true,
            Self::Bool(true) | Self::Object(_) => false,
            Self::Number(number) => number == "0",
            Self::String(string) => string.is_empty(),
            Self::Array(items) => items.is_empty(),
        }
    }

    /// The value as text, without a line feed at its end.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.into_bytes()
    }

    /// Recurses as deep as the value is nested: as the messages it shows, whose decoder has a limit.
    fn write(&self, out: &mut String, depth: usize) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(number),
            Self::String(string) => write_string(out, string),
            Self::Array(items) => write_block(out, '[', ']', depth, items, |out, item| {
                item.write(out, depth + 1);
            }),
            Self::Object(object) => {
                write_block(out, '{', '}', depth, &object.fields, |out, (name, value)| {
                    write_string(out, name);
                    out.push_str(": ");
                    value.write(out, depth + 1);
                });
            }
        }
    }
}

/// As Go writes a string. What a terminal acts on is escaped beyond that, which reads the same: people look at JSON too.
fn write_string(out: &mut String, string: &str) {
    let start = out.len();
    push_string(out, string);
    if out[start..].contains(shown::is_active) {
        let written = out.split_off(start);
        for c in written.chars() {
            if shown::is_active(c) {
                // Writing to a string doesn't fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            } else {
                out.push(c);
            }
        }
    }
}

fn write_block<T>(
    out: &mut String,
    open: char,
    close: char,
    depth: usize,
    items: &[T],
    mut write: impl FnMut(&mut String, &T),
) {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        break_line(out, depth + 1);
        write(out, item);
    }
    if !items.is_empty() {
        break_line(out, depth);
    }
    out.push(close);
}

fn break_line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str(INDENT);
    }
}

impl From<&str> for Json {
    fn from(string: &str) -> Self {
        Self::String(string.to_owned())
    }
}

impl From<String> for Json {
    fn from(string: String) -> Self {
        Self::String(string)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Json {
    fn from(number: i32) -> Self {
        Self::number(number)
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<go::Json> for Json {
    fn from(message: go::Json) -> Self {
        match message {
            go::Json::Bool(value) => Self::Bool(value),
            go::Json::Number(number) => Self::number(number),
            go::Json::String(text) => Self::String(text),
            go::Json::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            go::Json::Object(fields) => {
                let fields = fields.into_iter().map(|(name, value)| (name, Self::from(value)));
                Self::Object(Object { fields: fields.collect() })
            }
        }
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::number(number),
            Value::String(string) => Self::String(string),
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(name, value)| (name, Self::from(value)));
                Self::Object(Object { fields: fields.collect() })
            }
        }
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_go_does() {
        let object = |fields: &[(&str, Json)]| {
            let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            Json::Object(Object { fields: fields.collect() })
        };
        let cases = [
            (Json::Null, "null"),
            (Json::Array(Vec::new()), "[]"),
            (object(&[]), "{}"),
            (Json::bytes(b"hi?>"), "\"aGk/Pg==\""),
            (
                Json::from("<a&b>\"\\\n\r\t\u{8}\u{c}\u{1}\u{1f}\u{7f}é\u{2028}\u{2029}"),
                "\"\\u003ca\\u0026b\\u003e\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001f\\u007fé\\u2028\\u2029\"",
            ),
            (
                object(&[
                    ("z", Json::from(-1)),
                    ("a", Json::Array(vec![Json::from(true), object(&[("<", Json::Null)])])),
                ]),
                "{\n  \"z\": -1,\n  \"a\": [\n    true,\n    {\n      \"\\u003c\": null\n    }\n  ]\n}",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(String::from_utf8(value.to_bytes()).unwrap(), expected);
        }
    }

    #[test]
    fn only_filled_fields_are_added() {
        let empty = Object::default()
            .filled("bool", false)
            .filled("number", 0)
            .filled("string", "")
            .filled("bytes", Json::bytes(b""))
            .filled("list", Json::Array(Vec::new()))
            .filled("nil", None::<Object>);
        assert_eq!(empty, Object::default());
        let full = Object::default().filled("struct", Object::default()).with("number", 0);
        assert_eq!(full.fields.len(), 2);
    }
}
