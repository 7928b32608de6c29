//! Small shell scripts as words, lists and loops: as much of the shell's language as a script needs that looks at
//! files and says what it found.
//!
//! Whatever else there is in a script, such as a pipe, a file that is written to, a substitution, makes it one that is
//! not read: nothing is known of it then.

use std::iter::Peekable;
use std::str::Chars;

/// How deep groups and loops may stand in each other.
const MAX_DEPTH: usize = 8;
/// Where output may go: it is dropped.
const NOWHERE: &str = "/dev/null";
/// What begins or ends a list, or something that is not read.
const KEYWORDS: [&str; 18] = [
    "for", "do", "done", "{", "}", "in", "if", "then", "else", "elif", "fi", "while", "until",
    "case", "esac", "function", "select", "time",
];

/// Commands, each with how it follows the one before.
pub(crate) type List = Vec<(Join, Command)>;

/// How a command follows the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    /// After it, whatever came of that.
    Then,
    /// Where that succeeded.
    And,
    /// Where that failed.
    Or,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// A program with its arguments, one word at least.
    Simple(Vec<Word>),
    /// Commands in braces or parentheses.
    Group(List),
    /// A loop over words.
    For {
        /// The variable.
        name: String,
        /// Its values.
        values: Vec<Word>,
        /// The commands.
        body: List,
    },
}

/// A word.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Word {
    /// Its parts.
    pub pieces: Vec<Piece>,
    /// Whether a part of it is quoted.
    is_quoted: bool,
}

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Characters as they are; in quotes, wildcards among them mean nothing.
    Text {
        /// The characters.
        text: String,
        /// Whether they are in quotes.
        quoted: bool,
    },
    /// The value of a variable.
    Variable(String),
    /// Something that only the shell knows.
    Unknown,
}

impl Word {
    /// A word that means what it says.
    pub(crate) fn literal(text: &str) -> Self {
        let piece = Piece::Text { text: text.to_owned(), quoted: true };
        Self { pieces: vec![piece], is_quoted: true }
    }

    /// Its text, where that doesn't depend on anything.
    pub(crate) fn text(&self) -> Option<String> {
        let mut whole = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text { text, .. } => whole.push_str(text),
                Piece::Variable(_) | Piece::Unknown => return None,
            }
        }
        Some(whole)
    }

    /// The word of the shell's language that it may be: one without quotes.
    fn keyword(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece::Text { text, quoted: false }] if !self.is_quoted => Some(text),
            _ => None,
        }
    }

    fn push(&mut self, c: char, in_quotes: bool) {
        match self.pieces.last_mut() {
            Some(Piece::Text { text, quoted }) if *quoted == in_quotes => text.push(c),
            _ => self.pieces.push(Piece::Text { text: c.to_string(), quoted: in_quotes }),
        }
    }
}

/// Reads a script; `None` where there is more in it than is read.
pub(crate) fn read(text: &str) -> Option<List> {
    let mut reader = Reader { chars: text.chars().peekable(), next: None, depth: 0 };
    let list = reader.list(End::OfScript)?;
    (!list.is_empty()).then_some(list)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(Word),
    /// `;`
    Semicolon,
    Newline,
    And,
    Or,
    Open,
    Close,
    /// The script's end.
    End,
}

/// What a list ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    OfScript,
    /// `)`
    Close,
    /// `}` or `done`
    Keyword(&'static str),
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    /// A token that was read before its time.
    next: Option<Token>,
    depth: usize,
}

