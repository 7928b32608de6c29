//! Text for terminals: lines of 80 columns at the most.

use std::rc::Rc;

use crate::secrets::Secrets;
use crate::shown;

/// How many characters a line has room for.
const WIDTH: usize = 80;
/// What stands for the rest of a line that is too long.
const CUT: char = '…';
/// What hex digests start with, and how many of their digits are shown.
const DIGEST: &str = "sha256:";
const SHOWN_DIGITS: usize = 12;
const DIGITS: usize = 64;

/// A text that grows by lines.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    secrets: Rc<Secrets>,
}

impl Page {
    /// From here on, secrets of a compilation are hidden.
    pub(super) fn hide(&mut self, secrets: &Rc<Secrets>) {
        self.secrets = Rc::clone(secrets);
    }

    /// Adds a line: digests are shown by their first digits, and what goes beyond the width is cut.
    pub(super) fn line(&mut self, indent: usize, text: &str) {
        let text = shorten_digests(&self.secrets.hide(text));
        // Text from the Dockerfile may hold tabs and other white space: one line is one line.
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = shown::line(&words.join(" "));
        let room = WIDTH.saturating_sub(indent);
        self.text.extend(std::iter::repeat_n(' ', indent));
        if text.chars().count() <= room {
            self.text.push_str(&text);
        } else {
            self.text.extend(text.chars().take(room.saturating_sub(1)));
            self.text.push(CUT);
        }
        self.text.push('\n');
    }

    /// Adds text in as many lines as it takes; further lines are indented deeper. Words that are
    /// longer than a line are cut.
    pub(super) fn wrapped(&mut self, indent: usize, text: &str) {
        let text = shown::block(&shorten_digests(&self.secrets.hide(text)));
        let mut line = String::new();
        let mut at = indent;
        for word in text.split_whitespace() {
            let longer = line.chars().count() + 1 + word.chars().count();
            if !line.is_empty() && longer > WIDTH.saturating_sub(at) {
                self.line(at, &line);
                line.clear();
                at = indent + 2;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            self.line(at, &line);
        }
    }

    /// Adds an empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// The text.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}

/// Shows digests by their first digits.
fn shorten_digests(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(DIGEST) {
        out.push_str(before);
        out.push_str(DIGEST);
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        if digits == DIGITS {
            out.push_str(&after[..SHOWN_DIGITS]);
            out.push(CUT);
        } else {
            out.push_str(&after[..digits]);
        }
        rest = &after[digits..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit() {
        let digest = format!("a@sha256:{} b", "ab".repeat(32));
        let mut page = Page::default();
        page.line(2, &digest);
        page.line(4, &"x".repeat(100));
        page.wrapped(0, &"word ".repeat(20));
        page.line(0, "a\tb\nc");
        page.line(0, "sha256:é");
        let text = String::from_utf8(page.into_bytes()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "  a@sha256:abababababab… b");
        assert!(lines[1].ends_with("x…"), "{}", lines[1]);
        assert!(lines[3].starts_with("  word"), "{}", lines[3]);
        assert_eq!(&lines[4..], ["a b c", "sha256:é"]);
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{text}");
    }
}
