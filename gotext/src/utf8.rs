//! Bytes as text, where Go goes on with what isn't Unicode.

use std::borrow::Cow;

/// Text with one replacement character for every byte that is in no UTF-8 sequence, as Go decodes it. (Rust's
/// `from_utf8_lossy` has one for every sequence that breaks off.)
///
/// ```
/// use aliasfront_gotext::utf8;
///
/// assert_eq!(utf8::decode(b"a\xe2\x82b"), "a\u{fffd}\u{fffd}b");
/// ```
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(text)
}
