//! JSON, as Go writes it where it is part of a digest or of an answer.

use std::fmt::Write as _;

/// An array of strings, as Go's `encoding/json` writes it: without spaces, and with `<`, `>`, `&` and
/// the line separators of Unicode escaped.
///
/// It is JSON from the start: the lists of large contexts are many strings, which nobody needs twice.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    /// The array without its last bracket; empty where the array is.
    json: String,
}

impl Strings {
    /// Adds strings.
    pub fn extend(&mut self, strings: impl IntoIterator<Item: AsRef<str>>) {
        for string in strings {
            self.json.push(if self.json.is_empty() { '[' } else { ',' });
            push_string(&mut self.json, string.as_ref());
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.json.is_empty()
    }

    /// The array.
    pub fn into_json(mut self) -> String {
        if self.json.is_empty() {
            self.json.push('[');
        }
        self.json.push(']');
        self.json
    }
}

fn push_string(json: &mut String, string: &str) {
    json.push('"');
    for char in string.chars() {
        match char {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string doesn't fail.
                let _ = write!(json, "\\u{:04x}", u32::from(char));
            }
            char => json.push(char),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_go_does() {
        let cases: [(&[&str], &str); 4] = [
            (&[], "[]"),
            (&["a", "b c"], r#"["a","b c"]"#),
            (
                &["<a&b>", "\"\\\n\u{1}\u{7f}"],
                "[\"\\u003ca\\u0026b\\u003e\",\"\\\"\\\\\\n\\u0001\u{7f}\"]",
            ),
            (&["é\u{2028}"], "[\"é\\u2028\"]"),
        ];
        for (list, expected) in cases {
            let list: Vec<String> = list.iter().map(|text| (*text).to_owned()).collect();
            let mut strings = Strings::default();
            strings.extend(&list);
            assert_eq!(strings.into_json(), expected);
        }
    }
}
