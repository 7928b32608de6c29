//! The regular expressions that patterns become, read as Go's `regexp` reads them.
//!
//! A pattern is no regular expression, but the daemon makes one of it without escaping all that has a meaning there:
//! `\a` is a bell, `a|b*` an alternative, `[[:alpha:]]` any letter. Only what can come of a pattern is read here. Classes
//! of Unicode (`\pL`) aren't: a pattern with one of those is taken for one that doesn't compile.

/// How many instructions a pattern may come to. One that comes to more is taken for one that doesn't compile.
const MAX_INSTRUCTIONS: usize = 10_000;

/// How often a repetition may repeat, in Go's `regexp`.
const MAX_REPEAT: usize = 1000;

/// What `[:name:]` in a class stands for.
const NAMED: [(&str, &[(char, char)]); 14] = [
    ("alnum", &[('0', '9'), ('A', 'Z'), ('a', 'z')]),
    ("alpha", &[('A', 'Z'), ('a', 'z')]),
    ("ascii", &[('\0', '\x7f')]),
    ("blank", &[('\t', '\t'), (' ', ' ')]),
    ("cntrl", &[('\0', '\x1f'), ('\x7f', '\x7f')]),
    ("digit", &[('0', '9')]),
    ("graph", &[('!', '~')]),
    ("lower", &[('a', 'z')]),
    ("print", &[(' ', '~')]),
    ("punct", &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
    ("space", &[('\t', '\r'), (' ', ' ')]),
    ("upper", &[('A', 'Z')]),
    ("word", &WORD),
    ("xdigit", &[('0', '9'), ('A', 'F'), ('a', 'f')]),
];

const DIGIT: [(char, char); 1] = [('0', '9')];
const SPACE: [(char, char); 3] = [('\t', '\n'), ('\x0c', '\r'), (' ', ' ')];
const WORD: [(char, char); 4] = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// A compiled expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression(Vec<Instruction>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Instruction {
    /// Takes a character of the class.
    Take(Class),
    /// Goes on here and there, both counted from the instruction.
    Fork(isize, isize),
    /// Goes on where this holds.
    Assert(Place),
    Match,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    End,
    WordEdge,
    NoWordEdge,
}

/// Characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Class {
    ranges: Vec<(char, char)>,
    /// Ranges of which any other character is one, each list for itself.
    none_of: Vec<Vec<(char, char)>>,
    negated: bool,
}

impl Class {
    fn of(ranges: &[(char, char)], negated: bool) -> Self {
        Self { ranges: ranges.to_vec(), negated, ..Self::default() }
    }

    fn one(c: char) -> Self {
        Self::of(&[(c, c)], false)
    }

    fn add(&mut self, ranges: &[(char, char)], negated: bool) {
        if negated {
            self.none_of.push(ranges.to_vec());
        } else {
            self.ranges.extend(ranges);
        }
    }

    fn has(&self, c: char) -> bool {
        let within = |ranges: &[(char, char)]| ranges.iter().any(|(a, z)| (*a..=*z).contains(&c));
        let has = within(&self.ranges) || self.none_of.iter().any(|ranges| !within(ranges));
        has != self.negated
    }
}

impl Expression {
    /// Compiles a text; `None` where that is no expression.
    pub(super) fn compile(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let mut program = reader.alternatives()?;
        if !reader.rest.is_empty() {
            return None;
        }
        program.push(Instruction::Match);
        Some(Self(program))
    }

    /// Whether it matches somewhere in `text`.
    ///
    /// Keeps the set of instructions that the text so far can have come to, so that the time is that of the text times
    /// the expression.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut now = vec![false; self.0.len()];
        let mut before = None;
        let mut chars = text.chars();
        loop {
            let next = chars.clone().next();
            // A match may begin at each place.
            let from = std::mem::replace(&mut now, vec![false; self.0.len()]);
            let starts = std::iter::once(0).chain((1..from.len()).filter(|at| from[*at]));
            for start in starts {
                self.enter(start, before, next, &mut now);
            }
            if now.last() == Some(&true) {
                return true;
            }
            let Some(c) = next else { return false };
            let mut taken = vec![false; self.0.len()];
            for (at, instruction) in self.0.iter().enumerate().filter(|(at, _)| now[*at]) {
                if matches!(instruction, Instruction::Take(class) if class.has(c)) {
                    taken[at + 1] = true;
                }
            }
            now = taken;
            before = chars.next();
        }
    }

    /// Marks the instructions that are come to from `start` without taking a character.
    fn enter(&self, start: usize, before: Option<char>, next: Option<char>, marks: &mut [bool]) {
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut marks[at], true) {
                continue;
            }
            match &self.0[at] {
                Instruction::Fork(here, there) => {
                    open.extend([here, there].map(|by| at.wrapping_add_signed(*by)));
                }
                Instruction::Assert(place) if place.is(before, next) => open.push(at + 1),
                Instruction::Assert(_) | Instruction::Take(_) | Instruction::Match => {}
            }
        }
    }
}

