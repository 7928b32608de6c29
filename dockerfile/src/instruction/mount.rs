//! `--mount` of `RUN`.

use std::fmt;

use aliasfront_gotext::boolean::parse_bool;
use aliasfront_gotext::csv;
use aliasfront_gotext::integer::parse_u32;
use aliasfront_gotext::quote::quote;
use aliasfront_gotext::size::ram_in_bytes;

use crate::error::Error;
use crate::span::{Position, Span};
use crate::suggest::did_you_mean;
use crate::word::Word;

/// `--mount` as it stands in the text. Which fields hold variables is known; the rest is validated
/// when [`MountFlag::resolve`] has expanded them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MountFlag {
    /// The flag's value as written.
    pub value: Word,
    /// `from=`, unexpanded, where it is given.
    pub from: Option<Word>,
}

/// A mount whose fields are expanded and validated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mount {
    /// What is mounted.
    pub kind: MountKind,
    /// `from`, where it is given and not empty.
    pub from: Option<String>,
    /// `source`; empty where it is not given.
    pub source: String,
    /// `target`; empty where it is not given.
    pub target: String,
    /// Whether it is read-only, by the flag or by what is usual for the kind.
    pub read_only: bool,
    /// `size` in bytes; 0 where it is not given.
    pub size: i64,
    /// `id`, where it is given and not empty.
    pub id: Option<String>,
    /// `sharing`, where it is given.
    pub sharing: Option<Sharing>,
    /// `required`
    pub required: bool,
    /// `env`, where it is given; where it is empty, the secret's name serves.
    pub env: Option<String>,
    /// `mode`
    pub mode: Option<u64>,
    /// `uid`
    pub uid: Option<u64>,
    /// `gid`
    pub gid: Option<u64>,
}

/// What is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MountKind {
    /// Files of a stage, an image or the build context.
    #[default]
    Bind,
    /// A directory that outlives the build.
    Cache,
    /// An empty directory in memory.
    Tmpfs,
    /// A secret as a file or a variable.
    Secret,
    /// An SSH agent's socket.
    Ssh,
}

impl MountKind {
    const ALL: [Self; 5] = [Self::Bind, Self::Cache, Self::Secret, Self::Ssh, Self::Tmpfs];

    /// Its name as in `type=`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Cache => "cache",
            Self::Tmpfs => "tmpfs",
            Self::Secret => "secret",
            Self::Ssh => "ssh",
        }
    }
}

impl fmt::Display for MountKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who may use a cache at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// Everyone.
    #[default]
    Shared,
    /// Everyone a copy.
    Private,
    /// One after the other.
    Locked,
}

impl Sharing {
    const ALL: [Self; 3] = [Self::Locked, Self::Private, Self::Shared];

    /// Its name as in `sharing=`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Private => "private",
            Self::Locked => "locked",
        }
    }
}

/// Every key, for suggestions.
const KEYS: [&str; 19] = [
    "destination",
    "dst",
    "env",
    "from",
    "gid",
    "id",
    "mode",
    "readonly",
    "readwrite",
    "required",
    "ro",
    "rw",
    "sharing",
    "size",
    "source",
    "src",
    "target",
    "type",
    "uid",
];

/// What a mount looks like.
const HINT: &str = "a mount is type=TYPE and fields with commas between them; the types are bind, \
                    cache, secret, ssh and tmpfs, the fields from, source, target, readonly, id, \
                    sharing, required, size, mode, uid, gid and env";

/// Reads one field of a mount, expanded where it is a value.
type Expand<'a> = dyn FnMut(&str) -> Result<String, Error> + 'a;

impl MountFlag {
    /// Reads what can be read before variables are known.
    ///
    /// The reference rejects variables in `from` here. That is left to [`super::mount_source`], which knows which
    /// of them are global.
    pub(super) fn parse(value: Word) -> Result<Self, Error> {
        let fields = fields(&value)?;
        let from = fields.iter().rev().find_map(|field| {
            let (key, from) = field.split_once('=')?;
            key.eq_ignore_ascii_case("from").then(|| from_word(&value, field, from))
        });
        Ok(Self { value, from })
    }

    /// Expands the fields' values and validates them.
    ///
    /// # Errors
    /// What the reference finds wrong with a mount, with the flag's span, and errors of `expand`.
    pub fn resolve(&self, expand: &mut Expand<'_>) -> Result<Mount, Error> {
        let spanned = |message: String| Error::new(message).span(self.value.span).hint(HINT);
        let mut mount = Mount::default();
        let mut read_only = None;
        for field in fields(&self.value)? {
            let (key, value) = match field.split_once('=') {
                Some((key, value)) => (key.to_lowercase(), Some(expand(value)?)),
                None => (field.to_lowercase(), None),
            };
            mount.set(&field, &key, value, &mut read_only).map_err(spanned)?;
        }
        let writable_by_default = matches!(mount.kind, MountKind::Cache | MountKind::Tmpfs);
        mount.read_only = read_only.unwrap_or(!writable_by_default);
        mount.validate().map_err(spanned)?;
        Ok(mount)
    }
}