impl Reader<'_> {
    /// Commands up to an end, which is read, too.
    fn list(&mut self, end: End) -> Option<List> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut list = List::new();
        let mut join = Join::Then;
        loop {
            self.skip_newlines()?;
            if self.is_at(end)? {
                // Nothing goes on from an operator.
                if join != Join::Then {
                    return None;
                }
                self.token()?;
                break;
            }
            list.push((join, self.command()?));
            join = match self.peek()? {
                Token::And => Join::And,
                Token::Or => Join::Or,
                Token::Semicolon | Token::Newline => Join::Then,
                // A keyword would be one more word of the command.
                Token::End | Token::Close if !matches!(end, End::Keyword(_)) => {
                    if !self.is_at(end)? {
                        return None;
                    }
                    self.token()?;
                    break;
                }
                _ => return None,
            };
            self.token()?;
        }
        self.depth -= 1;
        Some(list)
    }

    fn is_at(&mut self, end: End) -> Option<bool> {
        Some(match (end, self.peek()?) {
            (End::OfScript, Token::End) | (End::Close, Token::Close) => true,
            (End::Keyword(keyword), Token::Word(word)) => word.keyword() == Some(keyword),
            _ => false,
        })
    }

    fn command(&mut self) -> Option<Command> {
        let first = match self.token()? {
            Token::Open => return Some(Command::Group(self.list(End::Close)?)),
            Token::Word(word) => word,
            _ => return None,
        };
        match first.keyword() {
            Some("{") => return Some(Command::Group(self.list(End::Keyword("}"))?)),
            Some("for") => return self.loop_(),
            Some("[[") => return self.condition(first),
            Some(keyword) if KEYWORDS.contains(&keyword) => return None,
            _ => {}
        }
        let mut words = vec![first];
        while let Token::Word(word) = self.peek()? {
            words.push(word.clone());
            self.token()?;
        }
        Some(Command::Simple(words))
    }

    /// `for NAME in WORDS; do LIST; done`, behind the first word.
    fn loop_(&mut self) -> Option<Command> {
        let Token::Word(name) = self.token()? else { return None };
        let name = name.keyword().filter(|name| is_name(name))?.to_owned();
        self.skip_newlines()?;
        self.keyword("in")?;
        let mut values = Vec::new();
        loop {
            match self.token()? {
                Token::Word(word) => values.push(word),
                Token::Semicolon | Token::Newline => break,
                _ => return None,
            }
        }
        self.skip_newlines()?;
        self.keyword("do")?;
        let body = self.list(End::Keyword("done"))?;
        (!body.is_empty()).then_some(Command::For { name, values, body })
    }

    /// `[[ … ]]`, in which operators of lists are those of conditions.
    fn condition(&mut self, first: Word) -> Option<Command> {
        let mut words = vec![first];
        loop {
            let word = match self.token()? {
                Token::Word(word) => word,
                Token::And => Word { is_quoted: false, ..Word::literal("-a") },
                Token::Or => Word { is_quoted: false, ..Word::literal("-o") },
                Token::Newline => continue,
                _ => return None,
            };
            let is_last = word.keyword() == Some("]]");
            words.push(word);
            if is_last {
                return Some(Command::Simple(words));
            }
        }
    }

    fn keyword(&mut self, keyword: &str) -> Option<()> {
        let Token::Word(word) = self.token()? else { return None };
        (word.keyword() == Some(keyword)).then_some(())
    }

    fn skip_newlines(&mut self) -> Option<()> {
        while self.peek()? == &Token::Newline {
            self.token()?;
        }
        Some(())
    }

    fn peek(&mut self) -> Option<&Token> {
        if self.next.is_none() {
            self.next = Some(self.read()?);
        }
        self.next.as_ref()
    }

    /// The next token; `None` where something is not read.
    fn token(&mut self) -> Option<Token> {
        match self.next.take() {
            Some(token) => Some(token),
            None => self.read(),
        }
    }

    fn read(&mut self) -> Option<Token> {
        while let Some(c) = self.chars.peek().copied() {
            match c {
                ' ' | '\t' | '\r' => {
                    self.chars.next();
                }
                '\\' if self.skip_continuation() => {}
                '#' => while self.chars.next_if(|c| *c != '\n').is_some() {},
                '>' => {
                    self.chars.next();
                    self.redirection()?;
                }
                '&' if self.chars.clone().nth(1) == Some('>') => {
                    self.chars.nth(1);
                    self.nowhere()?;
                }
                '\n' | '(' | ')' | ';' | '&' | '|' | '<' => return self.operator(c),
                _ => {
                    let word = self.word()?;
                    // A number right before it says which output goes where.
                    let is_number =
                        word.keyword().is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit()));
                    if !(is_number && self.chars.peek() == Some(&'>')) {
                        return Some(Token::Word(word));
                    }
                }
            }
        }
        Some(Token::End)
    }

    fn operator(&mut self, first: char) -> Option<Token> {
        self.chars.next();
        let is_double = matches!(first, ';' | '&' | '|') && self.chars.next_if_eq(&first).is_some();
        match (first, is_double) {
            ('\n', _) => Some(Token::Newline),
            ('(', _) => Some(Token::Open),
            (')', _) => Some(Token::Close),
            (';', false) => Some(Token::Semicolon),
            ('&', true) => Some(Token::And),
            ('|', true) => Some(Token::Or),
            _ => None,
        }
    }

    /// What stands behind a `>`: another output, or nowhere.
    fn redirection(&mut self) -> Option<()> {
        self.chars.next_if_eq(&'>');
        if self.chars.next_if_eq(&'&').is_none() {
            return self.nowhere();
        }
        let to = self.word()?;
        matches!(to.keyword(), Some("1" | "2")).then_some(())
    }

    fn nowhere(&mut self) -> Option<()> {
        while self.chars.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        (self.word()?.text()? == NOWHERE).then_some(())
    }

    /// Skips a line's end that is none.
    fn skip_continuation(&mut self) -> bool {
        let mut ahead = self.chars.clone();
        ahead.next();
        ahead.next_if_eq(&'\r');
        let continues = ahead.next() == Some('\n');
        if continues {
            self.chars = ahead;
        }
        continues
    }

    fn word(&mut self) -> Option<Word> {
        let mut word = Word::default();
        let mut is_first = true;
        while let Some(c) = self.chars.peek().copied() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\\' => {
                    if !self.skip_continuation() {
                        self.chars.next();
                        word.is_quoted = true;
                        word.push(self.chars.next()?, true);
                    }
                }
                '\'' => {
                    self.chars.next();
                    self.single_quoted(&mut word)?;
                }
                '"' => {
                    self.chars.next();
                    self.double_quoted(&mut word)?;
                }
                '$' => {
                    self.chars.next();
                    self.variable(&mut word, false)?;
                }
                '`' => return None,
                '~' if is_first => {
                    self.chars.next();
                    word.pieces.push(Piece::Unknown);
                }
                _ => {
                    self.chars.next();
                    word.push(c, false);
                }
            }
            is_first = false;
        }
        // Nothing but a line's end that is none.
        (!word.pieces.is_empty() || word.is_quoted).then_some(word)
    }

    fn single_quoted(&mut self, word: &mut Word) -> Option<()> {
        word.is_quoted = true;
        loop {
            match self.chars.next()? {
                '\'' => return Some(()),
                c => word.push(c, true),
            }
        }
    }

    fn double_quoted(&mut self, word: &mut Word) -> Option<()> {
        word.is_quoted = true;
        loop {
            match self.chars.next()? {
                '"' => return Some(()),
                '`' => return None,
                '$' => self.variable(word, true)?,
                '\\' => match self.chars.next()? {
                    '\n' => {}
                    c @ ('$' | '`' | '"' | '\\') => word.push(c, true),
                    c => {
                        word.push('\\', true);
                        word.push(c, true);
                    }
                },
                c => word.push(c, true),
            }
        }
    }

    /// What a `$` begins.
    fn variable(&mut self, word: &mut Word, in_quotes: bool) -> Option<()> {
        let in_braces = match self.chars.peek() {
            Some('(') => return None,
            // Quotes of some shells.
            Some('\'' | '"') if !in_quotes => return None,
            Some('?' | '$' | '#' | '@' | '*' | '!' | '-' | '0'..='9') => {
                self.chars.next();
                word.pieces.push(Piece::Unknown);
                return Some(());
            }
            Some('{') => true,
            Some(c) if c.is_ascii_alphabetic() || *c == '_' => false,
            _ => {
                word.push('$', true);
                return Some(());
            }
        };
        if in_braces {
            self.chars.next();
        }
        let mut name = String::new();
        while let Some(c) = self.chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
        }
        if in_braces && self.chars.next() != Some('}') || !is_name(&name) {
            return None;
        }
        word.pieces.push(Piece::Variable(name));
        Some(())
    }
}

