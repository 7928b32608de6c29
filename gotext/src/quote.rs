//! Go's `%q`.

use std::fmt::Write as _;

/// `text` in double quotes, with everything that does not print escaped, as Go's `strconv.Quote`
/// writes it.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            c if prints(c) => out.push(c),
            c if c < ' ' || c == '\x7f' => {
                write_escape(&mut out, format_args!("\\x{:02x}", c as u32));
            }
            c if (c as u32) < 0x1_0000 => {
                write_escape(&mut out, format_args!("\\u{:04x}", c as u32));
            }
            c => write_escape(&mut out, format_args!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

/// Writing to a string does not fail.
fn write_escape(out: &mut String, escape: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(escape);
}

/// Whether `c` prints. Marks that combine with the character before them print here.
fn prints(c: char) -> bool {
    c == '\'' || c == ' ' || (c.is_ascii_graphic()) || (!c.is_ascii() && is_printable_non_ascii(c))
}

/// Rust's notion of printable, which like Go's follows Unicode's categories, but for combining
/// marks, which Rust escapes only because they would change the quote before them.
fn is_printable_non_ascii(c: char) -> bool {
    if c.is_whitespace() {
        return false;
    }
    // A combining mark behind a letter is not escaped by `str::escape_debug`.
    let mut buffer = [0; 8];
    buffer[0] = b'a';
    let length = 1 + c.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..length]).is_ok_and(|text| text.escape_debug().count() == 2)
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn quotes_as_go_does() {
        for (text, quoted) in [
            ("", r#""""#),
            ("plain 'text'", r#""plain 'text'""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("\t\n\r\x07\x08\x0b\x0c", r#""\t\n\r\a\b\v\f""#),
            ("\x00\x1b\x7f", r#""\x00\x1b\x7f""#),
            ("ü → 漢 \u{1f600}", "\"ü → 漢 \u{1f600}\""),
            ("e\u{301}", "\"e\u{301}\""),
            ("\u{a0}\u{200b}\u{feff}", r#""\u00a0\u200b\ufeff""#),
            ("\u{e0001}", r#""\U000e0001""#),
        ] {
            assert_eq!(quote(text), quoted, "{text:?}");
        }
    }
}
