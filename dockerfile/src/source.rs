//! A source as text.

use std::borrow::Cow;

/// The source as text, each byte that is not UTF-8 as U+FFFD, and the numbers of the lines with such
/// bytes, in order.
pub(crate) fn decode(source: &[u8]) -> (Cow<'_, str>, Vec<u32>) {
    if let Ok(text) = std::str::from_utf8(source) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let mut broken = Vec::new();
    let mut line = 1;
    // `String::from_utf8_lossy` puts one U+FFFD for several bytes of a broken character, Go one for
    // each: labels with such bytes must not differ.
    let mut text = String::with_capacity(source.len());
    for chunk in source.utf8_chunks() {
        text.push_str(chunk.valid());
        line += chunk.valid().bytes().filter(|byte| *byte == b'\n').count() as u32;
        if !chunk.invalid().is_empty() && broken.last() != Some(&line) {
            broken.push(line);
        }
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    (Cow::Owned(text), broken)
}