impl Mount {
    /// Sets what `field` says.
    fn set(
        &mut self,
        field: &str,
        key: &str,
        value: Option<String>,
        read_only: &mut Option<bool>,
    ) -> Result<(), String> {
        let Some(value) = value else {
            match key {
                "readonly" | "ro" => *read_only = Some(true),
                "readwrite" | "rw" => *read_only = Some(false),
                "required" => {
                    self.allow(key, &[MountKind::Secret, MountKind::Ssh])?;
                    self.required = true;
                }
                _ => return Err(format!("invalid field '{field}' must be a key=value pair")),
            }
            return Ok(());
        };
        let invalid = || format!("invalid value for {key}: {value}");
        let boolean = || parse_bool(&value).ok_or_else(invalid);
        let number = |radix| {
            parse_u32(&value, radix).ok_or_else(|| format!("invalid value {value} for {key}"))
        };
        match key {
            "type" => self.kind = kind(&value)?,
            "from" => self.from = non_empty(value),
            "source" | "src" => self.source = value,
            "target" | "dst" | "destination" => self.target = value,
            "readonly" | "ro" => *read_only = Some(boolean()?),
            "readwrite" | "rw" => *read_only = Some(!boolean()?),
            "required" => {
                self.allow(key, &[MountKind::Secret, MountKind::Ssh])?;
                self.required = boolean()?;
            }
            "size" => {
                self.allow(key, &[MountKind::Tmpfs])?;
                self.size = ram_in_bytes(&value).ok_or_else(invalid)?;
            }
            "id" => self.id = non_empty(value),
            "sharing" => self.sharing = Some(sharing(&value)?),
            "mode" => self.mode = Some(number(8)?),
            "uid" => self.uid = Some(number(10)?),
            "gid" => self.gid = Some(number(10)?),
            "env" => self.env = Some(value),
            _ => {
                let message = format!("unexpected key '{key}' in '{field}'");
                return Err(did_you_mean(message, key, KEYS, true));
            }
        }
        Ok(())
    }

    /// Checks that the mount, by the fields read so far, is of one of `kinds`.
    fn allow(&self, key: &str, kinds: &[MountKind]) -> Result<(), String> {
        if kinds.contains(&self.kind) {
            return Ok(());
        }
        Err(format!("unexpected key '{key}' for mount type '{}'", self.kind))
    }

    /// Checks the fields against each other.
    fn validate(&self) -> Result<(), String> {
        let kind = self.kind;
        if matches!(kind, MountKind::Bind | MountKind::Tmpfs) {
            for (key, value) in [("mode", self.mode), ("uid", self.uid), ("gid", self.gid)] {
                if value.is_some() {
                    return Err(format!("{key} not allowed for \"{kind}\" type mounts"));
                }
            }
        }
        if kind == MountKind::Secret {
            if self.from.is_some() {
                return Err("secret mount should not have a from".into());
            }
            if self.sharing.is_some() {
                return Err("secret mount should not define sharing".into());
            }
            if self.source.is_empty() && self.target.is_empty() && self.id.is_none() {
                return Err("invalid secret mount. one of source, target required".into());
            }
            if !self.source.is_empty() && self.id.is_some() {
                return Err("both source and id can't be set".into());
            }
        }
        if self.sharing.is_some() && kind != MountKind::Cache {
            return Err(format!("invalid cache sharing set for {kind} mount"));
        }
        Ok(())
    }
}

fn non_empty(value: String) -> Option<String> {
    Some(value).filter(|value| !value.is_empty())
}

fn kind(value: &str) -> Result<MountKind, String> {
    let lower = value.to_lowercase();
    MountKind::ALL.into_iter().find(|kind| kind.as_str() == lower).ok_or_else(|| {
        let message = format!("unsupported mount type {}", quote(value));
        did_you_mean(message, value, MountKind::ALL.map(MountKind::as_str), true)
    })
}

fn sharing(value: &str) -> Result<Sharing, String> {
    let lower = value.to_lowercase();
    Sharing::ALL.into_iter().find(|sharing| sharing.as_str() == lower).ok_or_else(|| {
        let message = format!("unsupported sharing value {}", quote(value));
        did_you_mean(message, value, Sharing::ALL.map(Sharing::as_str), true)
    })
}

/// The fields of a flag's value.
fn fields(value: &Word) -> Result<Vec<String>, Error> {
    csv::fields(&value.text).map_err(|cause| {
        Error::new(format!("failed to parse csv mounts: {cause}")).span(value.span).hint(HINT)
    })
}

/// The value of the field `from`, with its place where nothing in the flag is quoted or escaped.
fn from_word(value: &Word, field: &str, from: &str) -> Word {
    let Span { start, end } = value.span;
    let verbatim =
        start.line == end.line && (end.column - start.column) as usize == value.text.len();
    let span = match value.text.rfind(field) {
        Some(at) if verbatim => {
            let column = start.column + (at + field.len()) as u32;
            let position = |column| Position { line: start.line, column };
            Span { start: position(column - from.len() as u32), end: position(column) }
        }
        _ => value.span,
    };
    Word { text: from.to_owned(), span }
}
