//! Names as words of printable ASCII.

use std::fmt::{self, Write as _};

use crate::hash::hex;

/// Bytes as they are shown in a list: every byte that isn't a printable ASCII character, and every space and
/// backslash, is `\x` with two digits. Also for messages: a terminal does nothing with it but show it.
///
/// ```
/// use aliasfront_content::escaped;
///
/// assert_eq!(escaped(b"a b\\c\n").to_string(), r"a\x20b\x5cc\x0a");
/// assert_eq!(escaped("é".as_bytes()).to_string(), r"\xc3\xa9");
/// ```
pub fn escaped(bytes: &[u8]) -> impl fmt::Display + '_ {
    Escaped(bytes)
}

struct Escaped<'a>(&'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| {
            if is_plain(*byte) {
                f.write_char(char::from(*byte))
            } else {
                write!(f, "\\x{byte:02x}")
            }
        })
    }
}

/// Whether a byte stands for itself.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'\\'
}

/// How many bytes the escaped form of `bytes` has.
pub(crate) fn escaped_length(bytes: &[u8]) -> usize {
    bytes.iter().map(|byte| if is_plain(*byte) { 1 } else { 4 }).sum()
}

/// The bytes that a word stands for; `None` where it isn't the escaped form of any.
pub(crate) fn unescaped(word: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        if is_plain(first) {
            bytes.push(first);
            rest = behind;
            continue;
        }
        let digits = behind.strip_prefix(b"x").filter(|_| first == b'\\')?;
        let byte = hex(digits.get(..2)?).filter(|byte| !is_plain(*byte))?;
        bytes.push(byte);
        rest = &digits[2..];
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_escaped_forms_are_read() {
        for word in
            [r"\", r"\x", r"\x0", r"\x0A", r"\x61", r"\n", r"\\", "a b", "\u{e9}", "\x7f", r"a\xg0"]
        {
            assert_eq!(unescaped(word), None, "{word}");
        }
        assert_eq!(unescaped(r"\x5cx61").as_deref(), Some(&br"\x61"[..]));
        assert_eq!(unescaped("").as_deref(), Some(&b""[..]));
    }

    proptest! {
        #[test]
        fn all_bytes_come_back(bytes: Vec<u8>) {
            let word = escaped(&bytes).to_string();
            prop_assert!(word.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(word.len(), escaped_length(&bytes));
            prop_assert_eq!(unescaped(&word), Some(bytes));
        }

        #[test]
        fn what_is_read_is_written_the_same(word in r"(\\x[0-9a-f]{2}|[!-~]| ){0,8}") {
            if let Some(bytes) = unescaped(&word) {
                prop_assert_eq!(escaped(&bytes).to_string(), word);
            }
        }
    }
}
