//! What stops a compilation, where, and what to do about it.

use std::collections::HashSet;
use std::fmt;

use aliasfront_image::digest::InvalidDigest;
use aliasfront_image::git::InvalidGitRef;
use aliasfront_image::ignore::InvalidIgnore;
use aliasfront_image::platform::Platform;
use aliasfront_image::system::PathError;
use buildkit_dockerfile::{Lines, Span};
use buildkit_proto::Failure;

/// The gRPC status codes that an error can travel as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Code {
    /// The build's own fault: what most errors are.
    #[default]
    Unknown,
    /// Something named is not there.
    NotFound,
    /// The frontend does not know what it was asked for.
    Unimplemented,
    /// Another code, by number, as a request reported it.
    Other(i32),
}

impl Code {
    /// The code's name before a message, as gRPC in Go has it.
    pub fn before(self, message: &str) -> String {
        const NAMES: [&str; 17] = [
            "OK",
            "Canceled",
            "Unknown",
            "InvalidArgument",
            "DeadlineExceeded",
            "NotFound",
            "AlreadyExists",
            "PermissionDenied",
            "ResourceExhausted",
            "FailedPrecondition",
            "Aborted",
            "OutOfRange",
            "Unimplemented",
            "Internal",
            "Unavailable",
            "DataLoss",
            "Unauthenticated",
        ];
        let name = usize::try_from(self.number()).ok().and_then(|number| NAMES.get(number));
        match name {
            Some(name) if self != Self::Unknown => format!("{name}: {message}"),
            _ => message.to_owned(),
        }
    }

    /// The number of the code in gRPC.
    pub const fn number(self) -> i32 {
        match self {
            Self::Unknown => 2,
            Self::NotFound => 5,
            Self::Unimplemented => 12,
            Self::Other(code) => code,
        }
    }

    /// The code of a number of gRPC.
    pub const fn from_number(number: i32) -> Self {
        match number {
            2 => Self::Unknown,
            5 => Self::NotFound,
            12 => Self::Unimplemented,
            other => Self::Other(other),
        }
    }
}

/// What comes before a piece of advice, which goes below the message.
pub const HINT: &str = "\nhint: ";

/// How a request failed. The driver says it, from codes and from the words of the other side: nothing
/// here reads messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FailureKind {
    /// What was asked for is not there.
    NotFound,
    /// It is not to be read by this build, or whoever holds it doesn't say whether it is there.
    NotAllowed,
    /// It is there, and not for the platform that was asked for.
    WrongPlatform,
    /// Whoever holds it doesn't answer.
    Unreachable,
    /// Otherwise.
    #[default]
    Other,
}

/// What an error is about, for programs that do something else about each.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use aliasfront_compiler::{Compiler, ErrorKind, Input};
///
/// let wrong = |text: &str, target: &str| {
///     let opts = BTreeMap::from([("target".to_owned(), target.to_owned())]);
///     let input = Input::of(text, &opts).map_err(|error| error.kind)?;
///     Compiler::new(input).advance().map(|_| ()).map_err(|error| error.kind)
/// };
/// assert_eq!(wrong("FROM scratch AS a\nCOPY a\n", "a"), Err(ErrorKind::Dockerfile));
/// assert_eq!(wrong("FROM scratch AS a\n", "b"), Err(ErrorKind::Option));
/// assert_eq!(wrong("FROM scratch AS a\n", "a"), Ok(()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The Dockerfile: its text, or what it comes to with the arguments of this build.
    #[default]
    Dockerfile,
    /// A build option: a value that it cannot have, or the name of a stage that there isn't.
    Option,
    /// Something is larger than a limit allows. The message or the hint names the limit.
    Limit,
    /// An image, a context or another source that cannot be had or read. [`Error::failure`] says how the request
    /// failed, where it is one that did.
    Source,
    /// The contract of an alias: it cannot be read, or is not kept.
    Contract,
    /// Lint rules that found something, where the Dockerfile or the build makes an error of that.
    Lint,
    /// Something that this engine cannot do.
    Engine,
    /// The driver: an answer that is none to its question, or a compilation that is driven on after its end.
    Driver,
}

/// An error of a compilation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// What it is about.
    pub kind: ErrorKind,
    /// What is wrong, in the words that tools match on, with suggestions.
    pub message: String,
    /// What the answer to a lint request says instead, where that differs: there the reference has the names and codes
    /// of requests that failed, which a build's error comes without.
    pub lint_message: Option<Box<str>>,
    /// The instructions it is about, innermost first; empty where it is about none.
    pub locations: Vec<Lines>,
    /// Whether only this project tells where it is: the answer to a lint request has its place no more than the
    /// reference's.
    pub own_place: bool,
    /// The offending word, where it is known.
    pub span: Option<Span>,
    /// What to do next, where the message does not say it: one piece of advice a line.
    pub hint: Option<Box<str>>,
    /// What else is wrong and has nothing to do with it, by message.
    pub notes: Box<[String]>,
    /// How it travels.
    pub code: Code,
    /// How the request failed that it is about, where it is about one.
    pub failure: Option<FailureKind>,
    /// Where it is an image that isn't there for the platform that is needed: platforms that it is
    /// there for, as far as any are known.
    pub elsewhere: Option<Box<[Platform]>>,
    /// Whether it is one of several that are told together: what is wrong with prebuilt images, on
    /// each platform and in each target.
    pub joins: bool,
}