impl Place {
    fn is(self, before: Option<char>, next: Option<char>) -> bool {
        let word = |c: Option<char>| c.is_some_and(|c| c == '_' || c.is_ascii_alphanumeric());
        match self {
            Self::Start => before.is_none(),
            Self::End => next.is_none(),
            Self::WordEdge => word(before) != word(next),
            Self::NoWordEdge => word(before) == word(next),
        }
    }
}

/// A repetition: how often at least, and at most where there is a limit.
type Repeat = (usize, Option<usize>);

/// That a repetition repeats too often, or another repetition.
struct NoRepetition;

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Up to the end, or up to the parenthesis that closes what is read.
    fn alternatives(&mut self) -> Option<Vec<Instruction>> {
        let mut program = self.sequence()?;
        while self.eat("|") {
            let other = self.sequence()?;
            program = either(program, other)?;
        }
        Some(program)
    }

    fn sequence(&mut self) -> Option<Vec<Instruction>> {
        let mut program = Vec::new();
        while self.peek().is_some_and(|c| c != '|' && c != ')') {
            if self.eat("\\Q") {
                let (literal, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                program.extend(literal.chars().map(|c| Instruction::Take(Class::one(c))));
                self.rest = rest;
                continue;
            }
            // There is nothing that a repetition at the beginning could repeat.
            if self.repeat().ok()?.is_some() {
                return None;
            }
            let atom = self.atom()?;
            let atom = match self.repeat().ok()? {
                None => atom,
                Some(repeat) => repeated(&atom, repeat)?,
            };
            program.extend(atom);
            if program.len() > MAX_INSTRUCTIONS {
                return None;
            }
        }
        Some(program)
    }

    /// What the next repetition says, where there is one. Two in a row are an error.
    fn repeat(&mut self) -> Result<Option<Repeat>, NoRepetition> {
        let repeat = match self.peek() {
            Some('*') => (0, None),
            Some('?') => (0, Some(1)),
            Some('{') => match counted(self.rest) {
                Some((repeat, length)) => {
                    self.rest = &self.rest[length - 1..];
                    repeat
                }
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.next();
        let (least, most) = repeat;
        let limit = most.unwrap_or(least).max(least);
        if limit > MAX_REPEAT || most.is_some_and(|most| most < least) {
            return Err(NoRepetition);
        }
        let again = matches!(self.peek(), Some('*' | '?')) || counted(self.rest).is_some();
        if again { Err(NoRepetition) } else { Ok(Some(repeat)) }
    }

    fn atom(&mut self) -> Option<Vec<Instruction>> {
        let instruction = match self.next()? {
            '(' => {
                let program = self.alternatives()?;
                return self.eat(")").then_some(program);
            }
            '[' => Instruction::Take(self.class()?),
            '.' => Instruction::Take(Class::of(&[('\n', '\n')], true)),
            '^' => Instruction::Assert(Place::Start),
            '$' => Instruction::Assert(Place::End),
            '\\' => self.escaped()?,
            c => Instruction::Take(Class::one(c)),
        };
        Some(vec![instruction])
    }

    /// What a backslash makes of what follows it.
    fn escaped(&mut self) -> Option<Instruction> {
        let place = match self.peek()? {
            'A' => Place::Start,
            'z' => Place::End,
            'b' => Place::WordEdge,
            'B' => Place::NoWordEdge,
            _ => {
                return Some(Instruction::Take(match self.perl_class() {
                    Some((ranges, negated)) => Class::of(ranges, negated),
                    None => Class::one(self.escaped_character()?),
                }));
            }
        };
        self.next();
        Some(Instruction::Assert(place))
    }

    fn perl_class(&mut self) -> Option<(&'static [(char, char)], bool)> {
        let c = self.peek()?;
        let ranges: &[(char, char)] = match c.to_ascii_lowercase() {
            'd' => &DIGIT,
            's' => &SPACE,
            'w' => &WORD,
            _ => return None,
        };
        self.next();
        Some((ranges, c.is_ascii_uppercase()))
    }

    fn escaped_character(&mut self) -> Option<char> {
        let c = self.next()?;
        match c {
            '0'..='7' => {
                let digits = self.rest.chars().take(2).take_while(|c| ('0'..='7').contains(c));
                let digits: String = std::iter::once(c).chain(digits).collect();
                // A digit alone would mean what an earlier group matched.
                if digits.len() == 1 && c != '0' {
                    return None;
                }
                self.rest = &self.rest[digits.len() - 1..];
                char::from_u32(u32::from_str_radix(&digits, 8).ok()?)
            }
            'x' => {
                let digits = if self.eat("{") {
                    let (digits, rest) = self.rest.split_once('}')?;
                    self.rest = rest;
                    digits
                } else {
                    let digits = self.rest.get(..2)?;
                    self.rest = &self.rest[2..];
                    digits
                };
                let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| all)?)
            }
            'a' => Some('\x07'),
            'f' => Some('\x0c'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0b'),
            c => (c.is_ascii() && !c.is_ascii_alphanumeric()).then_some(c),
        }
    }

    /// What follows a bracket that opens.
    fn class(&mut self) -> Option<Class> {
        let mut class = Class { negated: self.eat("^"), ..Class::default() };
        let mut first = true;
        while first || self.peek() != Some(']') {
            first = false;
            if let Some(named) = self.rest.strip_prefix("[:")
                && let Some((name, rest)) = named.split_once(":]")
            {
                let (name, negated) = match name.strip_prefix('^') {
                    Some(name) => (name, true),
                    None => (name, false),
                };
                let (_, ranges) = NAMED.iter().find(|(known, _)| *known == name)?;
                class.add(ranges, negated);
                self.rest = rest;
                continue;
            }
            if self.peek() == Some('\\') {
                let before = self.rest;
                self.next();
                if let Some((ranges, negated)) = self.perl_class() {
                    class.add(ranges, negated);
                    continue;
                }
                self.rest = before;
            }
            let low = self.class_character()?;
            let mut high = low;
            if let Some(rest) = self.rest.strip_prefix('-')
                && !rest.is_empty()
                && !rest.starts_with(']')
            {
                self.rest = rest;
                high = self.class_character()?;
                if high < low {
                    return None;
                }
            }
            class.ranges.push((low, high));
        }
        self.next();
        Some(class)
    }

    fn class_character(&mut self) -> Option<char> {
        match self.next()? {
            '\\' => self.escaped_character(),
            c => Some(c),
        }
    }
}

/// The repetition in braces that `text` begins with, and its length in bytes. What has another form is text.
fn counted(text: &str) -> Option<(Repeat, usize)> {
    let (inner, _) = text.strip_prefix('{')?.split_once('}')?;
    // No number is written with a zero before it. One that is too large is one, and refused later.
    let number = |digits: &str| {
        let plain = digits == "0" || !digits.starts_with('0');
        let digits = Some(digits).filter(|digits| plain && !digits.is_empty());
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        Some(digits.parse().unwrap_or(usize::MAX))
    };
    let repeat = match inner.split_once(',') {
        None => (number(inner)?, Some(number(inner)?)),
        Some((least, "")) => (number(least)?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
    };
    Some((repeat, inner.len() + 2))
}

/// One program or the other.
fn either(one: Vec<Instruction>, other: Vec<Instruction>) -> Option<Vec<Instruction>> {
    let mut program = vec![Instruction::Fork(1, distance(one.len())?.checked_add(2)?)];
    program.extend(one);
    let over = distance(other.len())?.checked_add(1)?;
    program.push(Instruction::Fork(over, over));
    program.extend(other);
    (program.len() <= MAX_INSTRUCTIONS).then_some(program)
}

/// A program several times.
fn repeated(atom: &[Instruction], (least, most): Repeat) -> Option<Vec<Instruction>> {
    let copies = most.unwrap_or(least + 1);
    if atom.len().checked_add(2)?.checked_mul(copies)? > MAX_INSTRUCTIONS {
        return None;
    }
    let length = distance(atom.len())?;
    let mut program = Vec::new();
    for _ in 0..least {
        program.extend_from_slice(atom);
    }
    match most {
        None => {
            program.push(Instruction::Fork(1, length + 2));
            program.extend_from_slice(atom);
            program.push(Instruction::Fork(-length - 1, -length - 1));
        }
        Some(most) => {
            for _ in least..most {
                program.push(Instruction::Fork(1, length + 1));
                program.extend_from_slice(atom);
            }
        }
    }
    Some(program)
}

fn distance(length: usize) -> Option<isize> {
    isize::try_from(length).ok()
}
