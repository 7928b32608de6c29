//! Strings of JSON: how Go escapes them, and what it makes of broken escapes.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use serde_json::ser::{CompactFormatter, Formatter};

/// What Go escapes beside what has to be: these would end a script in an HTML page, or a line in JavaScript.
const UNSAFE: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];

/// Writes strings so that they are safe inside an HTML script element.
pub(super) struct HtmlSafe;

impl Formatter for HtmlSafe {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(UNSAFE) {
            let (plain, tail) = rest.split_at(at);
            CompactFormatter.write_string_fragment(writer, plain)?;
            let mut chars = tail.chars();
            if let Some(unsafe_char) = chars.next() {
                write!(writer, "\\u{:04x}", u32::from(unsafe_char))?;
            }
            rest = chars.as_str();
        }
        CompactFormatter.write_string_fragment(writer, rest)
    }
}

/// Adds `string` in quotes.
pub fn push_string(json: &mut String, string: &str) {
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
            char if char < ' ' || UNSAFE.contains(&char) => {
                // Writing to a string doesn't fail.
                let _ = write!(json, "\\u{:04x}", u32::from(char));
            }
            char => json.push(char),
        }
    }
    json.push('"');
}

/// Adds an array of strings, without spaces.
///
/// ```
/// use aliasfront_gotext::json::push_strings;
///
/// let mut json = String::new();
/// push_strings(&mut json, &["a".to_owned(), "<b>".to_owned()]);
/// assert_eq!(json, r#"["a","\u003cb\u003e"]"#);
/// ```
pub fn push_strings(json: &mut String, strings: &[String]) {
    json.push('[');
    for (index, string) in strings.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        push_string(json, string);
    }
    json.push(']');
}

/// Text with U+FFFD for the escapes of halves of characters whose other half is missing: Go reads them so, and
/// `serde_json` not at all.
pub fn replace_lone_surrogates(mut text: Cow<'_, str>) -> Cow<'_, str> {
    let lone: Vec<usize> = lone_surrogates(&text).collect();
    for at in lone {
        text.to_mut().replace_range(at..at + 6, "\\ufffd");
    }
    text
}

/// Where `\uXXXX` escapes stand that name a surrogate without its other half.
fn lone_surrogates(text: &str) -> impl Iterator<Item = usize> + '_ {
    let unit_at = |at: usize| {
        let escape = text.as_bytes().get(at..at + 6)?;
        let digits = escape
            .strip_prefix(b"\\u")
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += text.as_bytes().get(at..)?.iter().position(|byte| *byte == b'\\')?;
            let start = at;
            match unit_at(at) {
                Some(0xd800..0xdc00) if matches!(unit_at(at + 6), Some(0xdc00..0xe000)) => at += 12,
                Some(0xd800..0xe000) => {
                    at += 6;
                    return Some(start);
                }
                _ => at += 2,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::json::to_vec;

    #[test]
    fn escapes() {
        for (text, want) in [
            ("", r#""""#),
            ("a<b>&c", r#""a\u003cb\u003e\u0026c""#),
            ("\u{2028}x\u{2029}", r#""\u2028x\u2029""#),
            ("\"\\/", r#""\"\\/""#),
            ("\u{8}\u{c}\n\r\t", r#""\b\f\n\r\t""#),
            ("\0\u{1f}\u{7f}é😀", "\"\\u0000\\u001f\u{7f}é😀\""),
        ] {
            assert_eq!(String::from_utf8(to_vec(text).unwrap()).unwrap(), want);
            let mut json = String::new();
            push_string(&mut json, text);
            assert_eq!(json, want);
        }
        let map = BTreeMap::from([("b<", 1), ("a", 2)]);
        assert_eq!(to_vec(&map).unwrap(), br#"{"a":2,"b\u003c":1}"#);
    }

    #[test]
    fn arrays_have_no_spaces() {
        let strings = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(|text| (*text).to_owned()).collect();
            let mut json = String::new();
            push_strings(&mut json, &list);
            json
        };
        assert_eq!(strings(&[]), "[]");
        assert_eq!(strings(&["a", "b c"]), r#"["a","b c"]"#);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(text in "\\PC*") {
            let json = to_vec(&text).unwrap();
            prop_assert_eq!(serde_json::from_slice::<String>(&json).unwrap(), text);
        }

        #[test]
        fn both_writers_agree(text in "(\\PC|[\x00-\x1f\x7f<>&\u{2028}\u{2029}\"\\\\]){0,16}") {
            let mut json = String::new();
            push_string(&mut json, &text);
            prop_assert_eq!(json.into_bytes(), to_vec(&text).unwrap());
        }
    }
}