impl Error {
    /// An error without a place, about the Dockerfile.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Dockerfile,
            message: message.into(),
            lint_message: None,
            locations: Vec::new(),
            own_place: false,
            span: None,
            hint: None,
            notes: Box::default(),
            code: Code::Unknown,
            failure: None,
            elsewhere: None,
            joins: false,
        }
    }

    /// Adds what another error says, and where; nothing where it says the same.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        if self.message.contains(&other.message) {
            return self;
        }
        self.message.push('\n');
        self.message.push_str(&other.message);
        for lines in &other.locations {
            if !self.locations.contains(lines) {
                self.locations.push(*lines);
            }
        }
        let mut error = other.hints().fold(self, Self::and_hint);
        error.notes = [error.notes, other.notes].concat().into();
        error
    }

    /// All that several errors say, and where, each once; `None` where there are none.
    pub fn all(errors: Vec<Self>) -> Option<Self> {
        let mut errors = errors.into_iter();
        let mut all = errors.next()?;
        let mut said = HashSet::from([all.message.clone()]);
        let mut places: HashSet<Lines> = all.locations.iter().copied().collect();
        let mut notes = std::mem::take(&mut all.notes).into_vec();
        for error in errors {
            if !said.insert(error.message.clone()) {
                continue;
            }
            all.message.push('\n');
            all.message.push_str(&error.message);
            all.locations.extend(error.locations.into_iter().filter(|lines| places.insert(*lines)));
            all.hint = all.hint.or(error.hint);
            notes.extend(error.notes);
        }
        all.notes = notes.into();
        Some(all)
    }

    /// Sets the place where none is set yet.
    #[must_use]
    pub fn at(mut self, lines: Lines) -> Self {
        if self.locations.is_empty() {
            self.locations.push(lines);
        }
        self
    }

    /// As [`Self::at`], where the reference tells no place.
    #[must_use]
    pub fn at_own(self, lines: Lines) -> Self {
        Self { own_place: true, ..self.at(lines) }
    }

    /// Replaces the place: for text that does not stand in the Dockerfile, such as triggers.
    #[must_use]
    pub fn only_at(mut self, lines: Lines) -> Self {
        self.locations = vec![lines];
        self.own_place = false;
        self.span = None;
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn and_at(mut self, lines: Lines) -> Self {
        self.locations.push(lines);
        self
    }

    /// Sets the offending word where none is set yet.
    #[must_use]
    pub fn span(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into().into_boxed_str());
        self
    }

    /// Says what else to do, unless it is said already.
    #[must_use]
    pub fn and_hint(mut self, hint: &str) -> Self {
        let known = self.hint.as_deref().unwrap_or_default();
        if !known.lines().any(|line| line == hint) {
            let both = if known.is_empty() { hint.to_owned() } else { format!("{known}\n{hint}") };
            self.hint = Some(both.into_boxed_str());
        }
        self
    }

    /// Says what to do next, where nothing says it yet.
    #[must_use]
    pub fn or_hint(mut self, hint: impl FnOnce() -> String) -> Self {
        self.hint.get_or_insert_with(|| hint().into_boxed_str());
        self
    }

    /// What to do next, each piece of advice.
    pub fn hints(&self) -> impl Iterator<Item = &str> {
        self.hint.iter().flat_map(|hint| hint.lines())
    }

    /// The message with the hints below it.
    pub fn with_hints(&self) -> String {
        self.with_hints_below(None)
    }

    /// `message`, or the error's own, with the hints below it.
    pub fn with_hints_below(&self, message: Option<&str>) -> String {
        let message = message.unwrap_or(&self.message).to_owned();
        self.hints().fold(message, |text, hint| text + HINT + hint)
    }

    /// Says what it is about, unless that is known to be something else than the Dockerfile.
    #[must_use]
    pub fn kind(mut self, kind: ErrorKind) -> Self {
        if self.kind == ErrorKind::Dockerfile {
            self.kind = kind;
        }
        self
    }

    /// Sets how it travels.
    #[must_use]
    pub fn code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    /// Puts `context: ` before the message.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }
}

impl From<PathError> for Error {
    fn from(error: PathError) -> Self {
        Self::new(error.to_string()).context("removing drive letter")
    }
}

impl From<InvalidDigest> for Error {
    fn from(error: InvalidDigest) -> Self {
        Self::new(error.to_string()).hint(InvalidDigest::HINT)
    }
}

impl From<InvalidGitRef> for Error {
    fn from(error: InvalidGitRef) -> Self {
        let hint = error.hint().map(Box::from);
        Self { hint, ..Self::new(error.to_string()) }
    }
}

impl From<InvalidIgnore> for Error {
    fn from(error: InvalidIgnore) -> Self {
        Self::new(error.to_string()).hint(error.hint()).kind(ErrorKind::Source)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The error as a frontend returns it, without the code frames of its places.
impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let failure = Self::new(error.with_hints()).code(error.code.number());
        error.notes.iter().fold(failure, |failure, note| failure.note(note))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<buildkit_dockerfile::Error> for Error {
    fn from(error: buildkit_dockerfile::Error) -> Self {
        let kind = match error.kind {
            buildkit_dockerfile::ErrorKind::Limit => ErrorKind::Limit,
            _ => ErrorKind::Dockerfile,
        };
        Self {
            kind,
            locations: error.lines.into_iter().collect(),
            span: error.span,
            hint: error.hint.map(String::into_boxed_str),
            notes: error.others.into_iter().map(|other| other.message).collect(),
            ..Self::new(error.message)
        }
    }
}