/// Whether a word is a variable's name.
fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list as text: words in single quotes, variables with their `$`.
    fn shown(list: &List) -> String {
        let word = |word: &Word| {
            let pieces = word.pieces.iter().map(|piece| match piece {
                Piece::Text { text, quoted: true } => format!("'{text}'"),
                Piece::Text { text, quoted: false } => text.clone(),
                Piece::Variable(name) => format!("${name}"),
                Piece::Unknown => "$?".to_owned(),
            });
            pieces.collect::<String>()
        };
        let words = |words: &[Word]| words.iter().map(word).collect::<Vec<_>>().join(" ");
        let mut text = String::new();
        for (index, (join, command)) in list.iter().enumerate() {
            text.push_str(match (index, join) {
                (0, _) => "",
                (_, Join::Then) => " ; ",
                (_, Join::And) => " && ",
                (_, Join::Or) => " || ",
            });
            text.push_str(&match command {
                Command::Simple(all) => words(all),
                Command::Group(list) => format!("({})", shown(list)),
                Command::For { name, values, body } => {
                    format!("for {name} in {} ({})", words(values), shown(body))
                }
            });
        }
        text
    }

    #[test]
    fn scripts_that_are_read() {
        for (script, expected) in [
            ("test -x /a", "test -x /a"),
            ("  test  -x\t/a ;", "test -x /a"),
            ("a && b || c; d\ne", "a && b || c ; d ; e"),
            ("a &&\n b ||\n\n c", "a && b || c"),
            ("a \\\n  -b", "a -b"),
            ("a \\\r\n  -b", "a -b"),
            ("a\\\nb", "ab"),
            ("a 'b c' \"d $e\" f\\ g", "a 'b c' 'd '$e f' 'g"),
            ("a \"\\$b \\\\ \\x\"", "a '$b \\ \\x'"),
            ("a '' \"\"", "a  "),
            ("a ${b}/c $d-$? ~/x a~b $", "a $b/c $d-$? $?/x a~b '$'"),
            ("a # b 'c\nd#e", "a ; d#e"),
            ("a >/dev/null 2>&1", "a"),
            ("a > /dev/null 2>> /dev/null 1>&2 b", "a b"),
            ("a &>/dev/null && b >&2", "a && b"),
            ("a 2 > /dev/null", "a 2"),
            ("{ a; b; } && (c; d)", "(a ; b) && (c ; d)"),
            ("{ a\n} >&2", "(a)"),
            ("for x in a 'b' $c; do d $x; done", "for x in a 'b' $c (d $x)"),
            ("for x in a \\\n b\ndo\n  d; e\ndone && f", "for x in a b (d ; e) && f"),
            ("for x in a; do for y in b; do c; done; done", "for x in a (for y in b (c))"),
            ("[[ -x /a && -f $b ]] && c", "[[ -x /a '-a' -f $b ]] && c"),
            ("! a", "! a"),
            ("echo for do }", "echo for do }"),
        ] {
            let list = read(script).unwrap_or_else(|| panic!("{script:?} was not read"));
            assert_eq!(shown(&list), expected, "{script:?}");
        }
    }

    #[test]
    fn scripts_that_are_not() {
        let deep = format!("{}a{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
        for script in [
            "",
            " \n# a\n",
            "a | b",
            "a & b",
            "a > b",
            "a >> b",
            "a 2> b",
            "a < b",
            "a <<< b",
            "a $(b)",
            "a `b`",
            "a \"$(b)\"",
            "a \"`b`\"",
            "a ${b:-c}",
            "a ${b%c}",
            "a ${}",
            "a $'b'",
            "a $\"b\"",
            "a &&",
            "a ||",
            "&& a",
            "; a",
            "a ;; b",
            "a &",
            "(a",
            "a)",
            "{ a; ",
            "{ a }",
            "a 'b",
            "a \"b",
            "a \\",
            "if a; then b; fi",
            "while a; do b; done",
            "case a in b) c;; esac",
            "f() { a; }",
            "function f { a; }",
            "for x in a; do b",
            "for x; do a; done",
            "for x in a; b; done",
            "for 1 in a; do b; done",
            "for x in a; do done",
            "do a",
            "done",
            "a >&3",
            "a >&",
            "[[ a",
            "[[ a < b ]]",
            "[[ ( a ) ]]",
            "{ a; } b",
            deep.as_str(),
        ] {
            assert_eq!(read(script), None, "{script:?}");
        }
    }
}
